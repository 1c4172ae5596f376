"""What holds for every answer of the API, asked of all that these tests see."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections

from accounts.rest import ApiView
from tests.api.watching import Watch, watched


@pytest.fixture(autouse=True)
def new_rows_tell_their_version_and_their_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever operation made it: the row has its `ETag`, and its address where it is read at one."""
    finalize = ApiView.finalize_response

    def checked(view: Any, *args: Any, **kwargs: Any) -> Any:
        answer = finalize(view, *args, **kwargs)
        if answer.status_code == 201 and getattr(view, "action", "") == "create":
            missing = {"ETag", "Location" if hasattr(view, "retrieve") else "ETag"} - set(answer.headers)
            assert not missing, f"{type(view).__name__}: {missing}"
        return answer

    monkeypatch.setattr(ApiView, "finalize_response", checked)


@pytest.fixture
def all_is_told(db: None) -> Iterator[Watch]:
    """Whatever a test does by HTTP, `changes/` tells of all that reads otherwise by it."""
    with watched() as watch:
        yield watch
    assert not watch.faults, "\n".join(f"{what} <- {', '.join(sorted(by))}" for what, by in watch.faults.items())


@pytest.fixture
def application() -> Iterator[Any]:
    """Our WSGI application for clients that are none of Django's: its requests leave the test's connection open."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield get_wsgi_application()
    for signal in signals:
        signal.connect(close_old_connections)
