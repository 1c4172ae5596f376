"""What the field page is made of: one page without anybody's data in each language, and the files that it needs.

The worker keeps exactly these on the phone, under a version that changes whenever one of them does.
"""

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation

from consent.pages.field_texts import texts

LANGUAGES = ("zh-hans", "en")
SHARED_FILES = ("css/tokens.css", "css/base.css", "css/components.css", "icons.svg", "favicon.svg")


def shell_html(language: str) -> str:
    """The page as it is served and kept: every text of one language, and the version that it belongs to."""
    return _rendered(language, shell_version())


def shell_version() -> str:
    """Changes with any text, template or file of the field page; the same in every process of one release."""
    return _version() if not settings.DEBUG else _version.__wrapped__()


def kept_addresses() -> dict[str, str]:
    """What the worker keeps so that the page opens without a network: each address with the hash of what stands there,
    as `integrity` takes it. Pictures are for the home screen, not for the page.
    """
    shells = {
        reverse("field_shell", args=[language]): _integrity(shell_html(language).encode()) for language in LANGUAGES
    }
    files = {static(name): _integrity(_content(name)) for name in field_files() if not name.endswith(".png")}
    return shells | files


def field_files() -> list[str]:
    """Names of the static files of the field page, in a fixed order."""
    found = finders.find("field")
    root = Path(str(found))
    own = sorted(path for path in root.rglob("*") if path.suffix in {".js", ".css", ".png"})
    return [*SHARED_FILES, *(f"field/{path.relative_to(root).as_posix()}" for path in own)]


def manifest(language: str) -> dict[str, Any]:
    """What the phone's home screen asks for (W3C Web Application Manifest)."""
    with translation.override(language):
        words = texts()
        return {
            "id": reverse("field"),
            "name": words["app.name"],
            "short_name": words["app.short_name"],
            "description": words["app.description"],
            "lang": "en" if language == "en" else "zh-Hans",
            "dir": "ltr",
            "start_url": reverse("field"),
            "scope": reverse("field"),
            "display": "standalone",
            "background_color": "#fbfaf6",
            "theme_color": "#fbfaf6",
            "icons": [
                _picture("field/icons/192.png", "192x192"),
                _picture("field/icons/512.png", "512x512"),
                _picture("field/icons/maskable-512.png", "512x512", purpose="maskable"),
            ],
        }


def worker_script() -> str:
    """The worker below `/field/`, which is as far as it may reach; what it does stands in static/field/worker.js."""
    made = _worker_script if not settings.DEBUG else _worker_script.__wrapped__
    return made(shell_version())


@cache
def _worker_script(version: str) -> str:
    made_of = json.dumps({"version": version, "files": kept_addresses()}, indent=1)
    return f'import {{ begin }} from "{static("field/worker.js")}";\n\nbegin({made_of});\n'


@cache
def _version() -> str:
    digest = hashlib.sha256()
    for language in LANGUAGES:
        digest.update(_rendered.__wrapped__(language, "").encode())
    for name in field_files():
        digest.update(static(name).encode() + _content(name))
    return digest.hexdigest()[:16]


def _content(name: str) -> bytes:
    """A static file as it is served: the collected one, or the one that lies in the sources."""
    if settings.STATIC_ROOT:
        collected: Any = staticfiles_storage
        with collected.open(collected.stored_name(name)) as file:
            content: bytes = file.read()
        return content
    return Path(str(finders.find(name))).read_bytes()


def _integrity(content: bytes) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content).digest()).decode()}"


@cache
def _rendered(language: str, version: str) -> str:
    with translation.override(language):
        page: str = render_to_string(
            "consent/field/shell.html",
            {"language": language, "version": version, "texts": texts(), "cookie": settings.LANGUAGE_COOKIE_NAME},
        )
    return page


def _picture(name: str, sizes: str, purpose: str = "any") -> dict[str, str]:
    return {"src": static(name), "sizes": sizes, "type": "image/png", "purpose": purpose}
