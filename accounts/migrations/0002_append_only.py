from django.db import migrations

# One function serves every append-only table. Triggers fire for the table's owner too; ERRCODE 23514 makes Django
# raise IntegrityError. TRUNCATE needs a trigger of its own, per statement.
FUNCTION = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '23514';
END $$;
"""

TRIGGERS = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON accounts_historyentry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON accounts_historyentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

DROP_TRIGGERS = """
DROP TRIGGER append_only ON accounts_historyentry;
DROP TRIGGER append_only_truncate ON accounts_historyentry;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_users_roles_clients_records")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION refuse_change();"),
        migrations.RunSQL(TRIGGERS, DROP_TRIGGERS),
    ]
