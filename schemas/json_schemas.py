"""JSON Schemas (2020-12) of messages as foreign readers meet them: committed, by alias, open for fields to come.

A private field travels as its salted commitment (or as an empty text) and is marked `x-ddh-private`; on the topics for
outside readers (`guides`, `reports`) the same message travels in clear.
"""

from __future__ import annotations

from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from schemas.base import Envelope, Message
from schemas.commitments import PREFIX

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PRIVATE_MARK = "x-ddh-private"
PRIVATE_PATTERN = f"^({PREFIX}[0-9a-f]{{64}})?$"


class PlainSchema(GenerateJsonSchema):
    """Without the titles that pydantic makes of field names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def model_schema(model: type[BaseModel], name: str, *, clear: bool = False, always: bool = False) -> Schema:
    """The schema of a model's JSON; `always`: every field is always there, also those with a default."""
    mode: JsonSchemaMode = "serialization" if always else "validation"
    made = model.model_json_schema(by_alias=True, schema_generator=PlainSchema, mode=mode)
    return {"$schema": DIALECT, "$id": f"urn:{name}", **_as_it_travels(made, clear=clear)}


def data_schema(message: type[Message], *, clear: bool = False) -> Schema:
    """The schema of a message's `data`."""
    return model_schema(message, message.type_name() + (":clear" if clear else ""), clear=clear)


def message_schema(message: type[Message], *, clear: bool = False, told: type[BaseModel] | None = None) -> Schema:
    """The schema of a whole message, self-contained: the envelope with this type and its data.

    `told`: what travels in clear in the place of the data, where not all of it may be told.
    """
    envelope = model_schema(Envelope, "dk.ddh.beredskab:envelope")
    data = model_schema(told, message.type_name(), clear=clear) if told else data_schema(message, clear=clear)
    definitions = {**envelope.pop("$defs", {}), **data.pop("$defs", {})}
    del data["$schema"], data["$id"]
    envelope["$id"] = f"urn:dk.ddh.beredskab:message:{message.short_name()}.v{message.schema_version}"
    envelope["$id"] += ":clear" if clear else ""
    envelope["title"] = message.__name__
    envelope["description"] = data.get("description", "")
    properties = cast(Schema, envelope["properties"])
    properties["type"] = {"const": message.type_name()}
    properties["data"] = data
    if definitions:
        envelope["$defs"] = dict(sorted(definitions.items()))
    return envelope


def _as_it_travels(schema: Any, *, clear: bool) -> Any:
    """Private fields as they travel; objects open, since a reader must bear a field that is new to it."""
    if isinstance(schema, list):
        return [_as_it_travels(each, clear=clear) for each in cast(list[Any], schema)]
    if not isinstance(schema, dict):
        return schema
    given = cast(Schema, schema)
    made = {key: _as_it_travels(value, clear=clear) for key, value in given.items() if not _closes(key, value)}
    if isinstance(given.get(PRIVATE_MARK), str) and not clear:
        made.pop("maxLength", None)
        made["pattern"] = PRIVATE_PATTERN
    return made


def _closes(key: str, value: Any) -> bool:
    return key == "additionalProperties" and value is False
