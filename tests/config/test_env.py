import threading

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env


@pytest.fixture
def given(monkeypatch):
    def given(value: str) -> None:
        monkeypatch.setenv("GIVEN", value)

    return given


@pytest.mark.parametrize(("value", "meant"), [("1", True), ("True", True), ("on", True), ("no", False), ("", False)])
def test_a_boolean_has_several_spellings(given, value, meant):
    given(value)

    assert env.boolean("GIVEN", default=not meant) is meant


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda: env.boolean("GIVEN", default=False), "perhaps"),
        (lambda: env.origin("GIVEN", default=""), "gongdi.example"),
        (lambda: env.origin("GIVEN", default=""), "https://gongdi.example/"),
        (lambda: env.integer("GIVEN", default=1), "-1"),
        (lambda: env.integer("GIVEN", default=1), "1.5"),
        (lambda: env.integer("GIVEN", default=1), "²"),
        (lambda: env.integer("GIVEN", default=1, least=1), "0"),
        (lambda: env.one_of("GIVEN", ["INFO"], default="INFO"), "LOUD"),
        (lambda: env.path("GIVEN"), "var/static"),
        (lambda: env.networks("GIVEN", default=[]), "10.0.0.1/8"),
        (lambda: env.networks("GIVEN", default=[]), "everybody"),
        (lambda: env.database("GIVEN"), "mysql://localhost/gongdi"),
        (lambda: env.database("GIVEN"), "postgresql://localhost"),
        (lambda: env.database("GIVEN"), "postgresql://localhost:many/gongdi"),
        (lambda: env.database("GIVEN"), "postgresql://localhost/gongdi?sslmode"),
        (lambda: env.database("GIVEN"), "postgresql://[::1/gongdi"),
    ],
)
def test_a_value_that_cannot_be_read_names_its_variable(given, read, value):
    given(value)

    with pytest.raises(ImproperlyConfigured, match=r"^GIVEN "):
        read()


def test_without_a_value_the_default_counts():
    assert env.boolean("ABSENT", default=True) is True
    assert env.integer("ABSENT", default=7) == 7
    assert env.one_of("ABSENT", ["INFO"], default="INFO") == "INFO"
    assert env.words("ABSENT", default=["a"]) == ["a"]
    assert env.path("ABSENT") is None
    assert env.database("ABSENT") is None


def test_words_lose_their_spaces(given):
    given("gongdi.example, www.gongdi.example,,")

    assert env.words("GIVEN", default=[]) == ["gongdi.example", "www.gongdi.example"]


def test_a_database_address_is_taken_apart(given):
    given("postgresql://gong%40di:p%2Fw@db.example:6432/gongdi?sslmode=require")

    assert env.database("GIVEN") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "gongdi",
        "USER": "gong@di",
        "PASSWORD": "p/w",
        "HOST": "db.example",
        "PORT": "6432",
        "OPTIONS": {"sslmode": "require"},
    }


def test_a_database_may_be_behind_a_socket(given):
    given("postgresql:///gongdi?host=/var/run/postgresql&user=gongdi")

    keys = env.database("GIVEN")

    assert keys is not None
    assert (keys["HOST"], keys["USER"], keys["OPTIONS"]) == ("/var/run/postgresql", "gongdi", {})


def test_a_secret_is_made_once_and_kept_closed(tmp_path):
    place = tmp_path / "var" / "secret_key"
    found: list[str] = []
    starts = [threading.Thread(target=lambda: found.append(env.secret("ABSENT", kept_in=place))) for _ in range(8)]

    for start in starts:
        start.start()
    for start in starts:
        start.join()

    assert len(found) == 8
    assert set(found) == {place.read_text()}
    assert len(place.read_text()) >= 50
    assert place.stat().st_mode & 0o077 == 0
    assert [file.name for file in place.parent.iterdir()] == ["secret_key"]


def test_a_given_secret_is_not_written_down(given, tmp_path):
    given("mine")

    assert env.secret("GIVEN", kept_in=tmp_path / "secret_key") == "mine"
    assert not (tmp_path / "secret_key").exists()
