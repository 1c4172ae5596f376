from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0010_contests_erasable"),
        ("overview", "0002_export_reach"),
        ("renovation", "0006_steps_and_hazards"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="neighbourhoodday",
            index=models.Index(
                condition=models.Q(
                    ("property_year_billed", 0),
                    ("property_year_reduced", 0),
                    ("property_year_settled", 0),
                    ("parking_year_billed", 0),
                    ("parking_year_reduced", 0),
                    ("parking_year_settled", 0),
                    _negated=True,
                ),
                fields=["day", "community_code"],
                name="neighbourhood_day_with_fees",
            ),
        ),
    ]
