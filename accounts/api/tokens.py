from typing import Any

from django import http
from oauth2_provider.views import TokenView

from common.json_format import dumps


class ClientTokenView(TokenView):
    """POST `/oauth/token/`: an access token for client credentials (RFC 6749, section 4.4), by Basic or form fields."""

    def post(self, request: http.HttpRequest, *args: Any, **kwargs: Any) -> http.HttpResponse:
        if request.POST.get("grant_type") != "client_credentials":
            body = dumps({"error": "unsupported_grant_type", "error_description": "Only client_credentials."})
            return http.HttpResponse(body, status=400, content_type="application/json")
        return self.authorization_flow_token_response(request)
