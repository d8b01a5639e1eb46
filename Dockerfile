# One image for every process of a cluster: `worker`, `web`, `migrate`. docker-compose.yml shows them together.
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY ddh_beredskab ddh_beredskab
COPY agents agents
COPY schemas schemas
COPY playbooks playbooks
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheel .

FROM python:3.13-slim
# The locked dependencies are a layer of their own: they change seldom, the code often.
COPY requirements.lock /tmp/
RUN pip install --no-cache-dir --require-hashes -r /tmp/requirements.lock
COPY --from=build /wheel /tmp/wheel
RUN pip install --no-cache-dir --no-deps /tmp/wheel/*.whl && rm -r /tmp/wheel /tmp/requirements.lock \
 && useradd --create-home beredskab && install -d -o beredskab /data
USER beredskab
# What a process keeps beside SQL: its Faust data directory and its wake-up socket, no truth.
# In a container the web listens on every address; who may reach it, docker-compose.yml says.
ENV DDH_DATA=/data DDH_HOST=0.0.0.0 PYTHONUNBUFFERED=1
WORKDIR /data
EXPOSE 8000
ENTRYPOINT ["ddh-beredskab"]
CMD ["--help"]
