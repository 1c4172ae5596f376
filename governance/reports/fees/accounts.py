"""Fee accounts with what they owe."""

from typing import Any

from django.db.models import DecimalField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from governance.choices.fees import BillState
from governance.models import Bill


def with_outstanding(accounts: QuerySet[Any]) -> QuerySet[Any]:
    """Adds `outstanding`: what is still to be paid of the account's open bills, in yuan."""
    bills = Bill.objects.filter(account=OuterRef("pk"), state=BillState.OPEN).order_by().values("account")
    owed = bills.annotate(owed=Sum(F("amount") - F("reduction") - F("settled"))).values("owed")
    money: DecimalField[Any, Any] = DecimalField(max_digits=16, decimal_places=2)
    return accounts.annotate(outstanding=Coalesce(Subquery(owed), 0, output_field=money))
