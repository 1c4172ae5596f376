from django.db import migrations

FROZEN = """
CREATE TRIGGER receipt_contest_frozen BEFORE UPDATE ON consent_receiptcontest FOR EACH ROW
    WHEN (NEW.survey_id IS DISTINCT FROM OLD.survey_id
        OR NEW.visit_id IS DISTINCT FROM OLD.visit_id
        OR {text}
        OR NEW.raised_at IS DISTINCT FROM OLD.raised_at
        OR (NEW.phone IS DISTINCT FROM OLD.phone AND NEW.phone IS NOT NULL)
        OR {answered})
    EXECUTE FUNCTION refuse_change();
"""
DROP_FROZEN = "DROP TRIGGER receipt_contest_frozen ON consent_receiptcontest;"

# What a household says may be erased, never rewritten; of an answered contest nothing else changes.
ERASABLE = FROZEN.format(
    text="(NEW.text IS DISTINCT FROM OLD.text AND NEW.text <> '')",
    answered="""(OLD.state <> 'open' AND (NEW.text IS NOT DISTINCT FROM OLD.text
            OR NEW.state IS DISTINCT FROM OLD.state
            OR NEW.answer IS DISTINCT FROM OLD.answer
            OR NEW.answered_at IS DISTINCT FROM OLD.answered_at
            OR NEW.answered_by_id IS DISTINCT FROM OLD.answered_by_id
            OR NEW.correction_id IS DISTINCT FROM OLD.correction_id
            OR NEW.created_at IS DISTINCT FROM OLD.created_at))""",
)
AS_BEFORE = FROZEN.format(text="NEW.text IS DISTINCT FROM OLD.text", answered="OLD.state <> 'open'")

# Whatever erases a visit erases what its household said of it: nobody has to think of it.
WITH_THE_VISIT = """
CREATE FUNCTION erase_contests() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE consent_receiptcontest SET text = '', phone = NULL, version = version + 1, updated_at = now()
    WHERE visit_id = NEW.visit_id AND (text <> '' OR phone IS NOT NULL);
    RETURN NULL;
END $$;
CREATE TRIGGER erases_contests AFTER UPDATE ON consent_visitprivatedata FOR EACH ROW WHEN (NEW.salt IS NULL)
    EXECUTE FUNCTION erase_contests();
"""
APART = """
DROP TRIGGER erases_contests ON consent_visitprivatedata;
DROP FUNCTION erase_contests();
"""

ERASED_ALREADY = """
UPDATE consent_receiptcontest SET text = '', phone = NULL, version = version + 1, updated_at = now()
WHERE (text <> '' OR phone IS NOT NULL)
    AND visit_id IN (SELECT visit_id FROM consent_visitprivatedata WHERE salt IS NULL);
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0009_receipt_contests")]

    operations = [
        migrations.RunSQL(DROP_FROZEN + ERASABLE, DROP_FROZEN + AS_BEFORE),
        migrations.RunSQL(WITH_THE_VISIT, APART),
        migrations.RunSQL(ERASED_ALREADY, migrations.RunSQL.noop),
    ]
