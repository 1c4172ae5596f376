import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from config.api import SchemaGeneratedOnce
from config.schema_promise import additions, breaks, promise_of, text_of

STORED = settings.BASE_DIR / "docs" / "openapi" / "v1.json"
CHANGES = settings.BASE_DIR / "docs" / "api-changes.md"


def served() -> dict[str, Any]:
    """What the site promises now, from the document in English."""
    with translation.override("en"):
        return promise_of(SchemaGeneratedOnce().get_schema(public=True))


class Command(BaseCommand):
    help = "Stores what the API promises in docs/openapi/v1.json (docs/versions.md). Refuses to hide a break."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--break", dest="reason", default="", help="why a promise is broken, for docs/api-changes.md"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        store(served(), stored=STORED, changes=CHANGES, reason=options["reason"])
        self.stdout.write(f"Stored in {STORED.relative_to(settings.BASE_DIR)}.")


def store(promise: dict[str, Any], *, stored: Path, changes: Path, reason: str = "") -> None:
    """Write the promise, and what is new or broken in it. Raises CommandError for a break without a reason."""
    before: dict[str, Any] = json.loads(stored.read_text("utf-8")) if stored.exists() else {"paths": {}}
    broken, new = breaks(before, promise), additions(before, promise)
    if broken and not reason:
        raise CommandError("\n".join(["This breaks what was promised:", *broken, 'If it must be: --break "<reason>".']))
    text = text_of(promise)
    if stored.exists() and stored.read_text("utf-8") == text:
        return
    if stored.exists() and (broken or new):
        lines = [f"## {timezone.localdate()}", ""]
        lines += [f"- **Broken** ({reason}): {what}" for what in broken]
        lines += [f"- New: `{name}`" for name in new]
        head, mark, rest = changes.read_text("utf-8").partition("\n## ")
        changes.write_text(f"{head.rstrip()}\n\n" + "\n".join(lines) + (f"\n{mark}{rest}" if mark else "\n"), "utf-8")
    stored.write_text(text, "utf-8")
