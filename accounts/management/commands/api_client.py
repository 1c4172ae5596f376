import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.services.clients import create_client
from common.errors import DomainError


class Command(BaseCommand):
    help = "Creates an API client and prints one JSON object with its id and its secret, which is shown only now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what the client is called in logs; used once")
        parser.add_argument("--territory", required=True, help="a division, grid or neighbourhood, by its code")
        parser.add_argument(
            "--scope", action="append", default=[], help="such as consent:read; give it once for each scope"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = create_client(name=options["name"], territory=options["territory"], scopes=options["scope"])
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps({"client_id": made.client.client_id, "client_secret": made.secret}))
