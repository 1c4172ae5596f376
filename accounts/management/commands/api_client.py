import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import ApiClient
from accounts.services.clients import NewClient, create_client, renew_secret
from common.errors import DomainError


class Command(BaseCommand):
    help = (
        "Creates an API client, or gives one a new secret (--rotate), and prints one JSON object with its id and its "
        "secret, which is shown only now."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what the client is called in logs; used once")
        parser.add_argument("--territory", default="", help="a division, grid or neighbourhood, by its code")
        parser.add_argument(
            "--scope", action="append", default=[], help="such as consent:read; give it once for each scope"
        )
        parser.add_argument("--expires-on", type=date.fromisoformat, help="its last day, as 2026-12-31")
        parser.add_argument("--requests-per-minute", type=int, help="its own limit instead of the site's")
        parser.add_argument("--rotate", action="store_true", help="give the client of this name a new secret")
        parser.add_argument(
            "--overlap-days", type=int, help="with --rotate: for how long its present secret still holds (7; 0 to 30)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = self._rotated(options) if options["rotate"] else self._created(options)
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps({"client_id": made.client.client_id, "client_secret": made.secret}))

    def _created(self, options: dict[str, Any]) -> NewClient:
        if options["overlap_days"] is not None:
            raise CommandError("--overlap-days goes with --rotate.")
        return create_client(
            name=options["name"],
            territory=options["territory"],
            scopes=options["scope"],
            expires_on=options["expires_on"],
            requests_per_minute=options["requests_per_minute"],
        )

    def _rotated(self, options: dict[str, Any]) -> NewClient:
        if options["territory"] or options["scope"] or options["expires_on"] or options["requests_per_minute"]:
            raise CommandError("--rotate changes nothing but the secret.")
        client = ApiClient.objects.filter(service_user__username=f"api:{options['name']}").first()
        if client is None:
            raise CommandError(f"There is no client {options['name']}.")
        overlap = options["overlap_days"]
        return renew_secret(client=client, overlap_days=7 if overlap is None else overlap)
