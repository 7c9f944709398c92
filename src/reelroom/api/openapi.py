"""The control API's own description, OpenAPI 3.1, made of the models that check its requests.

The contract tells its actions apart by the query alone, so the keys of `paths` hold it: `/?Action=StartRecord`. That is
what callers send and what many such APIs write; a path and nothing else would leave one operation for nine actions.
"""

from functools import cache
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from reelroom.api import openapi_examples as examples
from reelroom.api.answers import Refusal
from reelroom.api.codes import Code
from reelroom.api.notice_models import Notice
from reelroom.api.openapi_codes import GIVEN_WHEN, refusals, table
from reelroom.api.openapi_operations import OPERATIONS, Operation

Node = dict[str, Any]

_REFERENCE = "#/components/schemas/"
_ABOUT = """\
Recording of real-time rooms, by the contract of ZEGO's Cloud Recording (v2). Every action is `POST /?Action=…` with a
JSON object in the body and five more values in the query.

Signing: `Signature` is the MD5 of AppId, SignatureNonce, ServerSecret and Timestamp, joined without anything between
them, as 32 lowercase hexadecimal digits. Body and action are not part of it. By hand:

```
nonce=$(openssl rand -hex 8); now=$(date +%s)
signature=$(printf %s "$APP_ID$nonce$SERVER_SECRET$now" | md5sum | cut -d' ' -f1)
curl "$URL/?Action=DescribeRecordStatus&AppId=$APP_ID&SignatureNonce=$nonce&Timestamp=$now\\
&Signature=$signature&SignatureVersion=2.0" --json '{"TaskId": "aJB-YE-iHBJnAABN"}'
```

AppId 12345, nonce 4fd24687296dd9f3, secret 9193cc662a4c0ec135ec71fb57194b38 and time 1615186943 give
43e5cfcca828314675f91b001390566a.

Answers are HTTP 200 with Code, Message and RequestId, whatever happened: Code 0 is success, and Data is there where the
action has any. A call that is refused changes nothing.

Bodies: unknown fields are ignored, null stands for absent, integers may be written as 3.0. StorageParams is also found
inside RecordOutputParams, and ClientTaskId at the top level, where some callers put them."""


@cache
def document() -> Node:
    """The whole document; the same object each time, to be read only."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Reelroom control API",
            "version": version("reelroom"),
            "summary": "Recording of real-time rooms",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {f"/?Action={action}": {"post": _operation(action)} for action in OPERATIONS},
        "webhooks": {"notice": {"post": _NOTICE}},
        "components": {"schemas": _schemas(), "parameters": _PARAMETERS},
        "x-codes": {str(int(code)): words for code, words in GIVEN_WHEN.items()},
    }


def _operation(action: str) -> Node:
    operation = OPERATIONS[action]
    body = {"schema": _ref(operation.request.__name__), "examples": _named(operation.examples)}
    return {
        "operationId": action,
        "summary": operation.summary,
        "description": operation.description,
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in _PARAMETERS],
        "requestBody": {"required": True, "content": {"application/json": body}},
        "responses": {"200": _response(operation)},
    }


def _response(operation: Operation) -> Node:
    codes = refusals(*operation.codes)
    numbers = {"properties": {"Code": {"enum": [int(code) for code in codes]}}}
    shown = {
        "success": examples.success(operation.data),
        "refusal": examples.refusal(Code.INVALID_INPUT, operation.refused),
    }
    schema = {"oneOf": [_ref(operation.answer.__name__), {"allOf": [_ref("Refusal"), numbers]}]}
    return {
        "description": f"Done, or refused with one of these codes:\n\n{table(codes)}",
        "content": {"application/json": {"schema": schema, "examples": _named(shown)}},
        "x-codes": {str(int(code)): words for code, words in codes.items()},
    }


def _named(values: Any) -> Node:
    return {_key(name): {"summary": name, "value": value} for name, value in values.items()}


def _key(name: str) -> str:
    """Keys of examples are identifiers: letters, digits and underscores."""
    return "".join(c if c.isalnum() else "_" for c in name)


def _ref(name: str) -> Node:
    return {"$ref": f"{_REFERENCE}{name}"}


_NOTICE: Node = {
    "operationId": "notice",
    "summary": "What happens to a task, told to CallbackUrl or the app's callback_url",
    "description": "Any 2xx answer is receipt; anything else, or none, is tried again. Notices may come in any order.",
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": _ref(Notice.__name__), "examples": _named(examples.NOTICES)}},
    },
    "responses": {"2XX": {"description": "Received."}},
}


class _Schemas(GenerateJsonSchema):
    """JSON schema of our models as callers see them: absent is no value of its own, and names need no titles."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """A default that is an object only repeats those of its fields."""
        found = super().default_schema(schema)
        if found.get("default") is None or isinstance(found["default"], dict):
            found.pop("default", None)
        return found


def _schemas() -> Node:
    models: set[type[BaseModel]] = {Refusal, Notice}
    for operation in OPERATIONS.values():
        models |= {operation.request, operation.answer}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, found = models_json_schema(
        [(model, "validation") for model in ordered], ref_template=_REFERENCE + "{model}", schema_generator=_Schemas
    )
    return {
        name: {key: value for key, value in schema.items() if key != "title"} for name, schema in found["$defs"].items()
    }


def _query(name: str, description: str, example: str, schema: Node) -> Node:
    return {
        "name": name,
        "in": "query",
        "required": True,
        "description": description,
        "schema": schema,
        "example": example if schema["type"] == "string" else int(example),
    }


_PARAMETERS: dict[str, Node] = {
    parameter["name"]: parameter
    for parameter in (
        _query("AppId", "The app.", "12345", {"type": "integer", "minimum": 1, "maximum": 2**32 - 1}),
        _query(
            "SignatureNonce",
            "A random text, new for each call: 8 random bytes as 16 hexadecimal digits, say.",
            "4fd24687296dd9f3",
            {"type": "string", "minLength": 1},
        ),
        _query(
            "Timestamp",
            "Unix time in seconds. May differ from the server's clock by 10 minutes.",
            "1615186943",
            {"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
        ),
        _query(
            "Signature",
            "Lowercase hexadecimal MD5 of AppId, SignatureNonce, ServerSecret and Timestamp, joined in this order.",
            "43e5cfcca828314675f91b001390566a",
            {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        ),
        _query("SignatureVersion", "Always 2.0.", "2.0", {"type": "string", "enum": ["2.0"]}),
    )
}
