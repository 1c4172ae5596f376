"""Lists are ordered by fields that an index has, never null: the 1,000th page costs what the first does."""

import pytest
from django.db import connection

from config.api import router
from tests.api.helpers import API, signed_in
from tests.factories import make_user

ORDERED = sorted(
    {
        (view.queryset.model, name)
        for _prefix, view, _basename in router.registry
        for name in getattr(view, "ordering_fields", ())
        if getattr(view, "queryset", None) is not None
    },
    key=lambda pair: (pair[0].__name__, pair[1]),
)


@pytest.mark.django_db
@pytest.mark.parametrize(("model", "name"), ORDERED, ids=[f"{model.__name__}-{name}" for model, name in ORDERED])
def test_what_a_list_is_ordered_by_has_an_index(model, name):
    field = model._meta.get_field(name)

    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model._meta.db_table).values()

    # Below one survey or edition of the menu, the order comes after that in the index.
    indexed = {
        column for one in found if one["index"] or one["unique"] or one["primary_key"] for column in one["columns"]
    }
    assert not field.null
    assert field.column in indexed


@pytest.mark.django_db
def test_evaluations_are_ordered_by_id_alone():
    assert signed_in(make_user()).get(f"{API}/evaluations/?ordering=opened_at").status_code == 400
