"""docs/api.md as an integrator follows it: its commands are run one after another, and answer as it says."""

import base64
import json
import re
import shlex
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import ApiClient
from tests.factories import COMMUNITY, make_division

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
STEP = re.compile(r"<!-- test: (?P<wanted>[^>]*) -->\n```sh\n(?P<command>.*?)```", re.DOTALL)


def run_curl(client: Client, words: list[str], base: str) -> Any:
    """What curl would send, by Django's test client."""
    headers: dict[str, str] = {}
    method, body, url = "", None, ""
    rest = iter(words[1:])
    for word in rest:
        if word == "-H":
            name, _colon, value = next(rest).partition(": ")
            headers[name] = value
        elif word == "-u":
            headers["Authorization"] = "Basic " + base64.b64encode(next(rest).encode()).decode()
        elif word == "-d":
            body = next(rest)
        elif word == "-X":
            method = next(rest)
        else:
            assert word.startswith(base), word
            url = word.removeprefix(base)
    kind = headers.pop("Content-Type", "application/x-www-form-urlencoded")
    method = method or ("GET" if body is None else "POST")
    return client.generic(method, url, body or "", content_type=kind, headers=headers)


def filled(command: str, known: dict[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda match: known[match[1]], command)


def part(data: Any, path: str) -> Any:
    for name in path.split("."):
        data = data[int(name)] if name.isdigit() else data[name]
    return data


@pytest.mark.django_db
def test_the_page_works_as_it_stands(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    make_division(COMMUNITY)
    call_command("load_menu", stdout=StringIO())
    base = "http://127.0.0.1:8000"
    now = timezone.localtime()
    known = {"BASE": base, "NOW": now.isoformat(timespec="seconds"), "TODAY": now.date().isoformat()}
    steps = list(STEP.finditer(PAGE.read_text(encoding="utf-8")))
    assert len(steps) > 20

    for step in steps:
        command = filled(step["command"], known)
        words = shlex.split(command.replace("\\\n", " "))
        if step["wanted"] == "command":
            out = StringIO()
            call_command(*words[2:], stdout=out)
            made = json.loads(out.getvalue())
            known |= {"CLIENT_ID": made["client_id"], "CLIENT_SECRET": made["client_secret"]}
            continue
        status, *wishes = step["wanted"].split(", ")
        response = run_curl(client, words, base)
        assert response.status_code == int(status), f"{command}\n{response.content.decode()}"
        for wish in wishes:
            left, right = wish.split("=")
            if left.isupper():
                known[left] = str(part(response.json(), right))
            else:
                assert str(part(response.json(), left)) == right, f"{command}\n{response.content.decode()}"

    assert ApiClient.objects.get().territory == "420502"


def test_the_page_names_real_addresses_only() -> None:
    text = PAGE.read_text(encoding="utf-8")

    named = set(re.findall(r'"\$BASE(/[^"?$]*)', text))

    assert len(named) > 8
    for address in named:
        assert urlsplit(address).path.startswith(("/api/v1/", "/oauth/token/"))
    for link in re.findall(r"\]\((\w+\.md)\)", text):
        assert (PAGE.parent / link).is_file()
