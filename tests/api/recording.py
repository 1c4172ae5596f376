"""Whether what is answered is what the document says, asked of every answer that the tests of the API get.

With `GONGDI_RECORD` set to the name of a file, the smallest request and answer of each operation with success are left
there (docs/versions.md).
"""

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cached_property
from typing import Any

import jsonschema_rs

HERE = "urn:document"
METHODS = ("get", "post", "put", "patch", "delete")

# Headers that stand in the document where they are served, and are served where they stand there.
EXACT = ("ETag", "Location", "Retry-After")


class Document:
    """The served document, with what its operations answer made strict: what it does not name is a fault."""

    def __init__(self, served: Mapping[str, Any]) -> None:
        self.served = deepcopy(served)
        self.paths: dict[str, Any] = self.served["paths"]
        for name, schema in self.served["components"]["schemas"].items():
            if name != "Problem":  # has members of its own for some refusals
                _close(schema)
        self._registry = jsonschema_rs.Registry([(HERE, {"components": self.served["components"]})])
        self._validators: dict[str, Any] = {}

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        """Paths without parameters first: `bulk/` is no id."""
        ordered = sorted(self.paths, key=lambda path: (path.count("{"), path))
        return [(re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)) + r"\Z"), path) for path in ordered]

    def path_of(self, address: str) -> str | None:
        return next((path for pattern, path in self._patterns if pattern.match(address)), None)

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for path, item in self.paths.items():
            for method in METHODS:
                if method in item:
                    yield path, method, item[method]

    def followed(self, thing: Any) -> Any:
        while "$ref" in thing:
            target: Any = self.served
            for step in thing["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            thing = target
        return thing

    def faults(self, path: str, method: str, answer: Any, *, is_whole: bool = True) -> Iterator[str]:
        """What an answer has that the document does not say of it. `is_whole`: no `fields` were asked for."""
        status = str(answer.status_code)
        told = self.paths[path][method]["responses"]
        if status not in told:
            yield f"{status} is not in the document: {answer.content[:200]!r}"
            return
        said = self.followed(told[status])
        headers = said.get("headers", {})
        for name in EXACT:
            if (name in headers) != (name in answer.headers):
                yield f"{status}: the header {name} is {'said' if name in headers else 'not said'}"
        if "X-Request-ID" not in answer.headers:
            yield f"{status}: there is no X-Request-ID"
        content = said.get("content", {})
        form = answer.headers.get("Content-Type", "").partition(";")[0]
        if not content:
            if not answer.streaming and answer.content:
                yield f"{status}: there is a body"
        elif form not in content:
            yield f"{status}: {form} is not in the document"
        elif is_whole and form.endswith("json"):
            yield from (f"{status}: {fault}" for fault in self.faults_of(content[form]["schema"], answer.json()))

    def faults_of(self, schema: Any, value: Any) -> Iterator[str]:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            placed = json.loads(key.replace('"#/', f'"{HERE}#/'))
            self._validators[key] = jsonschema_rs.Draft202012Validator(
                placed, registry=self._registry, validate_formats=True
            )
        for error in self._validators[key].iter_errors(value):
            yield f"/{'/'.join(map(str, error.instance_path))}: {error.message[:300]}"


def _close(schema: Any) -> None:
    """Let objects have what is named only."""
    if isinstance(schema, list):
        for inner in schema:
            _close(inner)
    elif isinstance(schema, dict):
        if "properties" in schema and isinstance(schema["properties"], dict):
            schema.setdefault("additionalProperties", False)
            for inner in schema["properties"].values():
                _close(inner)
        for name in ("items", "oneOf", "anyOf"):
            if name in schema:
                _close(schema[name])
