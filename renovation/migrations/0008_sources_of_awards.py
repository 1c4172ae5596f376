from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("renovation", "0007_coordinates"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="fundingsource",
            index=models.Index(
                condition=models.Q(("kind", "award")),
                fields=["id"],
                include=("neighbourhood",),
                name="funding_source_of_awards",
            ),
        ),
    ]
