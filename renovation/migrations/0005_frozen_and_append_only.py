from django.db import migrations

APPEND_ONLY = (
    "renovation_acceptance",
    "renovation_awardstep",
    "renovation_completionfiling",
    "renovation_defectevent",
    "renovation_evaluationanswer",
    "renovation_fundingentry",
    "renovation_packageevent",
    "renovation_progressentry",
    "renovation_sitereport",
    "renovation_warranty",
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

# Of a frozen revision only the moment at which it comes into force is still open, once.
PLAN_FROZEN = """
CREATE TRIGGER plan_frozen BEFORE UPDATE ON renovation_renovationplan FOR EACH ROW
    WHEN (OLD.state = 'frozen' AND (
        NEW.neighbourhood_id IS DISTINCT FROM OLD.neighbourhood_id
        OR NEW.number IS DISTINCT FROM OLD.number
        OR NEW.menu_edition_id IS DISTINCT FROM OLD.menu_edition_id
        OR NEW.based_on_id IS DISTINCT FROM OLD.based_on_id
        OR NEW.state IS DISTINCT FROM OLD.state
        OR NEW.reason IS DISTINCT FROM OLD.reason
        OR NEW.document IS DISTINCT FROM OLD.document
        OR NEW.item_count IS DISTINCT FROM OLD.item_count
        OR NEW.total IS DISTINCT FROM OLD.total
        OR NEW.digest IS DISTINCT FROM OLD.digest
        OR NEW.notice_needed IS DISTINCT FROM OLD.notice_needed
        OR NEW.frozen_at IS DISTINCT FROM OLD.frozen_at
        OR NEW.frozen_by_id IS DISTINCT FROM OLD.frozen_by_id
        OR (OLD.in_force_at IS NOT NULL AND NEW.in_force_at IS DISTINCT FROM OLD.in_force_at)))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER plan_kept BEFORE DELETE ON renovation_renovationplan FOR EACH ROW
    WHEN (OLD.state = 'frozen') EXECUTE FUNCTION refuse_change();
CREATE TRIGGER plan_truncate BEFORE TRUNCATE ON renovation_renovationplan
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

DROP_PLAN_FROZEN = """
DROP TRIGGER plan_frozen ON renovation_renovationplan;
DROP TRIGGER plan_kept ON renovation_renovationplan;
DROP TRIGGER plan_truncate ON renovation_renovationplan;
"""

# What a frozen revision is made of: it gets nothing more, and loses and changes nothing.
PARTS_FROZEN = """
CREATE FUNCTION refuse_change_of_frozen_plan() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    plan bigint;
BEGIN
    IF TG_ARGV[0] = 'item' THEN
        SELECT i.plan_id INTO plan FROM renovation_planitem i
            WHERE i.id = CASE TG_OP WHEN 'DELETE' THEN OLD.plan_item_id ELSE NEW.plan_item_id END;
    ELSE
        plan := CASE TG_OP WHEN 'DELETE' THEN OLD.plan_id ELSE NEW.plan_id END;
    END IF;
    IF EXISTS (SELECT 1 FROM renovation_renovationplan p WHERE p.id = plan AND p.state = 'frozen') THEN
        RAISE EXCEPTION '% of a frozen plan: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '23514';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER plan_frozen BEFORE INSERT OR UPDATE OR DELETE ON renovation_planitem
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_frozen_plan('plan');
CREATE TRIGGER plan_frozen BEFORE INSERT OR UPDATE OR DELETE ON renovation_householdshare
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_frozen_plan('plan');
CREATE TRIGGER plan_frozen BEFORE INSERT OR UPDATE OR DELETE ON renovation_fundingshare
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_frozen_plan('item');
"""

DROP_PARTS_FROZEN = """
DROP TRIGGER plan_frozen ON renovation_planitem;
DROP TRIGGER plan_frozen ON renovation_householdshare;
DROP TRIGGER plan_frozen ON renovation_fundingshare;
DROP FUNCTION refuse_change_of_frozen_plan();
"""

# An award goes one step at a time, and its sum is settled once it has left `planned` (policy.md, section e).
AWARD_STEPS = """
CREATE TRIGGER award_begins_planned BEFORE INSERT ON renovation_awardtranche FOR EACH ROW
    WHEN (NEW.state <> 'planned') EXECUTE FUNCTION refuse_change();
CREATE TRIGGER award_step_by_step BEFORE UPDATE ON renovation_awardtranche FOR EACH ROW
    WHEN ((NEW.state <> OLD.state
            AND (OLD.state, NEW.state) NOT IN
                (('planned', 'eligible'), ('eligible', 'approved'), ('approved', 'paid')))
        OR (OLD.state <> 'planned' AND (
            NEW.source_id <> OLD.source_id OR NEW.number <> OLD.number OR NEW.amount <> OLD.amount)))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER award_kept BEFORE DELETE ON renovation_awardtranche FOR EACH ROW
    WHEN (OLD.state <> 'planned') EXECUTE FUNCTION refuse_change();
"""

DROP_AWARD_STEPS = """
DROP TRIGGER award_begins_planned ON renovation_awardtranche;
DROP TRIGGER award_step_by_step ON renovation_awardtranche;
DROP TRIGGER award_kept ON renovation_awardtranche;
"""

EVALUATION_CLOSED = """
CREATE TRIGGER evaluation_closed BEFORE UPDATE ON renovation_evaluation FOR EACH ROW
    WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER evaluation_kept BEFORE DELETE ON renovation_evaluation FOR EACH ROW
    EXECUTE FUNCTION refuse_change();
"""

DROP_EVALUATION_CLOSED = """
DROP TRIGGER evaluation_closed ON renovation_evaluation;
DROP TRIGGER evaluation_kept ON renovation_evaluation;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("renovation", "0004_plans_funding_works"),
        ("accounts", "0002_append_only"),
    ]

    operations = [
        *(migrations.RunSQL(TRIGGERS.format(table=table), DROP_TRIGGERS.format(table=table)) for table in APPEND_ONLY),
        migrations.RunSQL(PLAN_FROZEN, DROP_PLAN_FROZEN),
        migrations.RunSQL(PARTS_FROZEN, DROP_PARTS_FROZEN),
        migrations.RunSQL(AWARD_STEPS, DROP_AWARD_STEPS),
        migrations.RunSQL(EVALUATION_CLOSED, DROP_EVALUATION_CLOSED),
    ]
