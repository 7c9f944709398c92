"""JSON schema as rows of a table, for people."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
_INT64_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Row:
    """One field. `path` has a dot for each object and [] for each list on the way; `depth` counts them."""

    path: str
    depth: int
    kind: str
    needed: bool
    default: Any
    meaning: str


def rows(schema: Schema, schemas: Mapping[str, Schema], path: str = "", depth: int = 0) -> Iterator[Row]:
    """Every field of an object, and below each the fields of what it holds."""
    schema = resolve(schema, schemas)
    for name, field in schema.get("properties", {}).items():
        items = field.get("items")
        here = f"{path}{name}{'' if items is None else '[]'}"
        needed = name in schema.get("required", ())
        meaning = _meaning(field, resolve(field, schemas))
        yield Row(here, depth, kind(field), needed, field.get("default"), meaning)
        yield from rows(field if items is None else items, schemas, f"{here}.", depth + 1)


def _meaning(field: Schema, resolved: Schema) -> str:
    """What is said of an object, then of this one."""
    said = dict.fromkeys((resolved.get("description", ""), field.get("description", "")))
    return " ".join(filter(None, said))


def resolve(schema: Schema, schemas: Mapping[str, Schema]) -> Schema:
    """What a reference stands for."""
    return schemas[schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema


def kind(schema: Schema) -> str:
    """Type and range in a few words."""
    if "$ref" in schema or "anyOf" in schema:
        return "object"
    if "const" in schema:
        return f"{schema['type']}: {schema['const']}"
    if "enum" in schema:
        return f"{schema['type']}: {', '.join(map(str, schema['enum']))}"
    return _BY_TYPE.get(schema["type"], lambda found: str(found["type"]))(schema)


def _integer(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum", _INT64_MAX)
    if high < _INT64_MAX:
        return f"integer from {low} to {high}"
    return "integer" if low is None or low < -_INT64_MAX else f"integer of at least {low}"


def _string(schema: Schema) -> str:
    if "://" in schema.get("pattern", ""):
        return "string: URL"
    few = "non-empty string" if schema.get("minLength") else "string"
    return f"{few} of at most {schema['maxLength']} characters" if "maxLength" in schema else few


def _array(schema: Schema) -> str:
    inside = "objects" if "$ref" in schema["items"] else f"{kind(schema['items'])}s"
    return f"array of {inside}, at most {schema['maxItems']}" if "maxItems" in schema else f"array of {inside}"


_BY_TYPE = {"integer": _integer, "string": _string, "array": _array}
