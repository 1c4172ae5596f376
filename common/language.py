"""Which language a page speaks: Chinese first, English by the switch."""

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation


class SwitchedLocaleMiddleware(LocaleMiddleware):
    """Pages follow the switch (a cookie) and are Chinese without it, whatever the browser asks for, so that a
    borrowed computer in English does not surprise anybody. The API has no switch: there `Accept-Language` counts.
    """

    def process_request(self, request: HttpRequest) -> None:
        if request.path.startswith("/api/"):
            super().process_request(request)
            return
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        known = dict(settings.LANGUAGES)
        translation.activate(chosen if chosen in known else settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = translation.get_language()
