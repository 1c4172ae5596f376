"""What is served keeps what was promised (docs/versions.md); each kind of break is one, each harmless change none."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError

from config.management.commands.store_schema import STORED, served, store
from config.schema_promise import additions, breaks, promise_of, text_of

Change = Callable[[dict[str, Any]], object]

WIDGET = {"$ref": "#/components/schemas/Widget"}

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/widgets/": {
            "get": {
                "operationId": "widgets_list",
                "parameters": [
                    {"in": "query", "name": "state", "schema": {"type": "string", "enum": ["new", "old"]}},
                    {"in": "query", "name": "size", "schema": {"type": "integer", "maximum": 500, "minimum": 1}},
                ],
                "security": [{"token": ["widgets:read"]}, {"cookie": []}],
                "responses": {"200": {"content": {"application/json": {"schema": {"type": "array", "items": WIDGET}}}}},
            },
            "post": {
                "operationId": "widgets_create",
                "security": [{"token": ["widgets:write"]}],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/WidgetRequest"}},
                        "multipart/form-data": {"schema": {"$ref": "#/components/schemas/WidgetRequest"}},
                    },
                },
                "responses": {
                    "201": {
                        "headers": {"Location": {"schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": WIDGET}},
                    }
                },
            },
        }
    },
    "components": {
        "schemas": {
            "Widget": {
                "type": "object",
                "required": ["id", "name", "made_on"],
                "properties": {
                    "id": {"type": "integer"},
                    "name": {"type": "string", "description": "As painted on it."},
                    "made_on": {"type": "string", "format": "date"},
                    "state": {"oneOf": [{"type": "string", "enum": ["new", "old"]}, {"type": "null"}]},
                    "parts": {"type": "array", "items": WIDGET},
                },
            },
            "WidgetRequest": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "maxLength": 20},
                    "weight": {"type": ["number", "null"]},
                    "description": {"type": "string"},
                },
            },
        }
    },
    "webhooks": {
        "widget.made": {"post": {"requestBody": {"content": {"application/json": {"schema": WIDGET}}}, "responses": {}}}
    },
}


def _get(document: dict[str, Any]) -> dict[str, Any]:
    return document["paths"]["/widgets/"]["get"]


def _post(document: dict[str, Any]) -> dict[str, Any]:
    return document["paths"]["/widgets/"]["post"]


def _shown(document: dict[str, Any]) -> dict[str, Any]:
    return document["components"]["schemas"]["Widget"]


def _sent(document: dict[str, Any]) -> dict[str, Any]:
    return document["components"]["schemas"]["WidgetRequest"]


BREAKS: dict[str, tuple[Change, str]] = {
    "path": (lambda d: d["paths"].clear(), "GET /widgets/: is gone"),
    "method": (lambda d: d["paths"]["/widgets/"].pop("post"), "POST /widgets/: is gone"),
    "operationId": (lambda d: _get(d).update(operationId="all"), "is called all, no longer widgets_list"),
    "parameter": (lambda d: _get(d)["parameters"].pop(0), "the parameter state is gone"),
    "parameter required": (lambda d: _get(d)["parameters"][0].update(required=True), "state is required now"),
    "new required parameter": (
        lambda d: _get(d)["parameters"].append({"in": "query", "name": "x", "required": True, "schema": {}}),
        "the parameter x is new and required",
    ),
    "value of input": (lambda d: _get(d)["parameters"][0]["schema"]["enum"].pop(), "may no longer be old"),
    "values of input": (lambda d: _sent(d)["properties"]["name"].update(enum=["a"]), "must be one of a now"),
    "maximum": (lambda d: _get(d)["parameters"][1]["schema"].update(maximum=100), "tighter maximum (100)"),
    "minimum": (lambda d: _get(d)["parameters"][1]["schema"].update(minimum=2), "tighter minimum (2)"),
    "length": (lambda d: _sent(d)["properties"]["name"].update(maxLength=10), "tighter maxLength (10)"),
    "pattern": (lambda d: _sent(d)["properties"]["name"].update(pattern="^a"), "tighter pattern (^a)"),
    "format of input": (lambda d: _sent(d)["properties"]["name"].update(format="uuid"), "the format uuid now"),
    "type of input": (lambda d: _sent(d)["properties"]["weight"].update(type=["integer", "null"]), "must be integer"),
    "null of input": (lambda d: _sent(d)["properties"]["weight"].update(type="number"), "may no longer be null"),
    "member of input": (lambda d: _sent(d)["properties"].pop("description"), "no longer takes description"),
    "required member": (lambda d: _sent(d)["required"].append("weight"), "must have weight now"),
    "form of input": (
        lambda d: _post(d)["requestBody"]["content"].pop("multipart/form-data"),
        "no longer multipart/form-data",
    ),
    "new body": (
        lambda d: _get(d).update(requestBody={"required": True, "content": {}}),
        "GET /widgets/: a body is required now",
    ),
    "status": (
        lambda d: _post(d)["responses"].update({"202": _post(d)["responses"].pop("201")}),
        "no longer answers 201",
    ),
    "header": (lambda d: _post(d)["responses"]["201"]["headers"].clear(), "no longer has the header Location"),
    "form of answer": (
        lambda d: _get(d)["responses"]["200"].update(content={"text/csv": {}}),
        "is no longer application/json",
    ),
    "member of answer": (lambda d: _shown(d)["properties"].pop("name"), "no longer has name"),
    "member that was always there": (lambda d: _shown(d)["required"].remove("name"), "may come without name now"),
    "null in an answer": (lambda d: _shown(d)["properties"]["id"].update(type=["integer", "null"]), "may be null now"),
    "type of answer": (lambda d: _shown(d)["properties"]["id"].update(type="string"), "may be string now"),
    "format of answer": (lambda d: _shown(d)["properties"]["made_on"].pop("format"), "no longer has the format date"),
    "alternatives of answer": (
        lambda d: _shown(d)["properties"]["state"].update(oneOf=[{"type": "integer"}, {"type": "array"}]),
        "more alternatives",
    ),
    "scope": (lambda d: _get(d)["security"][0]["token"].append("secrets:read"), "token widgets:read is no longer"),
    "way to sign in": (lambda d: _get(d)["security"].pop(), "cookie is no longer enough"),
    "event": (lambda d: d["webhooks"].clear(), "widget.made: is no longer sent"),
    "event's body": (
        lambda d: d["webhooks"]["widget.made"]["post"]["requestBody"]["content"]["application/json"].update(
            schema={"type": "object"}
        ),
        "widget.made no longer has id",
    ),
}

HARMLESS: dict[str, Change] = {
    "path": lambda d: d["paths"].update({"/gadgets/": {"get": {"responses": {}}}}),
    "parameter": lambda d: _get(d)["parameters"].append({"in": "query", "name": "x", "schema": {}}),
    "value of input": lambda d: _get(d)["parameters"][0]["schema"]["enum"].append("older"),
    "wider bounds": lambda d: _get(d)["parameters"][1]["schema"].update(maximum=1000, minimum=0),
    "no bounds": lambda d: _sent(d)["properties"]["name"].pop("maxLength"),
    "null of input": lambda d: _sent(d)["properties"]["name"].update(type=["string", "null"]),
    "member of input": lambda d: _sent(d)["properties"].update(colour={"type": "string"}),
    "less required": lambda d: _sent(d)["required"].clear(),
    "form of input": lambda d: _post(d)["requestBody"]["content"].update({"text/csv": {}}),
    "status": lambda d: _post(d)["responses"].update({"202": {"content": {}}}),
    "refusal": lambda d: _get(d)["responses"].update({"418": {"content": {}}}),
    "member of answer": lambda d: _shown(d)["properties"].update(colour={"type": "string"}),
    "value of answer": lambda d: _shown(d)["properties"]["state"]["oneOf"][0]["enum"].append("older"),
    "always there": lambda d: _shown(d)["required"].append("state"),
    "never null": lambda d: _shown(d)["properties"].update(state={"type": "string", "enum": ["new", "old"]}),
    "text": lambda d: _shown(d)["properties"]["name"].update(description="Its name."),
    "name of a schema": lambda d: _get(d)["responses"]["200"]["content"]["application/json"]["schema"].update(
        items={"allOf": [deepcopy(_shown(d))]}
    ),
    "less scope": lambda d: _get(d)["security"][0].update(token=[]),
    "another way to sign in": lambda d: _get(d)["security"].append({}),
    "event": lambda d: d["webhooks"].update({"widget.lost": d["webhooks"]["widget.made"]}),
}


def changed(change: Change) -> dict[str, Any]:
    document = deepcopy(DOCUMENT)
    change(document)
    assert document != DOCUMENT
    return document


@pytest.mark.parametrize(("change", "says"), BREAKS.values(), ids=BREAKS)
def test_what_a_caller_leans_on_and_no_longer_finds_is_a_break(change: Change, says: str) -> None:
    found = breaks(DOCUMENT, changed(change))

    assert any(says in sentence for sentence in found), found


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_was_added_breaks_nothing(change: Change) -> None:
    assert breaks(DOCUMENT, changed(change)) == []


def test_a_promise_has_no_texts_but_keeps_members_that_are_called_so() -> None:
    promise = promise_of(DOCUMENT)

    assert "description" not in promise["components"]["schemas"]["Widget"]["properties"]["name"]
    assert "description" in promise["components"]["schemas"]["WidgetRequest"]["properties"]
    assert breaks(DOCUMENT, promise) == []
    assert json.loads(text_of(promise)) == promise


def test_additions_are_told_by_name() -> None:
    new = changed(HARMLESS["event"])
    new["paths"]["/gadgets/"] = {"get": {"responses": {}}}

    assert additions(DOCUMENT, new) == ["GET /gadgets/", "widget.lost"]


def test_a_break_is_stored_with_a_reason_only(tmp_path: Path) -> None:
    stored, changes = tmp_path / "v1.json", tmp_path / "changes.md"
    changes.write_text("# Changes\n\nText.\n\n## 2020-01-01\n\n- First.\n")
    store(promise_of(DOCUMENT), stored=stored, changes=changes)
    first = stored.read_text()
    broken = promise_of(changed(BREAKS["parameter"][0]))

    with pytest.raises(CommandError, match="the parameter state is gone"):
        store(broken, stored=stored, changes=changes)
    assert stored.read_text() == first
    store(broken, stored=stored, changes=changes, reason="it never worked")

    assert stored.read_text() == text_of(broken)
    said = changes.read_text()
    assert "- **Broken** (it never worked): GET /widgets/: the parameter state is gone\n\n## 2020-01-01\n" in said
    assert said.startswith("# Changes\n\nText.\n\n## 2")
    assert said.endswith("- First.\n")


@pytest.fixture(scope="module")
def promised() -> dict[str, Any]:
    return json.loads(STORED.read_text("utf-8"))


@pytest.fixture(scope="module")
def now() -> dict[str, Any]:
    return served()


def test_what_is_served_keeps_what_was_promised(promised: dict[str, Any], now: dict[str, Any]) -> None:
    assert len(promised["paths"]) > 300

    assert breaks(promised, now) == []


def test_a_member_that_goes_from_what_is_served_is_found(promised: dict[str, Any], now: dict[str, Any]) -> None:
    """The promise is compared down to the members, through all references."""
    without = deepcopy(now)
    del without["components"]["schemas"]["SurveyOutput"]["properties"]["title"]

    assert any("/title" in said or "no longer has title" in said for said in breaks(promised, without))
