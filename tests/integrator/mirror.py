"""A copy of a city, as an integrator writes it: from the OpenAPI document, docs/api.md and docs/changes.md. It knows
nothing else of the site and imports nothing of it.
"""

import time
from typing import Any

import httpx

PAGE = 500
PATIENCE = 20
"""So often a request is made that the site is too busy for."""


class Mirror:
    """What the site shows of some resources, by resource and id, kept equal by following what changes. `resources`
    names them, each with what its list must be asked for to show all of them.
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        resources: dict[str, dict[str, str]],
        *,
        address: str = "http://testserver",
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.http = httpx.Client(base_url=address, transport=transport, timeout=60)
        self.credentials = (client_id, client_secret)
        self.resources = resources
        self.rows: dict[str, dict[int, Any]] = {resource: {} for resource in resources}
        self.after = ""
        self.token = ""
        self.told = 0

    def begin(self) -> None:
        """Where to go on from is asked before anything is read: what changes while it is read is told afterwards."""
        self.after = self._get("/api/v1/changes/", after="latest").json()["next_after"]
        for resource, rows in self.rows.items():
            rows.clear()
            page = self._get(f"/api/v1/{resource}/", page_size=str(PAGE), **self.resources[resource]).json()
            while True:
                rows.update({row["id"]: row for row in page["results"]})
                if page["next"] is None:
                    break
                page = self._get(page["next"]).json()

    def follow(self) -> None:
        """Go through what changed, until there is no more for now."""
        more = True
        while more:
            answer = self._get("/api/v1/changes/", after=self.after, page_size=str(PAGE))
            if answer.status_code == 410:
                self.begin()
                return
            page = answer.json()
            told = {(row["resource"], row["id"]) for row in page["results"] if row["resource"] in self.rows}
            self.told += len(told)
            for resource, key in sorted(told):
                self._read_again(resource, key)
            self.after, more = page["next_after"], page["more"]

    def _read_again(self, resource: str, key: int) -> None:
        answer = self._get(f"/api/v1/{resource}/{key}/")
        if answer.status_code == 404:
            self.rows[resource].pop(key, None)
        else:
            self.rows[resource][key] = answer.json()

    def _get(self, path: str, **query: str) -> httpx.Response:
        for _attempt in range(PATIENCE):
            headers = {"Authorization": f"Bearer {self.token}"}
            answer = self.http.get(path, params=query or None, headers=headers)
            if answer.status_code == 401:
                self._sign_in()
            elif answer.status_code in (429, 503):
                time.sleep(float(answer.headers.get("Retry-After", "1")))
            elif answer.status_code in (200, 404, 410):
                return answer
            else:
                break
        raise RuntimeError(f"{path}: {answer.status_code} {answer.text}")

    def _sign_in(self) -> None:
        form = {"grant_type": "client_credentials"}
        answer = self.http.post("/oauth/token/", data=form, auth=self.credentials)
        answer.raise_for_status()
        self.token = answer.json()["access_token"]
