from django.db import migrations

# What hangs in public does not change: another content is another notice. An objection's words stay as they came.
FROZEN = """
CREATE TRIGGER notice_frozen BEFORE UPDATE ON consent_publicnotice FOR EACH ROW
    WHEN (NEW.neighbourhood_id IS DISTINCT FROM OLD.neighbourhood_id
        OR NEW.kind IS DISTINCT FROM OLD.kind
        OR NEW.title IS DISTINCT FROM OLD.title
        OR NEW.text IS DISTINCT FROM OLD.text
        OR NEW.survey_id IS DISTINCT FROM OLD.survey_id
        OR NEW.plan_id IS DISTINCT FROM OLD.plan_id
        OR NEW.tree_head_id IS DISTINCT FROM OLD.tree_head_id
        OR NEW.replaces_id IS DISTINCT FROM OLD.replaces_id
        OR NEW.place IS DISTINCT FROM OLD.place
        OR NEW.posted_on IS DISTINCT FROM OLD.posted_on
        OR NEW.ends_on < OLD.ends_on
        OR OLD.state <> 'posted')
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER notice_kept BEFORE DELETE ON consent_publicnotice FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER objection_frozen BEFORE UPDATE ON consent_objection FOR EACH ROW
    WHEN (NEW.notice_id IS DISTINCT FROM OLD.notice_id
        OR NEW.text IS DISTINCT FROM OLD.text
        OR NEW.raised_on IS DISTINCT FROM OLD.raised_on
        OR OLD.state = 'answered')
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER objection_kept BEFORE DELETE ON consent_objection FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""

DROP_FROZEN = """
DROP TRIGGER notice_frozen ON consent_publicnotice;
DROP TRIGGER notice_kept ON consent_publicnotice;
DROP TRIGGER objection_frozen ON consent_objection;
DROP TRIGGER objection_kept ON consent_objection;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0004_notices_and_plans_shown"),
        ("accounts", "0002_append_only"),
    ]

    operations = [migrations.RunSQL(FROZEN, DROP_FROZEN)]
