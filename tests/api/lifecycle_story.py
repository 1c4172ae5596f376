"""What a neighbourhood's life needs over HTTP: the people of one place, and the evidence that meets each guard."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone
from rest_framework.test import APIClient

from accounts.choices import Role
from renovation.choices import Stage
from renovation.models import Neighbourhood
from tests.api.helpers import API, signed_in
from tests.consent.casts import make_doors
from tests.factories import COMMUNITY, make_neighbourhood, make_user

COMMITMENTS = dict.fromkeys(
    ("self_governance", "convention", "demolition", "contribution", "property_management"), True
)


class Life:
    """One neighbourhood and the people who move it, each signed in."""

    def __init__(self, **fields: Any) -> None:
        self.home: Neighbourhood = make_neighbourhood(**{"built_year": 1998, "stage": Stage.REGISTERED, **fields})
        people = {
            "community": (Role.COMMUNITY_STAFF, COMMUNITY),
            "district": (Role.DISTRICT_OFFICIAL, COMMUNITY[:6]),
            "second": (Role.DISTRICT_OFFICIAL, COMMUNITY[:6]),
            "city": (Role.CITY_OFFICIAL, COMMUNITY[:4]),
            "committee": (Role.COMMITTEE_MEMBER, self.home.code),
        }
        self.users = {who: make_user(role, place, username=f"life-{who}") for who, (role, place) in people.items()}
        self.clients: dict[str, APIClient] = {who: signed_in(user) for who, user in self.users.items()}
        self.today = timezone.localdate()

    @property
    def address(self) -> str:
        return f"{API}/neighbourhoods/{self.home.pk}"

    @property
    def stage(self) -> str:
        return str(self.clients["city"].get(f"{self.address}/").json()["stage"])

    def move(self, who: str, to: str, **fields: Any) -> Any:
        return self.clients[who].post(f"{self.address}/transitions/", {"to": to, **fields}, format="json")

    def unmet(self, who: str, to: str, **fields: Any) -> set[str]:
        """The guards for which a step is refused; the steps that GET tells must say the same."""
        refused = self.move(who, to, **fields)
        assert refused.status_code == 409, refused.content
        problem = refused.json()
        assert (refused["Content-Type"], problem["code"]) == ("application/problem+json", "guards_unmet")
        assert all(guard["title"] and guard["remedy"] for guard in problem["unmet_guards"]), problem
        told = self.steps(who)[to]["unmet_guards"]
        assert told == problem["unmet_guards"]
        return {guard["code"] for guard in told}

    def steps(self, who: str = "community") -> dict[str, Any]:
        return {step["to"]: step for step in self.clients[who].get(f"{self.address}/transitions/").json()["results"]}

    def arrive(self, who: str, to: str, **fields: Any) -> Any:
        taken = self.move(who, to, **fields)
        assert taken.status_code == 200, taken.content
        assert self.stage == to
        return taken.json()

    def record(self, who: str, kind: str, facts: dict[str, Any] | None = None, **fields: Any) -> Any:
        body = {
            "kind": kind,
            "facts": facts or {},
            "document": f"文件〔{kind}〕1号",
            "dated_on": self.today.isoformat(),
            **fields,
        }
        answer = self.clients[who].post(f"{self.address}/evidence/", body, format="json")
        assert answer.status_code == 201, answer.content
        return answer.json()

    def revoke(self, who: str, kind: str, reason: str = "误录") -> Any:
        body = {"kind": kind, "revoked": True, "reason": reason}
        return self.clients[who].post(f"{self.address}/evidence/", body, format="json")

    def confirm(self, who: str, number: int, **fields: Any) -> Any:
        body = {
            "neighbourhood": self.home.pk,
            "number": number,
            "evidence": "签名页与会议纪要",
            "document": f"前置〔{number}〕号",
            "dated_on": self.today.isoformat(),
            **fields,
        }
        answer = self.clients[who].post(f"{API}/preconditions/", body, format="json")
        assert answer.status_code == 201, answer.content
        return answer.json()

    def confirm_all(self) -> None:
        for number in (1, 2):
            self.confirm("community", number)
        self.confirm("community", 3, urban_management="城管〔2026〕3号")
        for who in ("committee", "district"):
            self.confirm(who, 4)
        self.confirm("committee", 5)

    def day(self, days: int) -> str:
        return (self.today + timedelta(days=days)).isoformat()

    def notice(self, **fields: Any) -> dict[str, Any]:
        """A notice that has ended, all objections answered."""
        facts = {"place": "公告栏", "posted_on": self.day(-9), "ends_on": self.day(-1)}
        return {**facts, "objections": 1, "objections_answered": 1, **fields}

    def doors(self, *, buildings: int = 2, doors: int = 5) -> list[int]:
        """Homes whose area and tenure are known."""
        made = make_doors(buildings=buildings, doors=doors, neighbourhood=self.home)
        self.home.households.update(gross_floor_area="86.50", tenure_type="reformed_public")
        return [home.pk for home in made]

    def open_survey(self) -> str:
        body = {"neighbourhood": self.home.pk, "title": "征询"}
        opened = self.clients["community"].post(f"{API}/surveys/", body, format="json")
        assert opened.status_code == 201, opened.content
        return f"{API}/surveys/{opened.json()['id']}/"

    def answer(self, survey: str, homes: list[int], outcome: str = "supports", **fields: Any) -> None:
        visits = [
            {
                "client_id": str(uuid4()),
                "household": home,
                "outcome": outcome,
                "respondent": "owner",
                "visited_at": timezone.now().isoformat(),
                "party": ["owners_committee"],
                **({"given": "signed", "commitments": COMMITMENTS} if outcome == "supports" else {}),
                **fields,
            }
            for home in homes
        ]
        told = self.clients["community"].post(f"{survey}visits/", {"visits": visits}, format="json").json()
        assert [one["status"] for one in told["results"]] == ["recorded"] * len(homes), told

    def close_survey(self, survey: str, **fields: Any) -> Any:
        closed = self.clients["community"].post(f"{survey}close/", fields, format="json")
        assert closed.status_code == 200, closed.content
        return closed.json()

    # --- Whole ways, for tests that begin further on ---------------------------------------------------

    def organise(self) -> list[int]:
        """From registered to organised; the homes."""
        homes = self.doors()
        findings = {"must_do_found": ["B01"], "must_do_not_found": [], "findings": "雨污合流", "hazards": 1}
        self.record("community", "assessment", findings)
        self.arrive("community", "assessed")
        self.record("district", "assessment_confirmed")
        self.arrive("community", "mobilising")
        self.record("community", "party_organisation", {"form": "group", "name": "党小组", "members": 2})
        term = {"form": "stand_in", "name": "居委会", "members": 5, "term_ends_on": self.day(900)}
        self.record("community", "owners_committee", term)
        self.arrive("community", "organised")
        return homes

    def consent(self, homes: list[int]) -> str:
        """A survey that everybody supports."""
        survey = self.open_survey()
        self.answer(survey, homes)
        self.close_survey(survey)
        assert self.stage == "consented"
        return survey

    def design(self) -> str:
        """From registered to designed; the survey."""
        survey = self.consent(self.organise())
        self.record("community", "result_notice", self.notice())
        self.confirm_all()
        self.arrive("community", "ready")
        parts = {"application_form": True, "cost_estimate": True, "cost_shares": True}
        self.record("community", "application", parts)
        self.arrive("district", "applied")
        self.record("city", "annual_plan", {"year": self.today.year + 1, "built_by": 2005})
        self.arrive("city", "planned")
        plan = {"item_count": 2, "priced": 2, "must_do": ["B01"], "total": "1250000.00"}
        self.record("district", "plan_priced", plan)
        self.record("community", "plan_notice", self.notice())
        self.record("community", "votes", {"needed": 0, "passed": 0})
        self.arrive("district", "designed")
        return survey

    def ready_for_works(self) -> None:
        """What the start of works needs besides support."""
        self.record("district", "contractor", {"name": "宜江建设"})
        self.record("district", "supervisor", {"name": "三峡监理"})
        self.record("community", "residents_share", {"due": "200000.00", "committed": "200000.00"})
        self.record("community", "illegal_structures", {"found": 0, "scheduled": 0})
