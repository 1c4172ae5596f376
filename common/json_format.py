"""JSON by orjson: quick, and strict where the standard library would let through what the database refuses."""

from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ParseError, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

_OPTIONS = orjson.OPT_NON_STR_KEYS


def _default(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if hasattr(value, "__iter__"):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON.")


def dumps(value: Any) -> bytes:
    """JSON with decimals as strings, digests in hexadecimal and lazy texts as they read now."""
    return orjson.dumps(value, default=_default, option=_OPTIONS)


class JsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return b"" if data is None else dumps(data)


class JsonParser(BaseParser):
    """Refuses with 400 what is no JSON: bad UTF-8, lone surrogates, NaN, endless nesting. A NUL character, which no
    text column holds, is a fault at its place.
    """

    media_type = "application/json"
    renderer_class = JsonRenderer
    refuses_nul = True

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit = getattr((parser_context or {}).get("view"), "max_body_bytes", settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise RequestDataTooBig
        try:
            data = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise ParseError(_("This is not valid JSON: %(why)s") % {"why": error.msg}) from error
        if self.refuses_nul and b"\\u0000" in raw and (faults := _nul_faults(data)) is not None:
            raise ValidationError(faults)
        return data


def _nul_faults(value: Any) -> Any:
    """Where a NUL stands, in the shape of a ValidationError's detail; None where there is none."""
    fault = [ErrorDetail(_("Null characters are not allowed."), code="null_characters_not_allowed")]
    if isinstance(value, str):
        return fault if "\x00" in value else None
    if isinstance(value, dict):
        if any("\x00" in name for name in value):
            return fault
        value = value.items()
    elif isinstance(value, list):
        value = enumerate(value)
    else:
        return None
    return {name: inner for name, thing in value if (inner := _nul_faults(thing)) is not None} or None
