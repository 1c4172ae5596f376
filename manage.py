#!/usr/bin/env python3
"""Gongdi's commands. Needs Python 3.11 and pip; makes an environment of its own where Django is missing.

python3 manage.py demo      a demonstration city on http://127.0.0.1:8000
python3 manage.py test      every test; what follows goes to pytest
python3 manage.py help      the rest
"""

import fcntl
import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
RUN_LOCK = ROOT / "requirements.lock"
TEST_LOCK = ROOT / "requirements-dev.lock"
# What the environment was made from, a line for each lock. Without it, .venv is somebody's own.
STAMP = VENV / "gongdi-locks.txt"
# pip inside a .venv made here would be a copy: the one outside does the work.
OUTSIDE = getattr(sys, "_base_executable", sys.executable)


def main(arguments: list[str]) -> None:
    testing = arguments[:1] == ["test"]
    if not all(importlib.util.find_spec(package) for package in needed(testing)):
        prepare(testing)
        os.execv(PYTHON, [str(PYTHON), str(ROOT / "manage.py"), *arguments])
    if testing:
        os.chdir(ROOT)
        os.execv(sys.executable, [sys.executable, "-m", "pytest", *arguments[1:]])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line([sys.argv[0], *arguments])


def needed(testing: bool) -> list[str]:
    return ["django", "pytest", "pytest_django"] if testing else ["django"]


def prepare(testing: bool) -> None:
    """Make .venv as the locks say, unless it is so already. Of several at once, one works and the others wait."""
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "venv.lock").open("w") as waiting:
        try:
            fcntl.flock(waiting, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("正在等待另一进程准备环境…", "Another process is setting up; waiting…")
            fcntl.flock(waiting, fcntl.LOCK_EX)
        if not STAMP.exists() and runs(PYTHON, needed(testing)):
            return
        wanted = stamp(testing)
        found = STAMP.read_text() if STAMP.exists() and PYTHON.exists() else ""
        if found.startswith(wanted):
            return
        if not found or not wanted.startswith(found):
            say("正在建立运行环境 .venv…", "Making the environment .venv…")
            make_venv()
        install(TEST_LOCK if testing else RUN_LOCK)
        STAMP.write_text(wanted)


def runs(python: Path, packages: list[str]) -> bool:
    """Whether this Python is there and can import the packages."""
    command = [str(python), "-c", f"import {', '.join(packages)}"]
    return python.exists() and subprocess.run(command, capture_output=True, check=False).returncode == 0


def stamp(testing: bool) -> str:
    locks = [RUN_LOCK, TEST_LOCK] if testing else [RUN_LOCK]
    return "".join(f"{lock.name} {hashlib.sha256(lock.read_bytes()).hexdigest()}\n" for lock in locks)


def make_venv() -> None:
    # Without pip: some systems leave ensurepip out, and pip can work from outside.
    without = ["--without-pip"] if has_pip() else []
    result = subprocess.run([OUTSIDE, "-m", "venv", "--clear", *without, str(VENV)], check=False)
    if result.returncode:
        stop("无法建立 .venv,请先安装 pip。", "Cannot make .venv. Install pip for this Python and try again.")
    STAMP.write_text("not finished\n")


def has_pip() -> bool:
    return subprocess.run([OUTSIDE, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def install(lock: Path) -> None:
    """Install what the lock names, hashes checked; its progress is one line on a terminal."""
    count = sum("==" in line for line in lock.read_text().splitlines())
    say(f"正在安装 {count} 个软件包…", f"Installing {count} packages…")
    pip = [OUTSIDE, "-m", "pip", "--python", str(PYTHON)] if has_pip() else [str(PYTHON), "-m", "pip"]
    options = ["--require-hashes", "--no-deps", "--no-compile", "--no-input", "--disable-pip-version-check"]
    command = [*pip, "install", *options, "--progress-bar=off", "-r", str(lock)]
    output: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None  # noqa: S101 -- asked for above
        for line in process.stdout:
            output.append(line)
            if line.startswith("Collecting ") and sys.stderr.isatty():
                done = sum(earlier.startswith("Collecting ") for earlier in output)
                sys.stderr.write(f"\r  {done}/{count} {line.split()[1].split('=')[0]:<40}")
    if sys.stderr.isatty():
        sys.stderr.write("\r" + " " * 60 + "\r")
    if process.returncode:
        sys.stderr.writelines(output[-30:])
        stop("安装失败,原因见上。", "The installation failed; the reason is above.")


def say(chinese: str, english: str) -> None:
    sys.stderr.write(f"{chinese} {english}\n")
    sys.stderr.flush()


def stop(chinese: str, english: str) -> None:
    say(chinese, english)
    sys.exit(1)


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 -- to say so to an older one
        stop("需要 Python 3.11 或更高版本。", "Gongdi needs Python 3.11 or later.")
    main(sys.argv[1:])
