from django.db import migrations

TRIGGERS = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

DROP_TRIGGERS = """
DROP TRIGGER append_only ON {table};
DROP TRIGGER append_only_truncate ON {table};
"""


class Migration(migrations.Migration):
    dependencies = [
        ("renovation", "0001_registry_menu_lifecycle"),
        ("accounts", "0002_append_only"),
    ]

    operations = [
        migrations.RunSQL(TRIGGERS.format(table=table), DROP_TRIGGERS.format(table=table))
        for table in ("renovation_evidence", "renovation_stagechange")
    ]
