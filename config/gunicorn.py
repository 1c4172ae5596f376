"""How gunicorn serves the site: `gunicorn --config config/gunicorn.py config.wsgi`."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

bind = os.environ.get("BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", min(4, os.cpu_count() or 1)))
# Each thread keeps a connection to the database: workers x threads must stay below its max_connections.
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 60
graceful_timeout = 20
# Longer than a proxy keeps a connection, so that it is never the site that closes one just as a request comes.
keepalive = 75
# A worker says that it lives by touching a file; on a slow disk that would look like a hang.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
# Two sites of one user would fight over it, and nothing here uses it.
control_socket_disable = True


# What each worker counts for /metrics (config/metrics.py): a directory of this master's, gone when it ends.
METRICS_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"


def on_starting(server: object) -> None:
    """Before there is a worker: all of them count into one directory, and what an earlier master left is not theirs."""
    os.environ[METRICS_DIRECTORY] = tempfile.mkdtemp(prefix="gongdi-metrics-", dir=worker_tmp_dir)


def child_exit(server: object, worker: Any) -> None:
    """What a worker has counted stays counted; only what it was about to do is forgotten."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)


def on_exit(server: object) -> None:
    """The master ends, and what was counted with it."""
    shutil.rmtree(os.environ.pop(METRICS_DIRECTORY, ""), ignore_errors=True)


def post_worker_init(worker: object) -> None:
    """Threads of a worker share one interpreter. One that comes back from the database waits until another lets go of
    it: 5 ms unless told otherwise, several times while it holds a survey's lock. Half a millisecond costs little.
    """
    sys.setswitchinterval(0.0005)
