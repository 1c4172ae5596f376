"""The served document in English, made once for as long as our files stay the same: making it takes seconds."""

import json
import re
from functools import cache
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.urls import resolve
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator

from config.api import router
from config.openapi_examples import FOLDER
from tests.walk import OWN, QUERIES, Home

ROOT = settings.BASE_DIR
APPS = ("accounts", "common", "config", "consent", "governance", "overview", "renovation")


@cache
def served_document() -> dict[str, Any]:
    kept = ROOT / ".pytest_cache" / f"document-{_state()}.json"
    if kept.exists():
        return json.loads(kept.read_text("utf-8"))  # type: ignore[no-any-return]
    with translation.override("en"):
        made = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    # As it goes over the wire: numbers for decimals, words for lazy texts.
    text = json.dumps(made, ensure_ascii=False, default=str)
    for old in kept.parent.glob("document-*.json"):
        old.unlink()
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(text, "utf-8")
    return json.loads(text)  # type: ignore[no-any-return]


def _state() -> str:
    """Of all our code and the examples: any line of it may change the document."""
    digest = sha256()
    code = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    for path in sorted([*code, *FOLDER.glob("*.json")]):
        digest.update(f"{path} ".encode() + path.read_bytes())
    return digest.hexdigest()[:20]


def id_at_home(path: str, name: str, home: Home) -> Any:
    """What a parameter of a path of the document stands for at home: the row of the kind that lies there."""
    first, *rest = path.removeprefix("/api/v1/").split("/")
    if name != "id":
        return home.ids[name]
    if rest[0] not in ("{id}", "") and "{id}" in rest:  # of something: `workshop-attendance`
        return home.ids[f"{rest[0].strip('{}')}-{rest[rest.index('{id}') - 1].removesuffix('s')}"]
    return home.ids[OWN.get(first) or BASENAMES.get(first, first)]


def address_of(path: str, home: Home) -> str:
    """Where a path of the document leads at home."""
    return re.sub(r"\{(\w+)\}", lambda match: str(id_at_home(path, match[1], home)), path)


def query_of(address: str) -> str:
    """What has to be asked there besides."""
    return QUERIES.get(resolve(address).url_name or "", "")


BASENAMES = {prefix: basename for prefix, _view, basename in router.registry}
