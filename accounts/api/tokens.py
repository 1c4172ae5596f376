from django import http
from oauth2_provider.views import TokenView


class ClientTokenView(TokenView):
    """POST `/oauth/token/`: an access token for client credentials (RFC 6749, section 4.4), by Basic or form fields."""

    def post(self, request: http.HttpRequest, *args: object, **kwargs: object) -> http.HttpResponse:
        return self.authorization_flow_token_response(request)
