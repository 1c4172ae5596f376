"""3,000 households' bills, receipts and letters about arrears, of one neighbourhood, as PDF by the job.

    python -m tests.bench.fee_prints [--doors 3000]

Each file is made in a process of its own, as those of `tests.bench.prints`. At every door three months are billed and
overdue, and something was paid once. The database is made for the run and dropped after it.
"""

import argparse
import os
from datetime import date, timedelta
from decimal import Decimal
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench import prints
from tests.bench.billing_run import REGISTRY
from tests.bench.roster_import import on_server

BUILDINGS = 50
MONTHS = ("2026-04", "2026-05", "2026-06")
PAID = Decimal(50)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--doors", type=int, default=3_000)
    args = options.parse_args()
    with TemporaryDirectory() as folder:
        os.environ["MEDIA_ROOT"] = folder
        os.environ["SITE_ADDRESS"] = "https://gongdi.example"
        place = set_up(args.doors)
        try:
            for subject, filters in cases(place):
                prints.report(subject, *prints.apart(subject, filters))
        finally:
            prints.tear_down()


def cases(place: int) -> list[tuple[str, dict[str, Any]]]:
    today = date.today()  # noqa: DTZ011
    days = {"from_day": str(today - timedelta(days=2)), "to_day": str(today + timedelta(days=2))}
    return [
        ("bill-notices", {"neighbourhood": place}),
        ("receipt-slips", {"neighbourhood": place, **days}),
        ("arrears-letters", {"neighbourhood": place, "step": "letter"}),
    ]


def set_up(doors: int) -> int:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction
    from django.utils import timezone

    prints.tear_down()
    on_server(f"CREATE DATABASE {prints.DATABASE}")
    connection.settings_dict["NAME"] = prints.DATABASE
    call_command("migrate", verbosity=0)
    from accounts.choices import Role
    from governance.choices.fees import RunMode
    from governance.services.fees.billing import keep_run, run_billing
    from governance.services.fees.payments import record_payment
    from renovation.models import Household
    from tests.factories import make_neighbourhood, make_user

    place = make_neighbourhood(community_code="420502001001")
    clerk = make_user(Role.PROPERTY_CLERK, place.code)
    with connection.cursor() as cursor:
        cursor.execute(REGISTRY, {"buildings": BUILDINGS, "doors": -(-doors // BUILDINGS), "households": doors})
    for month in MONTHS:
        kept = keep_run(neighbourhood=place, kind="property", period=month, mode=RunMode.POST, by=clerk)
        run_billing(kept.pk)
    with transaction.atomic():
        for number, home in enumerate(Household.objects.filter(neighbourhood=place).order_by("pk")):
            record_payment(
                household=home, amount=PAID, method="cash", reference=f"R{number}", paid_at=timezone.now(), by=clerk
            )
    connection.close()
    return place.pk


if __name__ == "__main__":
    main()
