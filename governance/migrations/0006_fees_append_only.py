from django.db import migrations

APPEND_ONLY = (
    "governance_allocation",
    "governance_disclosure",
    "governance_feeaudit",
    "governance_payment",
    "governance_paymentreversal",
    "governance_providernotice",
    "governance_purseentry",
    "governance_refund",
    "governance_reminder",
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

BILL_FROZEN = """
-- What was posted is what is owed: only what is settled of it, its state, and what voids it change. Void is the end.
CREATE TRIGGER bill_frozen BEFORE UPDATE ON governance_bill FOR EACH ROW
    WHEN (OLD.state = 'void'
        OR NEW.id IS DISTINCT FROM OLD.id
        OR NEW.run_id IS DISTINCT FROM OLD.run_id
        OR NEW.neighbourhood_id IS DISTINCT FROM OLD.neighbourhood_id
        OR NEW.account_id IS DISTINCT FROM OLD.account_id
        OR NEW.household_id IS DISTINCT FROM OLD.household_id
        OR NEW.kind IS DISTINCT FROM OLD.kind
        OR NEW.charge IS DISTINCT FROM OLD.charge
        OR NEW.period IS DISTINCT FROM OLD.period
        OR NEW.starts_on IS DISTINCT FROM OLD.starts_on
        OR NEW.ends_on IS DISTINCT FROM OLD.ends_on
        OR NEW.due_on IS DISTINCT FROM OLD.due_on
        OR NEW.amount IS DISTINCT FROM OLD.amount
        OR NEW.reduction IS DISTINCT FROM OLD.reduction
        OR NEW.lines IS DISTINCT FROM OLD.lines
        OR NEW.late_for_id IS DISTINCT FROM OLD.late_for_id
        OR NEW.replaces_id IS DISTINCT FROM OLD.replaces_id
        OR NEW.created_at IS DISTINCT FROM OLD.created_at)
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bill_stays BEFORE DELETE ON governance_bill FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bill_truncate BEFORE TRUNCATE ON governance_bill
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

DROP_BILL_FROZEN = """
DROP TRIGGER bill_truncate ON governance_bill;
DROP TRIGGER bill_stays ON governance_bill;
DROP TRIGGER bill_frozen ON governance_bill;
"""

DATA_FROZEN = """
-- Bills name their schedule: what it priced stays. It may still be given an end.
CREATE TRIGGER fee_schedule_frozen BEFORE UPDATE ON governance_feeschedule FOR EACH ROW
    WHEN (OLD.billed_at IS NOT NULL AND (
        NEW.billed_at IS DISTINCT FROM OLD.billed_at
        OR NEW.neighbourhood_id IS DISTINCT FROM OLD.neighbourhood_id
        OR NEW.kind IS DISTINCT FROM OLD.kind
        OR NEW.name IS DISTINCT FROM OLD.name
        OR NEW.basis IS DISTINCT FROM OLD.basis
        OR NEW.unit_price IS DISTINCT FROM OLD.unit_price
        OR NEW.uses IS DISTINCT FROM OLD.uses
        OR NEW.space_ownerships IS DISTINCT FROM OLD.space_ownerships
        OR NEW.vacant_share IS DISTINCT FROM OLD.vacant_share
        OR NEW.late_charge_daily IS DISTINCT FROM OLD.late_charge_daily
        OR NEW.due_days IS DISTINCT FROM OLD.due_days
        OR NEW.free_minutes IS DISTINCT FROM OLD.free_minutes
        OR NEW.daily_cap IS DISTINCT FROM OLD.daily_cap
        OR NEW.valid_from IS DISTINCT FROM OLD.valid_from
        OR NEW.document IS DISTINCT FROM OLD.document))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER fee_schedule_stays BEFORE DELETE ON governance_feeschedule FOR EACH ROW
    WHEN (OLD.billed_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
-- What was decided is decided; an approved reduction may still be withdrawn for what is not billed yet.
CREATE TRIGGER fee_reduction_frozen BEFORE UPDATE ON governance_feereduction FOR EACH ROW
    WHEN (NEW.household_id IS DISTINCT FROM OLD.household_id
        OR NEW.kind IS DISTINCT FROM OLD.kind
        OR NEW.share IS DISTINCT FROM OLD.share
        OR NEW.from_month IS DISTINCT FROM OLD.from_month
        OR NEW.to_month IS DISTINCT FROM OLD.to_month
        OR NEW.proposed_by_id IS DISTINCT FROM OLD.proposed_by_id
        OR OLD.state IN ('refused', 'withdrawn')
        OR (OLD.state = 'approved' AND NEW.state NOT IN ('approved', 'withdrawn')))
    EXECUTE FUNCTION refuse_change();
-- Control totals are those of the closing; a closed month is opened once, and closed anew by another row.
CREATE TRIGGER month_closing_frozen BEFORE UPDATE ON governance_monthclosing FOR EACH ROW
    WHEN (OLD.reopened_at IS NOT NULL
        OR NEW.neighbourhood_id IS DISTINCT FROM OLD.neighbourhood_id
        OR NEW.month IS DISTINCT FROM OLD.month
        OR NEW.totals IS DISTINCT FROM OLD.totals
        OR NEW.digest IS DISTINCT FROM OLD.digest
        OR NEW.closed_at IS DISTINCT FROM OLD.closed_at
        OR NEW.closed_by_id IS DISTINCT FROM OLD.closed_by_id)
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER month_closing_stays BEFORE DELETE ON governance_monthclosing
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""

DROP_DATA_FROZEN = """
DROP TRIGGER month_closing_stays ON governance_monthclosing;
DROP TRIGGER month_closing_frozen ON governance_monthclosing;
DROP TRIGGER fee_reduction_frozen ON governance_feereduction;
DROP TRIGGER fee_schedule_stays ON governance_feeschedule;
DROP TRIGGER fee_schedule_frozen ON governance_feeschedule;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0005_fees"),
        ("accounts", "0002_append_only"),
    ]

    operations = [
        *(migrations.RunSQL(TRIGGERS.format(table=table), DROP_TRIGGERS.format(table=table)) for table in APPEND_ONLY),
        migrations.RunSQL(BILL_FROZEN, DROP_BILL_FROZEN),
        migrations.RunSQL(DATA_FROZEN, DROP_DATA_FROZEN),
    ]
