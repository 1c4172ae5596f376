"""The served OpenAPI document: what every operation shares is said here once."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from accounts import sparse
from accounts.bulk import ACTIONS, bulk_methods
from config.openapi_bulk import MARK, add_bulk

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
        if operation and getattr(view, "action", "") == "create" and "201" in operation["responses"]:
            has_address = hasattr(view, "retrieve")
            operation["responses"]["201"]["headers"] = {"ETag": _ETAG} | (
                {"Location": _LOCATION} if has_address else {}
            )
        return operation

    def get_request_serializer(self) -> Any:
        own = getattr(self.view, "input_serializer_class", None)
        action = getattr(self.view, "action", None)
        if own is not None and action in ("create", "update", "partial_update"):
            return own
        return super().get_request_serializer()

    def get_auth(self) -> list[dict[str, Any]]:
        """The scope of the view's area; nothing at all is also allowed where visitors may come."""
        from accounts.authentication import scope_area

        area = scope_area(self.view)
        scopes = [f"{area}:{'read' if self.method == 'GET' else 'write'}"] if area else []
        ways: list[dict[str, Any]] = [{"clientCredentials": scopes}, {"cookieAuth": []}]
        return [*ways, {}] if getattr(self.view, "open_to_visitors", False) else ways


def say_what_all_share(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Problem documents, `ETag`, `If-Match`, `If-None-Match` and `Idempotency-Key` on every operation they concern."""
    add_bulk(result["paths"])
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = _PROBLEM_SCHEMA
    components["responses"] = {
        "Problem": {
            "description": "A problem document (RFC 9457).",
            "content": {"application/problem+json": {"schema": PROBLEM}},
        }
    }
    components["parameters"] = {name: _header(name, text) for name, text in _HEADERS.items()}
    for path, item in result["paths"].items():
        for method, operation in item.items():
            _complete(path, method, operation)
    return result


def _answers_json(operation: dict[str, Any]) -> bool:
    responses = operation["responses"].items()
    return any(status[0] == "2" and "application/json" in answer.get("content", {}) for status, answer in responses)


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    parameters = operation.setdefault("parameters", [])
    of_one = path.endswith("{id}/")
    names = ["Idempotency-Key"] if method in UNSAFE else []
    if method in UNSAFE and "{id}/" in path:
        names.append("If-Match")
    elif of_one:
        names.append("If-None-Match")
    parameters.extend({"$ref": f"#/components/parameters/{name}"} for name in names)
    responses = operation["responses"]
    for status, response in responses.items():
        if of_one and status == "200":
            response["headers"] = {"ETag": _ETAG}
    if of_one and method == "get":
        responses["304"] = {"description": "Not changed."}
    responses["default"] = {"$ref": "#/components/responses/Problem"}


_ETAG = {"schema": {"type": "string"}, "description": "Made of the row's version."}
_LOCATION = {"schema": {"type": "string", "format": "uri-reference"}, "description": "Where the new row is read."}


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
