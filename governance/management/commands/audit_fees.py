from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.models import FeeAudit
from governance.services.fees.audits import Proof, audit_fees, verify_audits


class Command(BaseCommand):
    help = "Proves the whole book of fees, and keeps the signed report. Run it nightly; it repairs nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--verify",
            action="store_true",
            help="Only checks that the reports that are kept are signed, unchanged, and all there.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verify"]:
            audits = FeeAudit.objects.order_by("pk")
            wrong = verify_audits(audits.iterator(chunk_size=100))
            for line in wrong:
                self.stdout.write(line)
            if wrong:
                raise CommandError(f"{len(wrong)} things do not hold of the reports.")
            self.stdout.write(f"{audits.count()} reports are signed, unchanged, and follow upon each other.")
            return
        audit = audit_fees(tell=self._tell)
        self.stdout.write(f"Report {audit.pk} of {audit.day}: {audit.digest}")
        if audit.finding_count:
            raise CommandError(f"{audit.finding_count} things do not hold: see /fees/audits/{audit.pk}/.")

    def _tell(self, proof: Proof) -> None:
        self.stdout.write(f"{proof.code}: {proof.looked_at} looked at, {proof.found} found.")
