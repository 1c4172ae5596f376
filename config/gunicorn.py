"""How gunicorn serves the site: `gunicorn --config config/gunicorn.py config.wsgi`."""

import os
import sys
from pathlib import Path

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


def post_worker_init(worker: object) -> None:
    """Threads of a worker share one interpreter. One that comes back from the database waits until another lets go of
    it: 5 ms unless told otherwise, several times while it holds a survey's lock. Half a millisecond costs little.
    """
    sys.setswitchinterval(0.0005)
