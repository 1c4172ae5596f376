from django.db import migrations

# What was signed or adopted stays word for word; a version that has ended does not come back.
VERSION_FROZEN = """
CREATE FUNCTION refuse_change_of_signed_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'draft'
        OR EXISTS (SELECT 1 FROM governance_conventionsignature s WHERE s.convention_version_id = OLD.id) THEN
        RAISE EXCEPTION 'text of a signed or adopted convention: % refused', TG_OP USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER convention_text_frozen BEFORE UPDATE ON governance_conventionversion FOR EACH ROW
    WHEN (NEW.text IS DISTINCT FROM OLD.text
        OR NEW.digest IS DISTINCT FROM OLD.digest
        OR NEW.needed_share IS DISTINCT FROM OLD.needed_share)
    EXECUTE FUNCTION refuse_change_of_signed_text();
CREATE TRIGGER convention_version_frozen BEFORE UPDATE ON governance_conventionversion FOR EACH ROW
    WHEN (NEW.convention_id IS DISTINCT FROM OLD.convention_id
        OR NEW.number IS DISTINCT FROM OLD.number
        OR (OLD.adopted_on IS NOT NULL AND (
            NEW.adopted_on IS DISTINCT FROM OLD.adopted_on
            OR NEW.vote_id IS DISTINCT FROM OLD.vote_id
            OR NEW.document IS DISTINCT FROM OLD.document))
        OR (OLD.state IN ('superseded', 'withdrawn') AND NEW.state IS DISTINCT FROM OLD.state)
        OR (OLD.state = 'adopted' AND NEW.state = 'draft'))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON governance_conventionversion
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON governance_conventionversion
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

DROP_VERSION_FROZEN = """
DROP TRIGGER never_truncated ON governance_conventionversion;
DROP TRIGGER never_deleted ON governance_conventionversion;
DROP TRIGGER convention_version_frozen ON governance_conventionversion;
DROP TRIGGER convention_text_frozen ON governance_conventionversion;
DROP FUNCTION refuse_change_of_signed_text();
"""

# Signatures are only added; the name of who signed may be erased, never rewritten.
SIGNATURES_KEPT = """
CREATE TRIGGER append_only BEFORE UPDATE ON governance_conventionsignature FOR EACH ROW
    WHEN (NEW.signer <> ''
        OR ROW(NEW.id, NEW.convention_version_id, NEW.household_id, NEW.respondent, NEW.form, NEW.signed_on,
               NEW.withdraws_id, NEW.client_id, NEW.at, NEW.by_id)
        IS DISTINCT FROM
           ROW(OLD.id, OLD.convention_version_id, OLD.household_id, OLD.respondent, OLD.form, OLD.signed_on,
               OLD.withdraws_id, OLD.client_id, OLD.at, OLD.by_id))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON governance_conventionsignature
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON governance_conventionsignature
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

DROP_SIGNATURES_KEPT = """
DROP TRIGGER append_only_truncate ON governance_conventionsignature;
DROP TRIGGER never_deleted ON governance_conventionsignature;
DROP TRIGGER append_only ON governance_conventionsignature;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0003_conventions"),
        ("accounts", "0002_append_only"),
    ]

    operations = [
        migrations.RunSQL(VERSION_FROZEN, DROP_VERSION_FROZEN),
        migrations.RunSQL(SIGNATURES_KEPT, DROP_SIGNATURES_KEPT),
    ]
