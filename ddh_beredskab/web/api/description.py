"""The OpenAPI 3.1 document of the HTTP door, made from the same types that read what is sent.

Rule kept: every answer a request can get stands here, with its shape; tests hold the running door against it.
"""

from __future__ import annotations

from functools import cache
from importlib import metadata
from typing import Any, cast

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from ddh_beredskab.web.api.body import LARGEST_INTEGER
from ddh_beredskab.web.api.problems import MEDIA_TYPE
from ddh_beredskab.web.api.sent import ACCEPTED, MESSAGE_ID, SentCommand, SentFeedback
from schemas.base import Concern

Schema = dict[str, Any]

_REF = "#/components/schemas/{model}"


class _Plain(GenerateJsonSchema):
    """Without the titles that pydantic makes of field names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


@cache
def description() -> Schema:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "DDH Beredskab",
            "version": metadata.version("ddh-beredskab"),
            "description": "Kommandoer og borgernes spørgsmål ind; svar på, hvad der blev af en kommando.",
        },
        "servers": [{"url": "/api"}],
        "security": [{"token": []}],
        "paths": {
            "/v1/environments/{environment}/commands": {"parameters": [_ENVIRONMENT], "post": _post_command()},
            "/v1/environments/{environment}/commands/{id}": {
                "parameters": [_ENVIRONMENT, _COMMAND_ID],
                "get": _get_command(),
            },
            "/v1/environments/{environment}/feedback": {"parameters": [_ENVIRONMENT], "post": _post_feedback()},
            "/openapi.json": {"get": _get_description()},
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(),
            "responses": {str(status): _problem(status, text) for status, text in _PROBLEMS.items()},
        },
    }


# -- operations -----------------------------------------------------------------------------------

_ENVIRONMENT: Schema = {
    "name": "environment",
    "in": "path",
    "required": True,
    "description": "drift, eller oevelse.<øvelsens id>",
    "schema": {"type": "string", "pattern": r"^(drift|oevelse\.[a-z0-9-]{1,64})$"},
    "example": "drift",
}
_COMMAND_ID: Schema = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid", "pattern": MESSAGE_ID},
}


def _post_command() -> Schema:
    accepted = {
        "description": "Modtaget: gemt i journalen. Hvad der blev af den, står på status_url.",
        "headers": {"Location": {"required": True, "schema": {"type": "string"}}},
        "content": {"application/json": {"schema": {"$ref": _REF.format(model="Received")}}},
        "links": {
            "outcome": {
                "operationId": "outcome",
                "parameters": {"environment": "$request.path.environment", "id": "$response.body#/id"},
            }
        },
    }
    return {
        "operationId": "command",
        "summary": "Giv en kommando",
        "requestBody": _body({"$ref": _REF.format(model="AnyCommand")}),
        "responses": {"202": accepted, **_problems(400, 401, 404, 408, 409, 413, 415, 422, 503)},
    }


def _get_command() -> Schema:
    found = {
        "description": "Hvad der blev af kommandoen",
        "content": {"application/json": {"schema": {"$ref": _REF.format(model="Outcome")}}},
    }
    return {
        "operationId": "outcome",
        "summary": "Se, hvad der blev af en kommando",
        "responses": {"200": found, **_problems(401, 404, 503)},
    }


def _post_feedback() -> Schema:
    accepted = {
        "description": "Modtaget: alle spørgsmål er gemt.",
        "content": {"application/json": {"schema": {"$ref": _REF.format(model="Registered")}}},
    }
    return {
        "operationId": "feedback",
        "summary": "Aflevér borgernes spørgsmål, op til 500 ad gangen",
        "requestBody": _body({"$ref": _REF.format(model="SentFeedback")}),
        "responses": {"202": accepted, **_problems(400, 401, 404, 408, 409, 413, 415, 422, 503)},
    }


def _get_description() -> Schema:
    found = {"description": "Dette dokument", "content": {"application/json": {"schema": {"type": "object"}}}}
    return {"operationId": "description", "summary": "Dette dokument", "security": [], "responses": {"200": found}}


def _body(schema: Schema) -> Schema:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


# -- what goes wrong ------------------------------------------------------------------------------

_PROBLEMS = {
    400: "Indholdet kan ikke læses som JSON (eller værtsnavnet er ikke vores)",
    401: "Token mangler eller er forkert",
    404: "Miljøet eller kommandoen findes ikke",
    408: "Indholdet kom for langsomt",
    409: "Tidspunktet ligger i fremtiden, eller id'et er brugt til noget andet",
    413: "For stort (over 1 MB)",
    415: "Ikke JSON",
    422: "Felter mangler eller er forkerte",
    503: "Journalen kan ikke skrives lige nu; send det samme igen",
}


def _problems(*statuses: int) -> Schema:
    return {str(status): {"$ref": f"#/components/responses/{status}"} for status in statuses}


def _problem(status: int, text: str) -> Schema:
    made: Schema = {"description": text, "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}}}
    if status == 401:
        made["headers"] = {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}}
    if status == 503:
        made["headers"] = {"Retry-After": {"required": True, "schema": {"type": "string", "pattern": "^[0-9]+$"}}}
    return made


# -- shapes ---------------------------------------------------------------------------------------


def _schemas() -> Schema:
    models = [(model, "validation") for model in (SentCommand, SentFeedback, *ACCEPTED)]
    _, made = models_json_schema(models, ref_template=_REF, schema_generator=_Plain)  # pyright: ignore[reportArgumentType]
    found = cast("Schema", _narrowed(made["$defs"]))
    sent = found.pop("SentCommand")
    for command in ACCEPTED:
        properties = {
            **sent["properties"],
            "type": {"const": command.type_name()},
            "data": {"$ref": _REF.format(model=command.__name__)},
        }
        found[f"{command.__name__}Sent"] = {**sent, "description": _first(command.__doc__), "properties": properties}
    variants = {command.type_name(): _REF.format(model=f"{command.__name__}Sent") for command in ACCEPTED}
    found["AnyCommand"] = {
        "oneOf": [{"$ref": ref} for ref in variants.values()],
        "discriminator": {"propertyName": "type", "mapping": variants},
    }
    return {**found, **_ANSWERS}


def _first(text: str | None) -> str:
    return (text or "").partition("\n")[0]


_YEARS = "^(19|20|21)[0-9]{2}-"


def _narrowed(schema: Any) -> Any:
    """What every field is held to besides its own type: whole numbers JSON can say, instants of these centuries."""
    if isinstance(schema, list):
        return [_narrowed(each) for each in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    made: Schema = {key: _narrowed(value) for key, value in cast("Schema", schema).items()}
    if made.get("type") == "integer":
        made = {"minimum": -LARGEST_INTEGER, "maximum": LARGEST_INTEGER, **made}
    if made.get("format") == "date-time":
        made = {"pattern": _YEARS, **made}
    return made


_TEXT: Schema = {"type": "string"}
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_STATUS: Schema = {"enum": ["waiting", "decided", "refused", "quarantined"]}


def _object(**properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_MISTAKE = _object(place=_TEXT, code=_TEXT, detail=_TEXT)

_ANSWERS: Schema = {
    "Received": _object(
        id={"type": "string", "format": "uuid"}, new={"type": "boolean"}, struck_out=_COUNT, status_url=_TEXT
    ),
    "Registered": _object(new=_COUNT, struck_out=_COUNT),
    "Outcome": _object(
        id={"type": "string", "format": "uuid"},
        type=_TEXT,
        subject=_TEXT,
        time=_INSTANT,
        received_at=_INSTANT,
        status=_STATUS,
        label=_TEXT,
        concerns={
            "type": "array",
            "items": _object(
                concern={"enum": list(Concern.__args__)},
                status=_STATUS,
                label=_TEXT,
                decided_at={"anyOf": [_INSTANT, {"type": "null"}]},
                events={"type": "array", "items": _TEXT},
                refusal={"anyOf": [_object(code=_TEXT, detail=_TEXT), {"type": "null"}]},
            ),
        },
    ),
    "Problem": {
        "type": "object",
        "properties": {
            "type": _TEXT,
            "title": _TEXT,
            "status": {"type": "integer"},
            "code": _TEXT,
            "detail": _TEXT,
            "place": _TEXT,
            "id": {"type": "string", "format": "uuid"},
            "errors": {"type": "array", "items": _MISTAKE},
        },
        "required": ["type", "title", "status", "code", "detail", "place"],
        "additionalProperties": False,
    },
}
