"""The site's own PostgreSQL, with real servers in directories of their own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings

from config.embedded_postgres import Server, ServerError, binaries

START = """
import sys
from pathlib import Path
from config.embedded_postgres import Server
Server(Path(sys.argv[1])).start()
"""


@pytest.fixture
def make_server() -> Iterator[Callable[[str], Server]]:
    """Servers below one directory, stopped afterwards.

    Not tmp_path: pytest closes its directory to other users, and one test is about just that.
    """
    servers: list[Server] = []

    with tempfile.TemporaryDirectory(prefix="gongdi-test-", dir="/tmp") as top:
        Path(top).chmod(0o755)

        def make(name: str) -> Server:
            servers.append(Server(Path(top) / name))
            return servers[-1]

        yield make
        for server in servers:
            server.stop()
            if server.socket_dir != server.data and server.socket_dir.exists():
                server.socket_dir.rmdir()


def query(server: Server, sql: str) -> object:
    keys = server.connection_keys
    connection = psycopg2.connect(host=keys["HOST"], port=keys["PORT"], user=keys["USER"], dbname=keys["NAME"])
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def postmaster(server: Server) -> int:
    return int((server.data / "postmaster.pid").read_text().split()[0])


def test_a_first_start_makes_a_database_and_a_second_one_finds_it(make_server):
    server = make_server("data")

    server.start()
    first = postmaster(server)
    server.start()

    assert query(server, "SELECT current_database()") == "gongdi"
    assert postmaster(server) == first


def test_what_was_committed_survives_a_kill(make_server):
    server = make_server("data")
    server.start()
    query(server, "CREATE TABLE kept AS SELECT 42 AS answer")

    os.kill(postmaster(server), signal.SIGKILL)
    server.start()

    assert query(server, "SELECT answer FROM kept") == 42


def test_three_first_starts_at_once_share_one_server(make_server):
    server = make_server("data")

    starts = [subprocess.Popen([sys.executable, "-c", START, server.data], cwd=settings.BASE_DIR) for _ in range(3)]
    codes = [start.wait(timeout=120) for start in starts]

    assert codes == [0, 0, 0]
    assert query(server, "SELECT current_database()") == "gongdi"


def test_a_first_start_that_was_killed_is_done_again(make_server):
    server = make_server("data")
    half = server.data.with_name("data.new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")

    server.start()

    assert query(server, "SELECT current_database()") == "gongdi"
    assert not half.exists()


@pytest.mark.parametrize("name", ["a" * 120 + "/data", "one's own, 共缔/data"])
def test_a_path_too_long_or_odd_for_a_socket_does_not_matter(make_server, name):
    server = make_server(name)

    server.start()

    assert server.socket_dir.parent == Path("/tmp")
    assert query(server, "SELECT current_database()") == "gongdi"


def test_a_checkout_below_a_closed_directory_does_not_matter(make_server):
    server = make_server("closed/data")
    server.data.parent.mkdir(mode=0o700)

    server.start()

    assert query(server, "SELECT current_database()") == "gongdi"


def test_the_lock_of_a_server_that_is_gone_is_not_in_the_way(make_server):
    server = make_server("data")
    server.start()
    server.stop()
    # After a container's restart another process may have the number.
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n1\n5432\n{server.socket_dir}\n\n")

    server.start()

    assert query(server, "SELECT current_database()") == "gongdi"


def test_a_server_that_nobody_can_reach_any_more_is_started_again(make_server):
    server = make_server("data")
    server.start()
    (server.socket_dir / ".s.PGSQL.5432").unlink()

    server.start()

    assert query(server, "SELECT current_database()") == "gongdi"


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="Only Linux tells where a process works.")
def test_a_checkout_that_is_removed_and_made_again_gets_a_server_that_stays(make_server):
    server = make_server("data")
    server.start()
    orphan = postmaster(server)
    while server.data.exists():  # the server that still works there may make a file meanwhile
        shutil.rmtree(server.data, ignore_errors=True)

    Server(server.data).start()

    with pytest.raises(FileNotFoundError):
        os.readlink(f"/proc/{orphan}/cwd")
    assert query(server, "SELECT current_database()") == "gongdi"


def test_an_installed_postgresql_serves_where_the_package_is_missing(make_server, monkeypatch):
    installed = [place for place in binaries.candidates() if "site-packages" not in place.parts]
    monkeypatch.setattr(binaries, "candidates", lambda: iter(installed))
    if binaries.find() is None:
        pytest.skip("There is no PostgreSQL here but the package's own: apt-get install postgresql")
    server = make_server("data")

    server.start()

    assert query(server, "SELECT lower('ÄÖ') || upper('共é')") == "äö共É"


def test_data_of_another_version_is_refused_with_words(make_server):
    server = make_server("data")
    server.data.mkdir()
    (server.data / "PG_VERSION").write_text("9\n")

    with pytest.raises(ServerError, match=r"PostgreSQL 9, which made .*DATABASE_URL"):
        server.start()


def test_somebody_elses_files_are_not_taken_for_a_database(make_server):
    server = make_server("data")
    server.data.mkdir()
    (server.data / "letter.txt").write_text("Dear neighbours")

    with pytest.raises(ServerError, match="is not empty"):
        server.start()

    assert (server.data / "letter.txt").read_text() == "Dear neighbours"


def test_nobody_else_may_enter(make_server):
    server = make_server("data")

    server.start()

    assert server.socket_dir.stat().st_mode & 0o077 == 0
    assert query(server, "SHOW listen_addresses") == ""


def test_commits_are_durable(make_server):
    server = make_server("data")

    server.start()

    assert [query(server, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")] == ["on"] * 3
    assert query(server, "SHOW data_checksums") == "on"


def test_asking_for_the_keys_starts_nothing(make_server):
    server = make_server("data")

    assert server.connection_keys["HOST"] == str(server.data)
    assert not server.data.exists()
