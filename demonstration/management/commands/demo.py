"""The site with a demonstration city in it: set up, filled, served."""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Role
from common.errors import DomainError
from demonstration.rules.sign_ins import SIGN_INS
from demonstration.services import databases, sign_ins
from demonstration.services.filling import fill
from demonstration.services.receipts import receipt_to_try

HOST = "127.0.0.1"
START_SECONDS = 60
STOP_SECONDS = 25


class Command(BaseCommand):
    help = "Sets up a demonstration city, fills it, and serves it with its job worker until Ctrl-C."
    # Migrating comes first, so there is nothing to check yet.
    requires_system_checks: list[str] = []
    receipt = ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=_port, default=8000)
        parser.add_argument("--scale", choices=["small", "city"], default="small")
        parser.add_argument("--password", help="the password of every sign-in; made at the first fill if not given")
        parser.add_argument("--no-serve", action="store_true", help="set up and fill only")
        parser.add_argument("--reset", action="store_true", help="drop the demonstration's database first")

    def handle(self, *args: Any, **options: Any) -> None:
        port = options["port"]
        if not options["no_serve"]:
            _refuse_busy_port(port)
        try:
            if options["reset"]:
                databases.reset()
            with databases.set_up_alone():
                self.say(_("Setting up the database…"))
                call_command("migrate", verbosity=0, interactive=False)
                fill(scale=options["scale"], now=timezone.now(), say=self.say)
                password = sign_ins.password_for(options["password"])
                self.receipt = receipt_to_try()
        except (DomainError, OperationalError) as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["no_serve"]:
            self.tell(password)
        else:
            self.serve(port, password)

    def say(self, text: str) -> None:
        self.stderr.write(text)

    def tell(self, password: str | None) -> None:
        """One sign-in for each role, and what here is invented."""
        self.stdout.write(_("Sign-ins (user name · role · place):"))
        for sign_in in SIGN_INS:
            role = Role(sign_in.roles[0][0]).label
            self.stdout.write(f"  {sign_in.username:<10} {role} · {sign_in.unit}")
        if password is None:
            self.stdout.write(_("Their password was set elsewhere. Set another one with --password."))
        else:
            self.stdout.write(_("Password of all of them: %(password)s") % {"password": password})
        if self.receipt:
            said = _(
                "Without signing in: %(notices)s shows public notices, %(check)s takes receipt codes, as %(code)s."
            )
            self.stdout.write(said % {"notices": "/notices/", "check": "/check/", "code": self.receipt})
        self.stdout.write(
            _(
                "Real are Yichang, its 13 counties and districts, the five neighbourhoods of the published account and "
                "what docs/demonstration.md says of them. Everything else is invented: places, people, phones, figures."
            )
        )

    def serve(self, port: int, password: str | None) -> None:
        """Serve until a signal ends it; the site and the job workers end with it, and it with any of them."""
        # SIGINT as well: a shell that starts something in the background has it ignored.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        connection.close()
        address = f"http://{HOST}:{port}"
        environment = os.environ | {"BIND": f"{HOST}:{port}"}
        site = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", "--log-level", "warning"]
        worker = [sys.executable, "manage.py", "job_worker"]
        # Apart, so that a long export holds up no webhook.
        webhook_worker = [*worker, "--queue-name", "webhooks"]
        children: list[subprocess.Popen] = []
        try:
            for command in ([*site, "config.wsgi"], worker, webhook_worker):
                # A session of its own: Ctrl-C reaches this process alone, and it ends the others in order.
                children.append(
                    subprocess.Popen(  # noqa: S603 -- programs of our own
                        command, cwd=settings.BASE_DIR, env=environment, start_new_session=True
                    )
                )
            _wait_until_served(address, children)
            self.stdout.write(_("Gongdi is at %(address)s") % {"address": address})
            self.tell(password)
            self.stdout.write(_("Ctrl-C ends it."))
            self.stdout.flush()
            while all(child.poll() is None for child in children):
                time.sleep(0.5)
            raise CommandError(_("The site or its job worker has ended; the reason is above."))
        except KeyboardInterrupt:
            self.stdout.write(_("Ending…"))
        finally:
            _stop(children)


def _wait_until_served(address: str, children: Sequence[subprocess.Popen]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=5):  # noqa: S310 -- an http address of our own
                return
        except OSError as error:
            if any(child.poll() is not None for child in children) or time.monotonic() > deadline:
                raise CommandError(_("The site did not start; the reason is above.")) from error
            time.sleep(0.2)


def _stop(children: Sequence[subprocess.Popen]) -> None:
    """End them politely, and after STOP_SECONDS without waiting for them."""
    for child in children:
        child.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(_("A port is a number from 1 to 65535."))


def _refuse_busy_port(port: int) -> None:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError as error:
            raise CommandError(
                _("Port %(port)s cannot be used (%(reason)s). Name another one with --port.")
                % {"port": port, "reason": error.strerror}
            ) from error
