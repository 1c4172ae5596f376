from django.db import migrations

APPEND_ONLY = ("consent_visit", "consent_rollamendment", "consent_treehead", "consent_visitphoto")
NEVER_DELETED = ("consent_rollentry", "consent_visitprivatedata")

TRIGGERS = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

KEPT = """
CREATE TRIGGER never_deleted BEFORE DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

# The roll keeps what it froze. Personal members may be erased (names, the salt that links the door's hash to the
# household), never rewritten.
ROLL_FROZEN = """
CREATE TRIGGER roll_frozen BEFORE UPDATE ON consent_rollentry FOR EACH ROW
    WHEN (NEW.survey_id IS DISTINCT FROM OLD.survey_id
        OR NEW.household_id IS DISTINCT FROM OLD.household_id
        OR NEW.building_id IS DISTINCT FROM OLD.building_id
        OR NEW.stairwell_number IS DISTINCT FROM OLD.stairwell_number
        OR NEW.unit_number IS DISTINCT FROM OLD.unit_number
        OR NEW.floor IS DISTINCT FROM OLD.floor
        OR NEW.gross_floor_area IS DISTINCT FROM OLD.gross_floor_area
        OR NEW.door_hash IS DISTINCT FROM OLD.door_hash
        OR (NEW.owners IS DISTINCT FROM OLD.owners AND NEW.owners <> '[]'::jsonb)
        OR (NEW.door_salt IS DISTINCT FROM OLD.door_salt AND NEW.door_salt IS NOT NULL))
    EXECUTE FUNCTION refuse_change();
"""

# Private data may only be emptied.
PRIVATE_ERASABLE = """
CREATE TRIGGER only_erased BEFORE UPDATE ON consent_visitprivatedata FOR EACH ROW
    WHEN (NEW.visit_id IS DISTINCT FROM OLD.visit_id
        OR (NEW.salt IS DISTINCT FROM OLD.salt AND NEW.salt IS NOT NULL)
        OR (NEW.note IS DISTINCT FROM OLD.note AND NEW.note <> '')
        OR (NEW.signature IS DISTINCT FROM OLD.signature AND NEW.signature IS NOT NULL)
        OR (NEW.signature_sha256 IS DISTINCT FROM OLD.signature_sha256 AND NEW.signature_sha256 IS NOT NULL)
        OR (NEW.privacy_notice IS DISTINCT FROM OLD.privacy_notice AND NEW.privacy_notice <> '')
        OR (NEW.content_digest IS DISTINCT FROM OLD.content_digest AND NEW.content_digest IS NOT NULL)
        OR (NEW.receipt_code IS DISTINCT FROM OLD.receipt_code AND NEW.receipt_code IS NOT NULL)
        OR NEW.erased_at IS NULL)
    EXECUTE FUNCTION refuse_change();
"""

# A survey keeps the terms it opened with, and its result once it has one. The ledger only grows.
SURVEY_FROZEN = """
CREATE TRIGGER survey_frozen BEFORE UPDATE ON consent_survey FOR EACH ROW
    WHEN (NEW.neighbourhood_id IS DISTINCT FROM OLD.neighbourhood_id
        OR NEW.number IS DISTINCT FROM OLD.number
        OR NEW.opened_at IS DISTINCT FROM OLD.opened_at
        OR NEW.policy_id IS DISTINCT FROM OLD.policy_id
        OR NEW.pass_share IS DISTINCT FROM OLD.pass_share
        OR NEW.count_vacant IS DISTINCT FROM OLD.count_vacant
        OR NEW.count_verbal IS DISTINCT FROM OLD.count_verbal
        OR NEW.menu_edition_id IS DISTINCT FROM OLD.menu_edition_id
        OR NEW.ledger IS DISTINCT FROM OLD.ledger
        OR NEW.tree_size < OLD.tree_size
        OR (OLD.closed_at IS NOT NULL AND (
            NEW.closed_at IS DISTINCT FROM OLD.closed_at
            OR NEW.verdict IS DISTINCT FROM OLD.verdict
            OR NEW.result IS DISTINCT FROM OLD.result
            OR NEW.roll_size IS DISTINCT FROM OLD.roll_size)))
    EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0001_surveys_ledger_projections"),
        ("accounts", "0002_append_only"),
    ]

    operations = [
        *(
            migrations.RunSQL(
                TRIGGERS.format(table=table),
                f"DROP TRIGGER append_only ON {table}; DROP TRIGGER append_only_truncate ON {table};",
            )
            for table in APPEND_ONLY
        ),
        *(
            migrations.RunSQL(
                KEPT.format(table=table),
                f"DROP TRIGGER never_deleted ON {table}; DROP TRIGGER never_truncated ON {table};",
            )
            for table in NEVER_DELETED
        ),
        migrations.RunSQL(ROLL_FROZEN, "DROP TRIGGER roll_frozen ON consent_rollentry;"),
        migrations.RunSQL(PRIVATE_ERASABLE, "DROP TRIGGER only_erased ON consent_visitprivatedata;"),
        migrations.RunSQL(SURVEY_FROZEN, "DROP TRIGGER survey_frozen ON consent_survey;"),
    ]
