"""The site's own PostgreSQL, used only where DATABASE_URL is not set.

`server` keeps it; `base` is the Django backend that starts it with the first connection, so that a command
without a query starts nothing. `python -m config.embedded_postgres start|stop` does it by hand.
"""

from pathlib import Path

from config.embedded_postgres.server import Server, ServerError

__all__ = ["SERVER", "Server", "ServerError"]

SERVER = Server(Path(__file__).resolve().parent.parent.parent / "var" / "postgres")
