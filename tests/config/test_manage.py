"""What manage.py does before Django is there; pip itself is left out."""

from pathlib import Path

import pytest

import manage


@pytest.fixture
def steps(tmp_path, monkeypatch) -> list[str]:
    """A checkout with two locks and no environment; the steps taken in it."""
    taken: list[str] = []

    def make_venv() -> None:
        manage.PYTHON.parent.mkdir(parents=True, exist_ok=True)
        manage.PYTHON.touch()
        manage.STAMP.write_text("not finished\n")
        taken.append("made")

    monkeypatch.setattr(manage, "ROOT", tmp_path)
    monkeypatch.setattr(manage, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(manage, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(manage, "STAMP", tmp_path / ".venv" / "gongdi-locks.txt")
    for name in ("RUN_LOCK", "TEST_LOCK"):
        lock = tmp_path / getattr(manage, name).name
        lock.write_text("django==5.2\n")
        monkeypatch.setattr(manage, name, lock)
    monkeypatch.setattr(manage, "make_venv", make_venv)
    monkeypatch.setattr(manage, "install", lambda lock: taken.append(lock.name))
    return taken


def test_the_first_start_makes_an_environment_from_the_lock(steps):
    manage.prepare(testing=False)

    assert steps == ["made", "requirements.lock"]


def test_the_second_start_does_nothing(steps):
    manage.prepare(testing=False)
    steps.clear()

    manage.prepare(testing=False)

    assert steps == []


def test_what_the_tests_need_is_added_and_serves_the_site_too(steps):
    manage.prepare(testing=False)
    steps.clear()

    manage.prepare(testing=True)
    manage.prepare(testing=False)

    assert steps == ["requirements-dev.lock"]


@pytest.mark.parametrize("changed", ["RUN_LOCK", "TEST_LOCK"])
def test_a_changed_lock_makes_it_anew(steps, changed):
    manage.prepare(testing=True)
    steps.clear()
    getattr(manage, changed).write_text("django==5.2.1\n")

    manage.prepare(testing=True)

    assert steps == ["made", "requirements-dev.lock"]


def test_an_installation_that_was_cut_short_is_done_again(steps, monkeypatch):
    def cut_short(lock: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(manage, "install", cut_short)
        with pytest.raises(KeyboardInterrupt):
            manage.prepare(testing=False)

    manage.prepare(testing=False)

    assert steps == ["made", "made", "requirements.lock"]


def test_a_python_that_is_gone_makes_it_anew(steps):
    manage.prepare(testing=False)
    steps.clear()
    manage.PYTHON.unlink()

    manage.prepare(testing=False)

    assert steps == ["made", "requirements.lock"]


def test_somebodys_own_environment_is_left_alone(steps, monkeypatch):
    monkeypatch.setattr(manage, "runs", lambda python, packages: True)

    manage.prepare(testing=False)

    assert steps == []


def test_a_failed_installation_shows_pips_own_words(steps, tmp_path, monkeypatch, capsys):
    monkeypatch.undo()
    lock = tmp_path / "broken.lock"
    lock.write_text("not-a-requirement ===\n")
    monkeypatch.setattr(manage, "PYTHON", Path(manage.sys.executable))

    with pytest.raises(SystemExit) as stopped:
        manage.install(lock)

    assert stopped.value.code == 1
    assert "not-a-requirement" in capsys.readouterr().err
