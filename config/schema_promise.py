"""What version 1 of the API has promised, and whether the document that is served still keeps it (docs/versions.md).

The promise is a copy of the document (docs/openapi/v1.json). Two documents are compared by rule: what was added passes,
what a caller may lean on and no longer finds is a break. Plain values in, sentences out.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from operator import gt, lt, ne
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")

_SAID_TO_PEOPLE = {"description", "summary", "example", "examples"}

# Of what is sent, a lower one of these refuses what was taken; of the others a higher one does.
_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_EXACT = ("pattern", "multipleOf")


def promise_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without refusals, of which there may be more at any time, and what is said to people only."""
    plain = {name: document[name] for name in ("openapi", "paths", "components", "webhooks") if name in document}
    promise = {name: _without_words(value, named=name != "components") for name, value in plain.items()}
    promise["components"].pop("responses", None)
    for item in promise["paths"].values():
        for operation in item.values():
            answers = operation["responses"].items()
            operation["responses"] = {status: answer for status, answer in answers if status[0] == "2"}
    return promise


def text_of(promise: Mapping[str, Any]) -> str:
    """The promise as it is stored: names in order, one path, schema or event a line, so that a change reads as one."""

    def line(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def lines(value: Mapping[str, Any], depth: int) -> str:
        if not depth:
            return ",\n".join(f"{line(name)}:{line(value[name])}" for name in sorted(value))
        return ",\n".join(f"{line(name)}:{{\n{lines(value[name], depth - 1)}\n}}" for name in sorted(value))

    parts = [f'"openapi":{line(promise["openapi"])}']
    for name, depth in (("paths", 0), ("components", 1), ("webhooks", 0)):
        parts.append(f'"{name}":{{\n{lines(promise.get(name, {}), depth)}\n}}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def breaks(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """A sentence for each thing that the old document promises and the new one does not keep."""
    return list(dict.fromkeys(_Comparison(old, new).all()))


def additions(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The operations and event types that are served and not promised yet."""
    before = {*_operations(old), *old.get("webhooks", {})}
    return [name for name in (*_operations(new), *new.get("webhooks", {})) if name not in before]


def _operations(document: Mapping[str, Any]) -> Iterator[str]:
    for path, item in document["paths"].items():
        yield from (f"{method.upper()} {path}" for method in METHODS if method in item)


def _without_words(value: Any, *, named: bool = True) -> Any:
    """`named`: the members of this object are words of OpenAPI, not names that somebody gave."""
    if isinstance(value, list):
        return [_without_words(inner) for inner in value]
    if not isinstance(value, Mapping):
        return value
    kept = {name: inner for name, inner in value.items() if not (named and name in _SAID_TO_PEOPLE)}
    given = ("properties", "schemas", "responses", "parameters", "headers", "securitySchemes", "pathItems", "paths")
    return {
        # A property may be called `description`.
        name: _without_words(inner, named=not (name in given and isinstance(inner, Mapping)))
        for name, inner in kept.items()
    }


@dataclass(frozen=True)
class _Shape:
    """A schema with its references followed, `allOf` joined, and null and alternatives told apart."""

    types: frozenset[str] | None = None
    is_nullable: bool = True
    enum: tuple[Any, ...] | None = None
    format: str | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    items: Any = None
    others: Any = None
    branches: tuple[Any, ...] = ()


class _Document:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document

    def followed(self, value: Any) -> Any:
        while isinstance(value, Mapping) and "$ref" in value:
            target: Any = self.document
            for step in value["$ref"].removeprefix("#/").split("/"):
                target = target[step.replace("~1", "/").replace("~0", "~")]
            value = target
        return value

    def shape(self, schema: Any) -> _Shape:
        schema = self.followed(schema)
        if not isinstance(schema, Mapping):  # true: anything
            return _Shape()
        shape = self._own(schema)
        for part in schema.get("allOf", ()):
            shape = _joined(shape, self.shape(part))
        branches = [*schema.get("oneOf", ()), *schema.get("anyOf", ())]
        return _joined(shape, self._any_of(branches)) if branches else shape

    def _own(self, schema: Mapping[str, Any]) -> _Shape:
        told = schema.get("type")
        types = None if told is None else frozenset([told] if isinstance(told, str) else told)
        enum = schema.get("enum", [schema["const"]] if "const" in schema else None)
        return _Shape(
            types=None if types is None else types - {"null"},
            is_nullable=(types is None or "null" in types) and (enum is None or None in enum),
            enum=None if enum is None else tuple(value for value in enum if value is not None),
            format=schema.get("format"),
            limits={name: schema[name] for name in (*_MOST, *_LEAST, *_EXACT) if name in schema},
            properties=schema.get("properties", {}),
            required=frozenset(schema.get("required", ())),
            items=schema.get("items"),
            others=schema.get("additionalProperties"),
        )

    def _any_of(self, branches: list[Any]) -> _Shape:
        """Null beside one alternative is that one; several lists of words are one list."""
        pairs = [(branch, self.shape(branch)) for branch in branches]
        is_nullable = any(shape.is_nullable for _branch, shape in pairs)
        real = [(branch, shape) for branch, shape in pairs if shape.types != frozenset() and shape.enum != ()]
        if len(real) == 1:
            return replace(real[0][1], is_nullable=is_nullable)
        if real and all(shape.enum is not None for _branch, shape in real):
            words = tuple(word for _branch, shape in real for word in shape.enum or ())
            return _Shape(is_nullable=is_nullable, enum=words)
        return _Shape(is_nullable=is_nullable, branches=tuple(branch for branch, _shape in real))


def _joined(one: _Shape, other: _Shape) -> _Shape:
    """Both at once, as `allOf` has it."""
    return _Shape(
        types=other.types if one.types is None else one.types,
        is_nullable=one.is_nullable and other.is_nullable,
        enum=other.enum if one.enum is None else one.enum,
        format=one.format or other.format,
        limits={**one.limits, **other.limits},
        properties={**one.properties, **other.properties},
        required=one.required | other.required,
        items=other.items if one.items is None else one.items,
        others=other.others if one.others is None else one.others,
        branches=one.branches or other.branches,
    )


class _Comparison:
    """One walk through two documents. Schemas are compared once for each place in which they are used as one."""

    def __init__(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        self.old, self.new = _Document(old), _Document(new)
        self.seen: set[tuple[str, str, bool]] = set()

    def all(self) -> Iterator[str]:
        served = self.new.document["paths"]
        for path, item in self.old.document["paths"].items():
            for method in (name for name in METHODS if name in item):
                said = f"{method.upper()} {path}"
                if method in served.get(path, {}):
                    yield from self.operation(said, item[method], served[path][method])
                else:
                    yield f"{said}: is gone"
        events = self.new.document.get("webhooks", {})
        for name, item in self.old.document.get("webhooks", {}).items():
            if name not in events:
                yield f"{name}: is no longer sent"
                continue
            sent, sends = [
                document.followed(thing)["post"]["requestBody"]["content"]["application/json"]["schema"]
                for document, thing in ((self.old, item), (self.new, events[name]))
            ]
            yield from self.schema(name, sent, sends, is_input=False)

    # --- Operations --------------------------------------------------------------------------------

    def operation(self, said: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
        if old.get("operationId") != new.get("operationId"):
            yield f"{said}: is called {new.get('operationId')}, no longer {old.get('operationId')}"
        yield from self.security(said, old.get("security", [{}]), new.get("security", [{}]))
        yield from self.parameters(said, old, new)
        yield from self.body(said, old.get("requestBody"), new.get("requestBody"))
        for status, answer in old["responses"].items():
            if status[0] != "2":
                continue
            if status not in new["responses"]:
                yield f"{said}: no longer answers {status}"
                continue
            before, after = self.old.followed(answer), self.new.followed(new["responses"][status])
            for name in before.get("headers", {}):
                if name not in after.get("headers", {}):
                    yield f"{said}: {status} no longer has the header {name}"
            yield from self.content(f"{said}: {status}", before, after, is_input=False)

    def security(self, said: str, old: list[dict[str, list[str]]], new: list[dict[str, list[str]]]) -> Iterator[str]:
        for way in old:
            if not any(name.keys() <= way.keys() and _asks_no_more(name, way) for name in new):
                yield f"{said}: {_named(way)} is no longer enough"

    def parameters(self, said: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
        before, after = [
            {
                (parameter["in"], parameter["name"]): parameter
                for parameter in map(document.followed, operation.get("parameters", ()))
            }
            for document, operation in ((self.old, old), (self.new, new))
        ]
        for key, parameter in before.items():
            name = f"{said}: the parameter {key[1]}"
            if key not in after:
                yield f"{name} is gone"
                continue
            if after[key].get("required") and not parameter.get("required"):
                yield f"{name} is required now"
            yield from self.schema(name, parameter.get("schema"), after[key].get("schema"), is_input=True)
        for key, parameter in after.items():
            if key not in before and parameter.get("required"):
                yield f"{said}: the parameter {key[1]} is new and required"

    def body(self, said: str, old: Any, new: Any) -> Iterator[str]:
        old, new = self.old.followed(old), self.new.followed(new)
        if new is not None and new.get("required") and not (old or {}).get("required"):
            yield f"{said}: a body is required now"
        if old is not None:
            yield from self.content(f"{said}: the body", old, new or {}, is_input=True)

    def content(self, said: str, old: Mapping[str, Any], new: Mapping[str, Any], *, is_input: bool) -> Iterator[str]:
        for form, content in old.get("content", {}).items():
            if form not in new.get("content", {}):
                yield f"{said} is no longer {form}"
                continue
            after = new["content"][form].get("schema")
            yield from self.schema(said, content.get("schema"), after, is_input=is_input)

    # --- Schemas -----------------------------------------------------------------------------------

    def schema(self, said: str, old: Any, new: Any, *, is_input: bool) -> Iterator[str]:
        if old is None or new is None:
            return
        if isinstance(old, Mapping) and isinstance(new, Mapping) and "$ref" in old and "$ref" in new:
            # What refers to itself ends here; what is named alike by many is told once, by its name.
            key = (old["$ref"], new["$ref"], is_input)
            if key in self.seen:
                return
            self.seen.add(key)
        before, after = self.old.shape(old), self.new.shape(new)
        yield from (self.taken if is_input else self.given)(said, before, after)
        yield from self.inner(said, before, after, is_input=is_input)

    def taken(self, said: str, old: _Shape, new: _Shape) -> Iterator[str]:
        """Of what callers send: nothing that was taken may be refused."""
        if new.types is not None and (old.types is None or _without(old.types, new.types)):
            yield f"{said} must be {_listed(new.types)} now"
        if old.is_nullable and not new.is_nullable:
            yield f"{said} may no longer be null"
        if new.enum is not None:
            if old.enum is None:
                yield f"{said} must be one of {_listed(new.enum)} now"
            elif gone := [value for value in old.enum if value not in new.enum]:
                yield f"{said} may no longer be {_listed(gone)}"
        if new.format is not None and new.format != old.format:
            yield f"{said} must have the format {new.format} now"
        for names, is_tighter in ((_MOST, lt), (_LEAST, gt), (_EXACT, ne)):
            for name in names:
                if name in new.limits and (name not in old.limits or is_tighter(new.limits[name], old.limits[name])):
                    yield f"{said} has a tighter {name} ({new.limits[name]})"
        for name in sorted(old.properties.keys() - new.properties.keys()):
            yield f"{said} no longer takes {name}"
        for name in sorted(new.required - old.required):
            yield f"{said} must have {name} now"
        if len(new.branches) < len(old.branches) or (new.branches and not old.branches):
            yield f"{said} has fewer alternatives"

    def given(self, said: str, old: _Shape, new: _Shape) -> Iterator[str]:
        """Of what is answered: nothing that was always there may be missing, or be something else."""
        if old.types is not None and (new.types is None or _without(new.types, old.types)):
            yield f"{said} may be {_listed(new.types or ['anything'])} now"
        if new.is_nullable and not old.is_nullable:
            yield f"{said} may be null now"
        if old.format is not None and new.format != old.format:
            yield f"{said} no longer has the format {old.format}"
        for name in sorted(old.properties.keys() - new.properties.keys()):
            yield f"{said} no longer has {name}"
        for name in sorted(old.required & new.properties.keys() - new.required):
            yield f"{said} may come without {name} now"
        if len(new.branches) > len(old.branches):
            yield f"{said} has more alternatives"

    def inner(self, said: str, old: _Shape, new: _Shape, *, is_input: bool) -> Iterator[str]:
        for name in sorted(old.properties.keys() & new.properties.keys()):
            yield from self.schema(f"{said}/{name}", old.properties[name], new.properties[name], is_input=is_input)
        yield from self.schema(f"{said}/[]", old.items, new.items, is_input=is_input)
        yield from self.schema(f"{said}/*", old.others, new.others, is_input=is_input)
        for one, other in zip(old.branches, new.branches, strict=False):
            yield from self.schema(said, one, other, is_input=is_input)


def _asks_no_more(new: Mapping[str, list[str]], old: Mapping[str, list[str]]) -> bool:
    return all(set(scopes) <= set(old[name]) for name, scopes in new.items())


def _named(way: Mapping[str, list[str]]) -> str:
    return " and ".join(" ".join([name, *scopes]) for name, scopes in way.items()) or "to be anybody"


def _without(some: frozenset[str], others: frozenset[str]) -> frozenset[str]:
    """The types that are not among the others. A whole number is a number."""
    return some - others - ({"integer"} if "number" in others else set())


def _listed(values: Any) -> str:
    return ", ".join(sorted(map(str, values)))
