from django.db import migrations

APPEND_ONLY = (
    "governance_contestscore",
    "governance_finding",
    "governance_handoversignature",
    "governance_memberreport",
    "governance_pointentry",
    "governance_taskevent",
)

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

HANDOVER_FROZEN = """
-- A signed handover is what was signed: it and its lists stay. It begins as a draft.
CREATE TRIGGER handover_signed_frozen BEFORE UPDATE OR DELETE ON governance_handover FOR EACH ROW
    WHEN (OLD.state = 'signed') EXECUTE FUNCTION refuse_change();
CREATE TRIGGER handover_begins_in_preparation BEFORE INSERT ON governance_handover FOR EACH ROW
    WHEN (NEW.state <> 'draft') EXECUTE FUNCTION refuse_change();
CREATE TRIGGER handover_truncate BEFORE TRUNCATE ON governance_handover
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE FUNCTION refuse_change_of_signed_handover() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM governance_handover h WHERE h.state = 'signed' AND h.id IN (
        CASE TG_OP WHEN 'INSERT' THEN NEW.handover_id ELSE OLD.handover_id END,
        CASE TG_OP WHEN 'DELETE' THEN OLD.handover_id ELSE NEW.handover_id END)) THEN
        RAISE EXCEPTION '% of a signed handover: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '23514';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER handover_signed_frozen BEFORE INSERT OR UPDATE OR DELETE ON governance_handoveritem
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_signed_handover();
CREATE TRIGGER handover_signed_frozen BEFORE INSERT OR UPDATE OR DELETE ON governance_asset
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_signed_handover();
-- What has ended has ended: a service that comes back is another row.
CREATE TRIGGER service_withdrawn_frozen BEFORE UPDATE OR DELETE ON governance_servicewithdrawal FOR EACH ROW
    WHEN (OLD.state = 'withdrawn') EXECUTE FUNCTION refuse_change();
"""

DROP_HANDOVER_FROZEN = """
DROP TRIGGER service_withdrawn_frozen ON governance_servicewithdrawal;
DROP TRIGGER handover_signed_frozen ON governance_asset;
DROP TRIGGER handover_signed_frozen ON governance_handoveritem;
DROP FUNCTION refuse_change_of_signed_handover();
DROP TRIGGER handover_truncate ON governance_handover;
DROP TRIGGER handover_begins_in_preparation ON governance_handover;
DROP TRIGGER handover_signed_frozen ON governance_handover;
"""

SERVICE_RECORD_FROZEN = """
-- What a service was and what it was worth stays as it was proposed; a decision is taken once.
CREATE TRIGGER service_record_frozen BEFORE UPDATE ON governance_servicerecord FOR EACH ROW
    WHEN (NEW.member_id IS DISTINCT FROM OLD.member_id
        OR NEW.rule_id IS DISTINCT FROM OLD.rule_id
        OR NEW.done_on IS DISTINCT FROM OLD.done_on
        OR NEW.text IS DISTINCT FROM OLD.text
        OR NEW.points IS DISTINCT FROM OLD.points
        OR NEW.proposed_by_id IS DISTINCT FROM OLD.proposed_by_id
        OR (OLD.state <> 'proposed' AND (
            NEW.state IS DISTINCT FROM OLD.state
            OR NEW.decision IS DISTINCT FROM OLD.decision
            OR NEW.decided_at IS DISTINCT FROM OLD.decided_at
            OR NEW.decided_by_id IS DISTINCT FROM OLD.decided_by_id)))
    EXECUTE FUNCTION refuse_change();
"""

DROP_SERVICE_RECORD_FROZEN = """
DROP TRIGGER service_record_frozen ON governance_servicerecord;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0001_bodies_party_handover_upkeep"),
        ("accounts", "0002_append_only"),
    ]

    operations = [
        *(migrations.RunSQL(TRIGGERS.format(table=table), DROP_TRIGGERS.format(table=table)) for table in APPEND_ONLY),
        migrations.RunSQL(HANDOVER_FROZEN, DROP_HANDOVER_FROZEN),
        migrations.RunSQL(SERVICE_RECORD_FROZEN, DROP_SERVICE_RECORD_FROZEN),
    ]
