# Common jobs by short names. `make` alone lists them. Nothing here is needed to use the package;
# everything here installs what it needs into .venv, from the lock files, and only when they changed.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

VENV ?= .venv
BIN := $(VENV)/bin
# The first Python that is new enough; looked for only when the environment has to be made.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
PORT ?= 8000
DRILL ?= stormflod-2023
# Test processes side by side; more than the cores only makes the timers of the tests lie.
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest
# Folders of tests that take minutes: each is a target of its own, and .ci/run runs them all.
LONG := simulation chaos kafka postgres browser recordings

.PHONY: help
help:
	@echo 'DDH Beredskab'
	@echo '  make run         start demoen: stormfloden 2023 (start the demo; PORT=8000)'
	@echo '  make drill       spil stormfloden hurtigt, med resumé (the surge, fast, with a summary)'
	@echo '  make test        alle korte tests, under 10 minutter (all short tests)'
	@echo '  make midnight    siderne og øvelserne ti minutter før nytår (pages and drills ten minutes before New Year)'
	@echo '  make check       stil, typer, importretning (ruff, pyright, import-linter)'
	@echo '  make chaos       processer dræbt undervejs (tests that kill processes)'
	@echo '  make sim SEEDS=10000   simulatoren, så mange frø (the simulator, so many seeds)'
	@echo '  make reliability       alt, der viser hvad systemet lover, med tal; FULL=1 i fuld længde (all of it, with figures)'
	@echo '  make simulation, kafka, postgres, browser, recordings   de øvrige lange tests (the other long tests)'
	@echo '  make coverage    hver gren af beslutningskernen er prøvet (branch coverage of the core, 100 %)'
	@echo '  make mutation    300 småfejl i kernen: hvor mange opdager testene? (mutation of the core, half an hour)'
	@echo '  make bench       målinger (benchmarks)'
	@echo '  make screenshots       billeder af de vigtigste sider i docs/screens (pictures of the main screens)'
	@echo '  make load        stormen: 98 indmeldinger på én gang, 500 skærme, 10 minutter; LOAD=--smoke er 2 (the load)'
	@echo '  make kafka-up    start Apache Kafka her, uden Docker (a broker to try things on; NODES=3)'
	@echo '  make schemas     skriv schemas/published på ny (regenerate the published schemas)'
	@echo '  make lock        lås afhængigheder (lock dependencies; UPGRADE=1 takes newer ones)'
	@echo '  make clean       slet miljø og mellemfiler, ikke data (environment and caches, never data)'

# ---------------------------------------------------------------------------------------------- environment

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then echo 'DDH Beredskab kræver Python 3.11 eller nyere, og der er ingen her.' \
	  'Installer en (Debian/Ubuntu: apt-get install python3 python3-venv), eller peg på en:' \
	  'make PYTHON=/sti/til/python3.12 ... (Python 3.11 or newer is needed.)' >&2; exit 1; fi
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo '$(PYTHON) er for gammel:' \
	  'DDH Beredskab kræver Python 3.11 eller nyere. (Python 3.11 or newer is needed.)' >&2; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { echo '$(PYTHON) mangler modulet venv.' \
	  'På Debian/Ubuntu: apt-get install python3-venv (the venv module is missing.)' >&2; exit 1; }
	"$(PYTHON)" -m venv $(VENV)

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

$(VENV)/.run-stamp: pyproject.toml requirements.lock | $(BIN)/python
	@echo 'Installerer (første gang tager det et minut) ...'
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --editable .
	@touch $@

$(VENV)/.dev-stamp: pyproject.toml requirements-dev.lock | $(BIN)/python
	@echo 'Installerer med testværktøj (første gang tager det et par minutter) ...'
	@$(PIP) --require-hashes -r requirements-dev.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.run-stamp

.PHONY: install dev
install: $(VENV)/.run-stamp
dev: $(VENV)/.dev-stamp

# -------------------------------------------------------------------------------------------------- running

.PHONY: run drill kafka-up
run: install
	$(BIN)/ddh-beredskab up --demo --port $(PORT)

drill: install
	$(BIN)/ddh-beredskab drill run $(DRILL) --fast

kafka-up: dev
	$(BIN)/python -m tests.kafka.apache $(NODES)

# ------------------------------------------------------------------------------------------ tests and checks

.PHONY: test midnight check coverage mutation bench load screenshots $(LONG)

# First what measures time, alone; then the rest side by side. The long folders are named at the end, so
# that nobody takes a green `make test` for more than it is.
test: dev
	@if grep -rqs --include='test_*.py' 'pytest.mark.serial' tests $(LONG:%=--exclude-dir=%); then \
	  $(PYTEST) -m serial $(LONG:%=--ignore=tests/%); fi
	$(PYTEST) -n $(WORKERS) -m 'not serial' $(LONG:%=--ignore=tests/%)
	@for d in $(LONG); do if compgen -G "tests/$$d/test_*.py" >/dev/null; then \
	  echo "ikke kørt her (not run here): make $$d"; fi; done

# The pages and the drills ten minutes before a year ends: what is due within the hour is due another day, month and
# year. CI runs at any hour, and found by chance what this finds each time.
midnight: dev
	DDH_TESTS_AT=2026-12-31T23:50 $(PYTEST) -n $(WORKERS) tests/web tests/people tests/drills

# Many seeds of the simulator, on all cores: make sim SEEDS=10000; one plan: make sim PLAN='seed=7 inputs=...'.
SEEDS ?= 10000
.PHONY: sim
sim: dev
	$(BIN)/python -m tests.simulation $(if $(PLAN),--plan '$(PLAN)',--seeds $(SEEDS))

# What is promised and what was shown: all long runs with their figures; FULL=1 takes the full lengths.
.PHONY: reliability
reliability: dev
	$(BIN)/python tools/reliability.py $(if $(FULL),--full) $(if $(ONLY),--only $(ONLY))

simulation: WITH = -rP
# A browser waits for its system and a drill for its broker more than they work: two at a time, file by file.
browser recordings: WITH = -n $(WORKERS) --dist loadfile
# Killed processes are waited for more than they work; -rP shows the figures that the tests print.
chaos: WITH = -n $(WORKERS) -rP
# Likewise; file by file, so that each Apache Kafka is started once.
kafka: WITH = -n $(WORKERS) --dist loadfile -rP
postgres: WITH = -rP
$(LONG): dev
	$(PYTEST) $(WITH) tests/$@

check: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright

# Every branch of the deciders, by their own tests.
coverage: dev
	$(BIN)/python -m coverage run -m pytest -q -p no:cacheprovider tests/core tests/test_playbooks.py
	$(BIN)/python -m coverage report

# 300 small faults in the core, drawn by a seed (MUTATION="--seed 1 --count 50"); about half an hour.
mutation: dev
	nice $(BIN)/python -m tools.mutation $(MUTATION)

bench: dev
	$(BIN)/python -m benchmarks $(BENCH)

# Alone on the machine, or the figures say more of the others than of us.
screenshots: dev
	$(BIN)/python -m tools.screenshots

load: dev
	$(BIN)/python -m benchmarks.load $(LOAD)

# ------------------------------------------------------------------------------------------------ made files

.PHONY: schemas lock clean
schemas: dev
	$(BIN)/python -m schemas.publish

# One resolution for every platform and Python >= 3.11, with hashes, and without the registry it came from.
# Pins stay as they are unless pyproject.toml or UPGRADE=1 asks for others. uv lives in an environment of its
# own, which is thrown away.
lock: | $(BIN)/python
	@set -e; tools=$$(mktemp -d); trap 'rm -rf "$$tools"' EXIT; \
	$(BIN)/python -m venv "$$tools/venv"; "$$tools/venv/bin/python" -m pip install --quiet uv; \
	compile() { "$$tools/venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header --no-emit-index-url --no-emit-find-links --no-config \
	  $(if $(UPGRADE),--upgrade) "$$@" pyproject.toml; }; \
	head='# Written by `make lock` from pyproject.toml; not by hand.'; \
	for f in requirements.lock requirements-dev.lock; do if [ -f $$f ]; then cp $$f "$$tools/$$f"; fi; done; \
	compile -o "$$tools/requirements.lock" >/dev/null; \
	compile --extra dev -c "$$tools/requirements.lock" -o "$$tools/requirements-dev.lock" >/dev/null; \
	for f in requirements.lock requirements-dev.lock; do \
	  { echo "$$head"; grep -v '^#' "$$tools/$$f"; } > $$f; echo "$$f: $$(grep -c '==' $$f) packages"; done

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
