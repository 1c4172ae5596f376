"""What every worker does each second beside its jobs."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import close_old_connections, connection

from accounts.services.webhooks.fan_out import fan_out
from accounts.services.webhooks.sending import queue_due

logger = logging.getLogger(__name__)

SECONDS = 1.0

TICKS: list[Callable[[], object]] = [fan_out, queue_due]
"""Each is quick, may be called by several workers at once, and finds little to do most of the time."""


def tick() -> None:
    """Call all of them. What goes wrong in one is logged, and holds up neither the others nor the worker."""
    for each in TICKS:
        close_old_connections()
        try:
            each()
        except Exception:
            logger.exception("A tick went wrong: %s", each.__name__)


@contextmanager
def ticking() -> Iterator[None]:
    """Tick each second in a thread with a connection of its own, so that a long job holds up nothing."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(SECONDS):
            tick()
        connection.close()

    thread = threading.Thread(target=run, name="ticks", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
