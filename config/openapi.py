"""The served OpenAPI document: what every operation shares is said here once."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import force_instance
from rest_framework.fields import empty
from rest_framework.serializers import ModelSerializer

from accounts import sparse
from accounts.bulk import ACTIONS, bulk_methods
from accounts.rules.events import ACTIONS as EVENT_ACTIONS
from accounts.rules.events import TEST, TYPES
from config.openapi_bulk import MARK, add_bulk
from config.openapi_examples import add_examples

UNSAFE = {"post", "put", "patch", "delete"}
PROBLEM = {"$ref": "#/components/schemas/Problem"}


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.TokenAuthentication"
    name = "clientCredentials"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        from oauth2_provider.settings import oauth2_settings

        return {
            "type": "oauth2",
            "flows": {"clientCredentials": {"tokenUrl": "/oauth/token/", "scopes": oauth2_settings.SCOPES}},
        }


class Schema(AutoSchema):
    """drf-spectacular's, with our resources' names as tags and bodies read by `input_serializer_class`."""

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").split("/")[0]]

    def get_operation(self, *args: Any) -> Any:
        """With `fields` wherever the answer is a JSON object, a mark where it can be done to many rows at once, and the
        headers of the answer with a new row.
        """
        operation: Any = super().get_operation(*args)
        view: Any = self.view
        if operation and view.takes_fields(self.method) and _answers_json(operation):
            operation.setdefault("parameters", []).append(sparse.PARAMETER)
        method = self.method.lower()
        if operation and method in bulk_methods(type(view)) and view.action == ACTIONS[method]:
            operation[MARK] = True
        if operation and getattr(view, "action", "") == "create":
            names = ["ETag", "Location"] if hasattr(view, "retrieve") else ["ETag"]
            for status in {"201", "202"} & set(operation["responses"]):
                operation["responses"][status]["headers"] = {name: _told(name) for name in names}
        return operation

    def get_request_serializer(self) -> Any:
        own = getattr(self.view, "input_serializer_class", None)
        action = getattr(self.view, "action", None)
        if own is not None and action in ("create", "update", "partial_update"):
            return own
        return super().get_request_serializer()

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        """A row is answered whole, also with what need not be sent to make it."""
        schema: Any = super()._map_basic_serializer(serializer, direction)
        writer = force_instance(serializer)
        if direction == "response" and isinstance(writer, ModelSerializer) and "properties" in schema:
            declared = writer._declared_fields
            schema["required"] = sorted(
                name
                for name in schema["properties"]
                # Where a serializer says itself that a member may be left out, it may.
                if name not in declared or declared[name].required or _is_written(declared[name])
            )
        return schema

    def get_auth(self) -> list[dict[str, Any]]:
        """The scope of the view's area; nothing at all is also allowed where visitors may come."""
        from accounts.authentication import scope_area

        area = scope_area(self.view)
        scopes = [f"{area}:{'read' if self.method == 'GET' else 'write'}"] if area else []
        ways: list[dict[str, Any]] = [{"clientCredentials": scopes}, {"cookieAuth": []}]
        return [*ways, {}] if getattr(self.view, "open_to_visitors", False) else ways


def say_what_all_share(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Statuses and headers of every operation, ways to sign in, and what webhooks send.

    Problem documents by status, `ETag`, `If-Match`, `If-None-Match` and `Idempotency-Key` are said of the operations
    that they concern.
    """
    add_bulk(result["paths"])
    result["servers"] = [{"url": "/"}]
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = _PROBLEM_SCHEMA
    components["schemas"]["Event"] = _EVENT_SCHEMA
    components["responses"] = {name: _problem(text, headers) for name, (text, headers) in _PROBLEMS.items()}
    components["parameters"] = {name: _header(name, text) for name, text in _HEADERS.items()}
    components["headers"] = {name: {"schema": schema, "description": text} for name, (schema, text) in _TOLD.items()}
    components["securitySchemes"] = {
        "clientCredentials": TokenScheme(None).get_security_definition(None),  # type: ignore[arg-type] # looks at neither
        "cookieAuth": {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
    }
    components["pathItems"] = {"Event": _EVENT}
    result["webhooks"] = {name: {"$ref": "#/components/pathItems/Event"} for name in (*TYPES, TEST)}
    add_examples(result["paths"])
    shown = {path: _shown(item["get"]) for path, item in result["paths"].items() if "get" in item}
    for path, item in result["paths"].items():
        for method, operation in item.items():
            _complete(path, method, operation, shown)
    return result


def _is_written(field: Any) -> bool:
    return field.read_only or field.default is not empty


def _answers_json(operation: dict[str, Any]) -> bool:
    responses = operation["responses"].items()
    return any(status[0] == "2" and "application/json" in answer.get("content", {}) for status, answer in responses)


def _shown(operation: dict[str, Any]) -> Any:
    """The schema of what an operation answers with."""
    for status in ("200", "201", "202"):
        content = operation["responses"].get(status, {}).get("content", {})
        if "application/json" in content:
            return content["application/json"]["schema"]
    return None


def _complete(path: str, method: str, operation: dict[str, Any], shown: dict[str, Any]) -> None:
    parameters = operation.setdefault("parameters", [])
    for parameter in parameters:
        if parameter["schema"].get("pattern") == _DIGITS:
            parameter["schema"] = _ID
    is_unsafe, of_one = method in UNSAFE, path.endswith(_OF_ONE)
    names = ["Idempotency-Key"] if is_unsafe else []
    if is_unsafe and any(one in path for one in _OF_ONE):
        names.append("If-Match")
    elif of_one:
        names.append("If-None-Match")
    parameters.extend({"$ref": f"#/components/parameters/{name}"} for name in names)
    responses = operation["responses"]
    # An action that answers with the row answers with its version, too; so does a list that has the row already.
    row = next((f"{path.partition(one)[0]}{one}" for one in _OF_ONE if one in path), f"{path}{{id}}/")
    is_named = f"{method} {path}" in _WITH_VERSION
    has_version = of_one or is_named or _shown(operation) == shown.get(row, 0)
    has_version |= method == "post" and "200" in responses and "ETag" in responses.get("201", {}).get("headers", {})
    if (of_one or is_named) and method == "get":
        responses["304"] = {"description": "Not changed."}
    for status, response in responses.items():
        headers = response.setdefault("headers", {})
        headers["X-Request-ID"] = _told("X-Request-ID")
        if status in ("200", "201", "304") and has_version:
            headers["ETag"] = _told("ETag")
        if is_unsafe and status[0] == "2":
            headers["Idempotent-Replayed"] = _told("Idempotent-Replayed")
    for status in _refusals(path, is_unsafe, "If-Match" in names, "requestBody" in operation):
        responses.setdefault(status, {"$ref": f"#/components/responses/{_NAMES[status]}"})
    responses["default"] = {"$ref": "#/components/responses/Problem"}


def _refusals(path: str, is_unsafe: bool, is_conditional: bool, has_body: bool) -> Iterator[str]:
    """The statuses of problem documents that a request of this kind may meet."""
    yield from ("400", "401", "403")
    if "{" in path or path in _OF_A_DIVISION:
        yield "404"
    yield "406"
    if is_unsafe or ("{" in path and not path.endswith(_OF_ONE)):
        yield "409"
    if path in _READ_FROM_A_CURSOR:
        yield "410"
    if is_conditional:
        yield "412"
    if has_body:
        yield from ("413", "415")
    if is_unsafe:
        yield "422"
    yield from ("429", "503")
    if path in _ASK_A_PROVIDER and is_unsafe:
        yield "502"


def _told(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/headers/{name}"}


def _problem(text: str, headers: tuple[str, ...]) -> dict[str, Any]:
    return {
        "description": text,
        "headers": {name: _told(name) for name in (*headers, "X-Request-ID")},
        "content": {"application/problem+json": {"schema": PROBLEM}},
    }


# As routes have it (`lookup_value_regex`): the id of a row.
_DIGITS = "^[0-9]{1,18}$"
_ID = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}

_ASK_A_PROVIDER = {"/api/v1/payment-orders/", "/api/v1/payment-orders/{id}/close/"}

_OF_ONE = ("{id}/", "{challenge}/")

# What is no row and has a version all the same: that of the row it is made of.
_WITH_VERSION = {
    "get /api/v1/contests/{id}/result/",
    "post /api/v1/fee-statements/{id}/set-aside/",
    "post /api/v1/fee-statements/{id}/settle/",
    "post /api/v1/fee-statements/{id}/take-up/",
    "get /api/v1/site-photos/{id}/file/",
    "post /api/v1/site-reports/{id}/photos/",
    "post /api/v1/webhooks/{id}/rotate-secret/",
    "post /api/v1/work-packages/{id}/acceptances/",
}

# Their parameters name a place, which may not be there.
_OF_A_DIVISION = {"/api/v1/collection-rates/", "/api/v1/reports/overview/"}

# Where they are read on from may no longer be kept.
_READ_FROM_A_CURSOR = {"/api/v1/changes/"}

_PROBLEMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Problem": ("A problem document (RFC 9457).", ()),
    "Invalid": ("It cannot be read; `errors` names each fault by its place.", ()),
    "NotSignedIn": ("Nobody is signed in, or the token has ended.", ("WWW-Authenticate",)),
    "Forbidden": ("You see it and may not do this, or lack the scope (`insufficient_scope`).", ()),
    "NotFound": ("There is nothing here, or nothing that you may see.", ()),
    "NotAcceptable": ("There is no answer in the form asked for by `Accept`.", ()),
    "Refused": ("It was read and is refused; `code` says why.", ()),
    "Gone": ("What comes after this cursor is no longer all kept: begin anew (`cursor_expired`).", ()),
    "Stale": ("Somebody changed it since you read it.", ()),
    "TooLarge": ("The body is too large.", ()),
    "UnsupportedMediaType": ("The body is of no form that can be read here.", ()),
    "KeyReused": ("This `Idempotency-Key` was used with another body.", ()),
    "TooMany": ("Too many requests.", ("Retry-After",)),
    "ProviderFailed": ("The provider of payments did not answer as it should.", ()),
    "Unavailable": ("Two writers met. Try again.", ("Retry-After",)),
}

_NAMES = {
    "400": "Invalid",
    "401": "NotSignedIn",
    "403": "Forbidden",
    "404": "NotFound",
    "406": "NotAcceptable",
    "409": "Refused",
    "410": "Gone",
    "412": "Stale",
    "413": "TooLarge",
    "415": "UnsupportedMediaType",
    "422": "KeyReused",
    "429": "TooMany",
    "502": "ProviderFailed",
    "503": "Unavailable",
}

_TOLD: dict[str, tuple[dict[str, Any], str]] = {
    "ETag": ({"type": "string"}, "Made of the row's version."),
    "Location": ({"type": "string", "format": "uri-reference"}, "Where the new row is read."),
    "Idempotent-Replayed": (
        {"type": "string", "enum": ["true"]},
        "There where this is the answer to the first request with the same `Idempotency-Key`.",
    ),
    "Retry-After": ({"type": "string", "pattern": "^[0-9]+$"}, "In how many seconds to ask again."),
    "WWW-Authenticate": ({"type": "string"}, "How to sign in."),
    "X-Request-ID": (
        {"type": "string"},
        "The id of the request, in the log and in the history: your own, if you sent one.",
    ),
}


def _header(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "schema": {"type": "string"}, "description": description}


_HEADERS = {
    "Idempotency-Key": "Repeating a request with the same key and content gives the first answer again.",
    "If-Match": "The `ETag` of the row that was read; another version by now is 412.",
    "If-None-Match": "The `ETag` that was read; the same version still is 304.",
}

_PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "A JSON Pointer, or `/` and a parameter's name."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}

_EVENT_SCHEMA = {
    "type": "object",
    "required": ["type", "timestamp", "data"],
    "properties": {
        "type": {"type": "string"},
        "timestamp": {"type": "string", "format": "date-time"},
        "data": {
            "type": "object",
            "required": ["resource", "id", "action", "fields", "cursor", "url", "neighbourhood", "community"],
            "properties": {
                "resource": {"type": "string"},
                "id": {"type": "integer"},
                "action": {"type": "string", "enum": [*EVENT_ACTIONS, "test"]},
                "fields": {"type": "array", "items": {"type": "string"}},
                "cursor": {
                    "type": ["string", "null"],
                    "description": "Of the change in `changes/`; null in what is sent to try an address.",
                },
                "url": {
                    "type": ["string", "null"],
                    "format": "uri",
                    "description": "Where the object is read, if it is.",
                },
                "neighbourhood": {"type": "string"},
                "community": {"type": "string"},
            },
        },
    },
}

_EVENT = {
    "post": {
        "description": "Sent to the address of a webhook (docs/webhooks.md), signed as Standard Webhooks has it.",
        "parameters": [
            {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
            for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Event"}}},
        },
        "responses": {"2XX": {"description": "It has arrived. Anything else is sent again."}},
    }
}
