from django.db import migrations, models

# Days that are kept already show places where they are known to lie today, as they did until now.
WHERE_KNOWN_TODAY = """
UPDATE overview_neighbourhoodday AS kept SET longitude = place.longitude, latitude = place.latitude
FROM renovation_neighbourhood AS place WHERE place.id = kept.neighbourhood_id AND place.longitude IS NOT NULL
"""

# Fewer than five households are in no sum of fees. Summed anew, not subtracted: done twice, it does the same.
WITHOUT_FEW = """
UPDATE overview_communityday AS sums SET property_due = told.property_due, property_paid = told.property_paid,
    parking_due = told.parking_due, parking_paid = told.parking_paid
FROM (
    SELECT day, community_code,
        coalesce(sum(property_billed - property_reduced) FILTER (WHERE is_told), 0) AS property_due,
        coalesce(sum(property_settled) FILTER (WHERE is_told), 0) AS property_paid,
        coalesce(sum(parking_billed - parking_reduced) FILTER (WHERE is_told), 0) AS parking_due,
        coalesce(sum(parking_settled) FILTER (WHERE is_told), 0) AS parking_paid
    FROM (SELECT *, households NOT BETWEEN 1 AND 4 AS is_told FROM overview_neighbourhoodday) AS rows
    GROUP BY day, community_code HAVING NOT bool_and(is_told)
) AS told
WHERE sums.day = told.day AND sums.community_code = told.community_code
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
