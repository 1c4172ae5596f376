"""The main job over HTTP: a roster file, a survey of three rounds, a decision, and a stranger who checks it."""

import io
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.choices import Role
from tests.api.helpers import API, signed_in
from tests.consent.casts import make_policy
from tests.factories import COMMUNITY, make_division, make_menu_edition, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("all_is_told")]

VERIFIER = Path(__file__).parent.parent.parent / "tools" / "verify_survey.py"
COMMITMENTS = {
    "self_governance": True,
    "convention": True,
    "demolition": True,
    "contribution": False,
    "property_management": True,
}


def roster(*, broken: bool) -> bytes:
    """Two buildings as a community keeps them; `broken` has one home twice and a phone of ten digits."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["望江里小区户主花名册"])
    sheet.append(
        ["序号", "楼栋", "单元", "房号", "户主姓名", "身份证号", "联系电话", "建筑面积(㎡)", "房屋用途", "产权性质"]
    )
    for number, (building, unit) in enumerate([(b, f"{f}0{d}") for b in "12" for f in range(1, 4) for d in (1, 2)], 1):
        phone = "1990000000" if broken and number == 5 else f"1990000{number:04}"
        sheet.append(
            [number, f"{building}栋", "一单元", unit, "周敏", "420502199001011234", phone, "86.5平", "住宅", "房改房"]
        )
    if broken:
        sheet.append([13, "2#", "1", "302", "吴芳", "", "19900009999", 80, "住宅"])
    sheet.append(["合计", "", "", "", "", "", "", "1038", ""])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def visit(household: int, outcome: str, party: list[str], **fields: object) -> dict[str, object]:
    made: dict[str, object] = {
        "client_id": str(uuid4()),
        "household": household,
        "outcome": outcome,
        "visited_at": timezone.now().isoformat(),
        "party": party,
    }
    if outcome != "no_answer":
        made["respondent"] = "owner"
    if outcome == "supports":
        made |= {"given": "signed", "commitments": COMMITMENTS, "menu_items": ["B03"]}
    return made | fields


def an_integrator(capsys) -> APIClient:
    """A client made by the command, signed in at the token endpoint."""
    scopes = [f"--scope={area}:{way}" for area in ("registry", "consent", "plans") for way in ("read", "write")]
    capsys.readouterr()
    call_command("api_client", "街道平台", "--territory", "420502", *scopes)
    secret = json.loads(capsys.readouterr().out)
    client = APIClient()
    form = urlencode({"grant_type": "client_credentials", **secret})
    token = client.post("/oauth/token/", form, content_type="application/x-www-form-urlencoded")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token.json()['access_token']}")
    return client


def ask_for_survey(client: APIClient, neighbourhood: int):
    return client.post(f"{API}/surveys/", {"neighbourhood": neighbourhood, "title": "2026 年征询"}, format="json")


def organise(client: APIClient, district: APIClient, neighbourhood: int) -> None:
    """From registered to organised: each piece of evidence by whose act it is, then the step."""
    today = timezone.localdate()
    findings = {"hazards": 1, "must_do_found": ["B01"], "must_do_not_found": [], "findings": "雨污合流"}
    stand_in = {"form": "stand_in", "name": "居委会", "members": 5, "term_ends_on": f"{today.year + 3}-01-01"}
    for who, kind, facts, stage in (
        (client, "assessment", findings, "assessed"),
        (district, "assessment_confirmed", {}, "mobilising"),
        (client, "party_organisation", {"form": "group", "name": "党小组", "members": 2}, ""),
        (client, "owners_committee", stand_in, "organised"),
    ):
        body = {"kind": kind, "facts": facts, "document": f"{kind} 1", "dated_on": today.isoformat()}
        recorded = who.post(f"{API}/neighbourhoods/{neighbourhood}/evidence/", body, format="json")
        assert recorded.status_code == 201, recorded.content
        if stage:
            moved = client.post(f"{API}/neighbourhoods/{neighbourhood}/transitions/", {"to": stage}, format="json")
            assert moved.status_code == 200, moved.content


@pytest.mark.parametrize("caller", ["community worker", "integrator"])
def test_from_a_roster_file_to_a_decided_survey(caller, capsys, tmp_path):
    make_division(COMMUNITY)
    make_policy()
    make_menu_edition()
    client = an_integrator(capsys) if caller == "integrator" else signed_in(make_user())

    # A neighbourhood, and its roster: first looked at, then mended and written.
    body = {"name": "望江里小区", "division": COMMUNITY, "built_year": 1986}
    neighbourhood = client.post(f"{API}/neighbourhoods/", body, format="json").json()["id"]

    def send_roster(content: bytes, mode: str):
        file = SimpleUploadedFile("花名册.xlsx", content)
        form = {"neighbourhood": neighbourhood, "file": file, "mode": mode}
        sent = client.post(f"{API}/roster-imports/", form, format="multipart")
        assert sent.status_code == 202, sent.content
        return client.get(f"{API}/roster-imports/{sent.json()['id']}/").json()

    looked_at = send_roster(roster(broken=True), "dry_run")
    places = {(problem["row"], problem["column"]): problem["is_error"] for problem in looked_at["problems"]}
    assert looked_at["status"] == "done"
    assert (places[7, "G"], places[15, "D"]) == (False, True)
    assert client.get(f"{API}/households/?neighbourhood={neighbourhood}&count=true").json()["count"] == 0
    written = send_roster(roster(broken=False), "all_or_nothing")
    assert (written["status"], written["created"], written["updated"]) == ("done", 12, 0)
    again = send_roster(roster(broken=False), "all_or_nothing")
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 12)
    homes = [home["id"] for home in client.get(f"{API}/households/?neighbourhood={neighbourhood}").json()["results"]]

    # Assessed and organised, as the programme has it.
    district = client if caller == "integrator" else signed_in(make_user(Role.DISTRICT_OFFICIAL, COMMUNITY[:6]))
    organise(client, district, neighbourhood)

    # Three rounds.
    opened = ask_for_survey(client, neighbourhood)
    survey = f"{API}/surveys/{opened.json()['id']}/"
    receipts = {}

    def log(visits) -> None:
        answer = client.post(f"{survey}visits/", {"visits": visits}, format="json").json()
        assert [one["status"] for one in answer["results"]] == ["recorded"] * len(visits), answer
        receipts.update({one["sequence"]: one["receipt_code"] for one in answer["results"]})

    def close_round() -> None:
        assert client.post(f"{survey}rounds/", {"action": "close"}, format="json").status_code == 200

    log([visit(home, "supports", ["owners_committee"]) for home in homes[:8]])
    log([visit(home, "no_answer", ["owners_committee"]) for home in homes[8:10]])
    log([visit(home, "not_yet", ["owners_committee"], reasons=["cost"], note="担心费用") for home in homes[10:]])
    close_round()
    log([visit(home, "supports", ["grid"], given="verbal") for home in homes[8:10]])
    log([visit(home, "supports", ["grid"]) for home in homes[10:11]])
    log([visit(homes[11], "opposes", ["grid"], reasons=["illegal_structure"])])
    close_round()
    together = ["owners_committee", "grid", "community"]
    log([visit(home, "supports", together, given="thumbprint") for home in homes[8:10]])
    log([visit(homes[11], "not_yet", together)])
    live = client.get(f"{survey}result/").json()
    assert (live["supports"], live["support_rate"], live["missing"]) == (11, "0.9166", 1)

    # Not reached: it is deferred with a reason and a day, and says why.
    refused = client.post(f"{survey}close/", {}, format="json").json()
    assert (refused["status"], refused["code"]) == (409, "reason_needed")
    revisit = (timezone.localdate() + timedelta(days=180)).isoformat()
    closed = client.post(f"{survey}close/", {"reason": "一户违建未谈妥", "revisit_on": revisit}, format="json").json()
    assert (closed["verdict"], closed["missing"]) == ("failed", 1)
    assert client.get(f"{API}/neighbourhoods/{neighbourhood}/").json()["stage"] == "deferred"

    # A stranger checks it, with one file and one small program.
    file = tmp_path / "survey.json"
    file.write_bytes(client.get(f"{survey}tree/export/").content)
    checked = subprocess.run([sys.executable, VERIFIER, file], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    tampered = json.loads(file.read_text())
    tampered["leaves"][-1]["outcome"] = "supports"
    file.write_text(json.dumps(tampered))
    assert subprocess.run([sys.executable, VERIFIER, file], capture_output=True, check=False).returncode == 1

    # Asked again, everybody agrees.
    second = client.post(f"{API}/surveys/", {"neighbourhood": neighbourhood, "title": "再次征询"}, format="json").json()
    survey = f"{API}/surveys/{second['id']}/"
    log([visit(home, "supports", ["owners_committee"]) for home in homes])
    passed = client.post(f"{survey}close/", {}, format="json").json()
    assert (second["number"], passed["verdict"], passed["support_rate"]) == (2, "passed", "1.0000")
    assert client.get(f"{API}/neighbourhoods/{neighbourhood}/").json()["stage"] == "consented"
    assert len(set(receipts.values())) == len(receipts)
