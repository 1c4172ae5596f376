"""What was recorded by a moment, of what the registry and the lifecycle keep the history of."""

from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery, Value

from renovation.models import Evidence, RenovationPlan, StageChange


def neighbourhoods_then(neighbourhoods: QuerySet[Any], moment: datetime) -> QuerySet[Any]:
    """Those registered by a moment, each with the stage at which it was, `stage_then`, and since when, `since_then`."""
    steps = StageChange.objects.filter(neighbourhood=OuterRef("pk"), at__lte=moment).order_by("-pk")
    rows = neighbourhoods.annotate(
        stage_then=Subquery(steps.values("to_stage")[:1]), since_then=Subquery(steps.values("at")[:1])
    )
    return rows.exclude(stage_then=None)


def evidence_then(rows: QuerySet[Any], moment: datetime) -> QuerySet[Any]:
    """What was recorded by a moment; `is_current` says what stood then."""
    later = Evidence.objects.filter(
        neighbourhood=OuterRef("neighbourhood"), kind=OuterRef("kind"), pk__gt=OuterRef("pk"), at__lte=moment
    )
    stood = ExpressionWrapper(Q(revoked=False) & ~Exists(later), output_field=BooleanField())
    return rows.filter(at__lte=moment).annotate(is_current=stood)


def plans_then(plans: QuerySet[Any], moment: datetime) -> QuerySet[Any]:
    """Of each neighbourhood, the revision that was in force at a moment: the last that had come into force."""
    later = RenovationPlan.objects.filter(
        neighbourhood=OuterRef("neighbourhood"), number__gt=OuterRef("number"), in_force_at__lte=moment
    )
    return plans.filter(~Exists(later), in_force_at__lte=moment).annotate(is_in_force=Value(True))
