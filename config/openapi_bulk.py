"""`bulk/` in the OpenAPI document: made from the operations on single rows, whose schemas it refers to."""

from collections.abc import Iterable, Iterator
from typing import Any

from accounts.bulk import MODES, MOST_ITEMS

MARK = "x-bulk"
"""Set on an operation that can be done to many rows at once, until the paths are made."""

_CREATE = f"""Make up to {MOST_ITEMS} rows, each as by a `POST` of its own.

The answer has a result for each item, in the order sent. `created`; `duplicate`, where the row was there with this
content; `rejected`, with the problem document of the single request, whose pointers begin at `/items/<index>`. With
`all_or_nothing` one fault refuses all: 422 `items_refused` with the same `results`, where `not_done` is whatever was
without fault.
"""
_UPDATE = f"""Change up to {MOST_ITEMS} rows, each as by a `PATCH` of its own, with `if_match` for `If-Match`.

The answer has a result for each item, in the order sent. `updated`; `rejected`, with the problem document of the single
request, whose pointers begin at `/items/<index>`. With `all_or_nothing` one fault refuses all: 422 `items_refused` with
the same `results`, where `not_done` is whatever was without fault. Rows are locked in the order sent.
"""
_TEXTS = {"post": _CREATE, "patch": _UPDATE}
_DONE = {"post": ["created", "duplicate"], "patch": ["updated"]}


def add_bulk(paths: dict[str, Any]) -> None:
    """Add to the paths of a document an operation on many rows for each one that is marked."""
    for path, item in list(paths.items()):
        for method, operation in list(item.items()):
            if operation.pop(MARK, False):
                base = path[: path.rindex("{")] if method == "patch" else path
                paths.setdefault(f"{base}bulk/", {})[method] = _operation(f"{base}bulk/", method, operation)


def _operation(path: str, method: str, single: dict[str, Any]) -> dict[str, Any]:
    row = single["requestBody"]["content"]["application/json"]["schema"]
    shown = next(_schemas(single["responses"], ("201", "200")))
    if method == "patch":
        row = {"allOf": [_NAMED, row]}
    result = {"type": "array", "items": _result(_DONE[method], shown)}
    refused = {"allOf": [_PROBLEM, _object({"results": result})]}
    return {
        "operationId": f"{single['operationId']}_in_bulk",
        "description": _TEXTS[method],
        "parameters": list(_that_stay(path, single.get("parameters", []))),
        "tags": single["tags"],
        "security": single["security"],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _items(row)}}},
        "responses": {
            "200": {"description": "", "content": {"application/json": {"schema": _object({"results": result})}}},
            "422": {"description": "", "content": {"application/problem+json": {"schema": refused}}},
        },
    }


def _schemas(responses: dict[str, Any], statuses: Iterable[str]) -> Iterator[dict[str, Any]]:
    for status in statuses:
        if status in responses:
            yield responses[status]["content"]["application/json"]["schema"]


def _that_stay(path: str, parameters: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What the path still names, and `fields`."""
    for parameter in parameters:
        if parameter["in"] == "query" or f"{{{parameter['name']}}}" in path:
            yield parameter


def _items(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["items"],
        "properties": {
            "items": {"type": "array", "minItems": 1, "maxItems": MOST_ITEMS, "items": row},
            "mode": {"type": "string", "enum": list(MODES), "default": MODES[0]},
        },
    }


def _result(done: list[str], shown: dict[str, Any]) -> dict[str, Any]:
    return _object(
        {
            "index": {"type": "integer", "description": "Of the item, from 0."},
            "status": {"type": "string", "enum": [*done, "rejected", "not_done"]},
            "id": {"type": ["integer", "null"]},
            "etag": {"type": ["string", "null"], "description": "Of the row as it is now, for `if_match`."},
            "object": {"anyOf": [shown, {"type": "null"}]},
            "problem": {"anyOf": [_PROBLEM, {"type": "null"}]},
        }
    )


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


_PROBLEM = {"$ref": "#/components/schemas/Problem"}

_NAMED = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "integer"},
        "if_match": {"type": ["string", "null"], "description": "The row's `ETag` that was read."},
    },
}
