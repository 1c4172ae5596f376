from typing import Any

from django.db import migrations


def say_where_rounds_are_open(apps: Any, schema_editor: Any) -> None:
    asking = apps.get_model("consent", "Survey").objects.filter(has_open_round=True)
    neighbourhoods = apps.get_model("renovation", "Neighbourhood").objects
    neighbourhoods.filter(pk__in=asking.values("neighbourhood")).update(round_is_open=True)


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0003_names_for_people"),
        ("renovation", "0007_round_is_open"),
    ]

    operations = [
        migrations.RunPython(say_where_rounds_are_open, migrations.RunPython.noop),
    ]
