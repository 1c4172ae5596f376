from django.db import migrations, models

# Days that are kept already show places where they are known to lie today, as they did until now.
WHERE_KNOWN_TODAY = """
UPDATE overview_neighbourhoodday AS kept SET longitude = place.longitude, latitude = place.latitude
FROM renovation_neighbourhood AS place WHERE place.id = kept.neighbourhood_id AND place.longitude IS NOT NULL
"""

# Fewer than five households are in no sum of fees.
WITHOUT_FEW = """
UPDATE overview_communityday AS sums SET
    property_due = sums.property_due - few.property_due, property_paid = sums.property_paid - few.property_paid,
    parking_due = sums.parking_due - few.parking_due, parking_paid = sums.parking_paid - few.parking_paid
FROM (
    SELECT day, community_code, sum(property_billed - property_reduced) AS property_due,
        sum(property_settled) AS property_paid, sum(parking_billed - parking_reduced) AS parking_due,
        sum(parking_settled) AS parking_paid
    FROM overview_neighbourhoodday WHERE households BETWEEN 1 AND 4 GROUP BY day, community_code
) AS few
WHERE sums.day = few.day AND sums.community_code = few.community_code
"""


class Migration(migrations.Migration):
    dependencies = [
        ("overview", "0003_days_with_fees"),
        ("renovation", "0008_sources_of_awards"),
    ]

    operations = [
        migrations.AddField(
            model_name="neighbourhoodday",
            name="longitude",
            field=models.DecimalField(decimal_places=6, max_digits=9, null=True, verbose_name="longitude"),
        ),
        migrations.AddField(
            model_name="neighbourhoodday",
            name="latitude",
            field=models.DecimalField(decimal_places=6, max_digits=9, null=True, verbose_name="latitude"),
        ),
        migrations.RunSQL(WHERE_KNOWN_TODAY, migrations.RunSQL.noop),
        migrations.RunSQL(WITHOUT_FEW, migrations.RunSQL.noop),
    ]
