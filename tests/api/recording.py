"""Whether what is answered is what the document says, and the examples that the document has of it."""

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cached_property
from typing import Any

import jsonschema_rs

from config.openapi_examples import FOLDER, JSON

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
            # Problems have members of their own for some refusals; what is sent is joined with other things in `bulk/`.
            if name != "Problem" and not name.endswith("Request"):
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


# --- Examples --------------------------------------------------------------------------------------

_FIXED = (
    (re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)"), "2026-09-01T09:30:00+08:00"),
    (
        re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
        "0193f2d4-0000-7000-8000-000000000007",
    ),
    (re.compile(r"whsec_.+"), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    (re.compile(r"\b1[3-9]\d{5}(\d{4})\b"), r"1990000\1"),
    (re.compile(r"http://testserver"), "https://gongdi.example"),
    (re.compile(r"(?<=/)\d{1,8}(?=/)"), "7"),
    (re.compile(r'^"\d+-'), '"7-'),
)
_LONGEST = 400
_IDS = {
    "based_on",
    "by",
    "client",
    "member",
    "menu_edition",
    "menu_items",
    "policy",
    "replaces",
    "reverses",
    "rows",
    "rule",
    "rules",
    "task",
    "withdraws",
}
_NO_IDS = {"number", "revision", "step", "version_number", "round", "status", "size", "index"}


def write_examples(document: Document, recorded: Mapping[tuple[str, str], tuple[Any, Any]], names: set[str]) -> None:
    """Leave what was sent and answered where the document takes it from; `names` are those of ids of other rows."""
    by_tag: dict[str, dict[str, Any]] = {}
    for (path, method), (body, answer) in recorded.items():
        if answer.status_code >= 300:
            continue
        example: dict[str, Any] = {"status": answer.status_code}
        sent = document.paths[path][method].get("requestBody", {}).get("content", {})
        if body is not None and JSON in sent and not _has_a_file(body):
            example["request"] = plain(body, names)
        if answer.headers.get("Content-Type") == JSON:
            example["answer"] = plain(answer.json(), names)
        if len(example) > 1:
            by_tag.setdefault(path.split("/")[3], {})[f"{method.upper()} {path}"] = example
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file in FOLDER.glob("*.json"):
        file.unlink()
    for tag, examples in by_tag.items():
        text = json.dumps(examples, ensure_ascii=False, indent=1, sort_keys=True)
        (FOLDER / f"{tag}.json").write_text(text + "\n", "utf-8")


def plain(value: Any, names: set[str], name: str = "") -> Any:
    """A value as an example has it: ids small, times and keys the same each time, lists short."""
    if isinstance(value, Mapping):
        return {key: plain(inner, names, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner, names, name) for inner in value[:1]]
    if isinstance(value, str):
        for pattern, fixed in _FIXED:
            value = pattern.sub(fixed, value)
        return value[:_LONGEST]
    is_id = isinstance(value, int) and not isinstance(value, bool) and name not in _NO_IDS
    return 7 if is_id and (name in names | _IDS | {"id"} or name.endswith("_by")) else value


def _has_a_file(body: Any) -> bool:
    return isinstance(body, dict) and any(hasattr(value, "read") for value in body.values())
