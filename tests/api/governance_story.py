"""Who decides in a neighbourhood and who keeps it up, over HTTP: votes, bodies, conventions, handover."""

from typing import Any
from uuid import uuid4

from django.utils import timezone

from tests.api.helpers import API
from tests.api.lifecycle_story import Life
from tests.factories import make_owner, make_ownership


class Governed(Life):
    """One neighbourhood whose owners vote and whose bodies are kept here."""

    def own(self, homes: list[int]) -> None:
        """An owner for each home."""
        for number, home in enumerate(self.home.households.filter(pk__in=homes).order_by("pk"), 1):
            make_ownership(household=home, owner=make_owner(neighbourhood=self.home, name=f"业主{number}"))

    def post(self, path: str, body: dict[str, Any] | None = None, *, who: str = "community") -> Any:
        return self.clients[who].post(f"{API}/{path}", body or {}, format="json")

    def made(self, path: str, body: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        answer = self.post(path, body, **kwargs)
        assert answer.status_code in (200, 201), answer.content
        return answer.json()

    def refused(self, path: str, body: dict[str, Any] | None = None, **kwargs: Any) -> str:
        answer = self.post(path, body, **kwargs)
        assert answer.status_code == 409, answer.content
        return str(answer.json()["code"])

    def kept_here(self, kind: str, facts: dict[str, Any]) -> str:
        """The refusal of telling by hand what a module keeps."""
        body = {"kind": kind, "facts": facts, "document": "手写1号", "dated_on": self.day(0)}
        answer = self.clients["community"].post(f"{self.address}/evidence/", body, format="json")
        assert answer.status_code == 409, answer.content
        return str(answer.json()["code"])

    # --- Votes -----------------------------------------------------------------------------------------

    def vote_body(self, matter: int, **fields: Any) -> dict[str, Any]:
        told = {"announced_on": self.day(-20), "residents_committee_told_on": self.day(-20)}
        return {"neighbourhood": self.home.pk, "matter": matter, **told, "ends_on": self.day(10), **fields}

    def voters(self, vote: int) -> list[int]:
        rows = self.clients["community"].get(f"{API}/votes/{vote}/voters/?page_size=500").json()["results"]
        return [row["id"] for row in rows]

    def cast(self, vote: int, choices: list[str]) -> list[dict[str, Any]]:
        """A ballot of each owner in the order of the roll: delivered, and back with the choice, if there is one."""
        now = timezone.now().isoformat()
        ballots = [
            {
                "client_id": str(uuid4()),
                "voter": voter,
                "delivered_at": now,
                **({"choice": choice, "form": "written", "returned_at": now} if choice else {}),
            }
            for voter, choice in zip(self.voters(vote), choices, strict=True)
        ]
        results: list[dict[str, Any]] = self.made(f"votes/{vote}/ballots/", {"ballots": ballots})["results"]
        return results

    def decide(self, matter: int, agree: int, disagree: int, **fields: Any) -> dict[str, Any]:
        """A vote in which everybody's ballot is back, and what came of it."""
        vote = self.made("votes/", self.vote_body(matter, **fields))
        answers = self.cast(vote["id"], ["agree"] * agree + ["disagree"] * disagree)
        assert {answer["status"] for answer in answers} == {"recorded"}, answers
        closed = self.made(f"votes/{vote['id']}/close/", {"counted_by": "计票组"})
        return {"id": vote["id"], **closed}

    # --- Bodies ----------------------------------------------------------------------------------------

    def found(self, kind: str, name: str, **fields: Any) -> dict[str, Any]:
        body = {"neighbourhood": self.home.pk, "kind": kind, "name": name, "founded_on": self.day(0), **fields}
        founded: dict[str, Any] = self.made("bodies/", body)
        return founded

    def join(self, body: int, *roles: str) -> None:
        for role in roles:
            member = {"body": body, "name": f"成员{uuid4().hex[:6]}", "role": role, "starts_on": self.day(0)}
            self.made("memberships/", member)

    # --- Conventions -----------------------------------------------------------------------------------

    def sign(self, version: int, homes: list[int]) -> None:
        for home in homes:
            signature = {
                "convention_version": version,
                "household": home,
                "signer": "户主",
                "respondent": "owner",
                "form": "signed",
                "signed_on": self.day(0),
                "client_id": str(uuid4()),
            }
            self.made("convention-signatures/", signature)
