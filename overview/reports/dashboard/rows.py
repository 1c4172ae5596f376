"""Things as rows: with the names of their neighbourhoods, in words."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q

from overview.reports.dashboard.scope import Scope
from overview.reports.dashboard.shape import Figure, Row
from overview.reports.dashboard.standing import Standings
from overview.reports.dashboard.things import FEW, Item
from overview.reports.dashboard.words import act_of, text_of
from renovation.choices import Stage
from renovation.models import Neighbourhood
from renovation.rules.facts import Guard

Names = Mapping[int, tuple[str, str, str]]


def names_of(scope: Scope, places: Iterable[int]) -> Names:
    """Code, name and community code of neighbourhoods in a scope: of all there, where many are asked for. One query."""
    asked = set(places)
    rows = Neighbourhood.objects.filter(Q(pk__in=asked) if len(asked) <= FEW else scope.where("")).order_by()
    return {
        pk: (code, name, where) for pk, code, name, where in rows.values_list("pk", "code", "name", "community_code")
    }


def rows_from(view: Standings, items: Sequence[Item], names: Names) -> list[Row]:
    """The items in words. `names` holds those of their neighbourhoods."""
    return [_row(view, item, names) for item in items]


def _row(view: Standings, item: Item, names: Names) -> Row:
    code, name, community_code = names[item.place]
    child = view.scope.child_of(community_code)
    stage = Stage(view.rows[item.place].stage)
    return Row(
        kind=item.kind,
        pk=item.pk,
        neighbourhood=item.place,
        code=code,
        name=name,
        place=child.name if child else view.scope.place.name,
        stage=stage.value,
        stage_name=str(stage.label),
        part=item.part,
        text=text_of(item),
        act=act_of(item),
        facts=_facts(item.facts),
    )


def _facts(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Guards by their codes: rows are plain values."""
    return {
        name: [guard.code for guard in value]
        if name == "guards" and all(isinstance(g, Guard) for g in value)
        else value
        for name, value in facts.items()
    }


def figure(key: str, items: Sequence[Item]) -> Figure:
    return Figure(key, len(items))
