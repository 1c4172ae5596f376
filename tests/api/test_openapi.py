"""The served document: valid, and with every route in it."""

import re
from typing import Any

import jsonschema
import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

UNSAFE = {"post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-any-return,no-untyped-call]


def api_routes() -> set[tuple[str, str]]:
    """(path, method) of every view below /api/v1/, from the URL resolver."""
    found: set[tuple[str, str]] = set()

    def walk(patterns: list[URLPattern | URLResolver], prefix: str) -> None:
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, path)
                continue
            view = pattern.callback
            if not path.startswith("api/v1/") or getattr(view, "cls", None) is None:
                continue
            actions = getattr(view, "actions", None)
            methods = set(actions or [name for name in ("get", *UNSAFE) if hasattr(view.cls, name)])
            methods &= {"get", *UNSAFE} & set(view.cls.http_method_names)
            found.update((_plain(path), method) for method in methods)

    walk(get_resolver().url_patterns, "")
    return found


def _plain(path: str) -> str:
    path = re.sub(r"\(\?P<(\w+)>[^)]*\)", lambda match: "{" + match[1] + "}", path.replace("^", "").replace("$", ""))
    return "/" + re.sub(r"\{\w+\}", "{}", path.replace(r"\Z", ""))


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate_schema(document)
    assert document["openapi"].startswith("3.1")


def test_every_served_route_is_in_the_document(document: dict[str, Any]) -> None:
    told = {(re.sub(r"\{\w+\}", "{}", path), method) for path, item in document["paths"].items() for method in item}

    assert len(told) > 20
    assert api_routes() == told


def test_every_operation_tells_of_problems_and_unsafe_ones_of_keys(document: dict[str, Any]) -> None:
    for item in document["paths"].values():
        for method, operation in item.items():
            named = [parameter.get("$ref", "") for parameter in operation["parameters"]]
            assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}
            assert ("#/components/parameters/Idempotency-Key" in named) == (method in UNSAFE)


def test_that_a_cursor_is_too_old_is_told_of_changes_alone(document: dict[str, Any]) -> None:
    told = {(path, method) for path, item in document["paths"].items() for method in item}
    gone = {(path, method) for path, method in told if "410" in document["paths"][path][method]["responses"]}

    assert gone == {("/api/v1/changes/", "get")}
    assert "409" not in document["paths"]["/api/v1/changes/"]["get"]["responses"]


def test_all_schemas_of_the_document_are_schemas(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_the_generator_has_nothing_to_complain_about(capsys: pytest.CaptureFixture[str]) -> None:
    from drf_spectacular.drainage import GENERATOR_STATS

    GENERATOR_STATS.reset()
    SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]

    assert capsys.readouterr().err == ""
    assert not GENERATOR_STATS


def test_the_document_is_served_to_anybody_as_json_or_yaml(client: Client, db: None) -> None:
    response = client.get("/api/schema/")
    assert response.status_code == 200
    assert response.json()["info"]["title"] == "Gongdi"
    assert client.get("/api/schema/", headers={"accept": "application/yaml"}).content.startswith(b"openapi: 3.1")


def test_the_browsable_docs_load_nothing_from_elsewhere(client: Client, db: None) -> None:
    page = client.get("/api/docs/")

    assert page.status_code == 200
    sources = re.findall(r'(?:src|href)="([^"]+)"', page.content.decode())
    assert len(sources) >= 4
    assert all(source.startswith("/") and not source.startswith("//") for source in sources)
    assert "<script>" not in page.content.decode()
    assert "script-src" not in page["Content-Security-Policy"]
    assert "default-src 'self'" in page["Content-Security-Policy"]
