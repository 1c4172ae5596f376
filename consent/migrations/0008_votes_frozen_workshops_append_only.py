from django.db import migrations

APPEND_ONLY = (
    "consent_announcement",
    "consent_ballot",
    "consent_votehead",
    "consent_voterpart",
    "consent_workshopdecision",
)
NEVER_DELETED = ("consent_voter", "consent_ballotprivatedata", "consent_votechallenge")

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

# The roll keeps what it froze; what is personal may be erased, never rewritten.
ROLL_FROZEN = """
CREATE TRIGGER roll_frozen BEFORE UPDATE ON consent_voter FOR EACH ROW
    WHEN (NEW.vote_id IS DISTINCT FROM OLD.vote_id
        OR NEW.owner_id IS DISTINCT FROM OLD.owner_id
        OR NEW.kind IS DISTINCT FROM OLD.kind
        OR NEW.area IS DISTINCT FROM OLD.area
        OR NEW.voter_hash IS DISTINCT FROM OLD.voter_hash
        OR (NEW.name IS DISTINCT FROM OLD.name AND NEW.name <> '')
        OR (NEW.voter_salt IS DISTINCT FROM OLD.voter_salt AND NEW.voter_salt IS NOT NULL))
    EXECUTE FUNCTION refuse_change();
"""

PRIVATE_ERASABLE = """
CREATE TRIGGER only_erased BEFORE UPDATE ON consent_ballotprivatedata FOR EACH ROW
    WHEN (NEW.ballot_id IS DISTINCT FROM OLD.ballot_id
        OR (NEW.salt IS DISTINCT FROM OLD.salt AND NEW.salt IS NOT NULL)
        OR (NEW.proxy_holder IS DISTINCT FROM OLD.proxy_holder AND NEW.proxy_holder <> '')
        OR (NEW.proof IS DISTINCT FROM OLD.proof AND NEW.proof <> '')
        OR (NEW.note IS DISTINCT FROM OLD.note AND NEW.note <> '')
        OR (NEW.content_digest IS DISTINCT FROM OLD.content_digest AND NEW.content_digest IS NOT NULL)
        OR (NEW.receipt_code IS DISTINCT FROM OLD.receipt_code AND NEW.receipt_code IS NOT NULL)
        OR NEW.erased_at IS NULL)
    EXECUTE FUNCTION refuse_change();
"""

# A vote keeps what was asked and how it is counted, and its result once it has one. The ledger only grows.
VOTE_FROZEN = """
CREATE TRIGGER vote_frozen BEFORE UPDATE ON consent_ownersvote FOR EACH ROW
    WHEN (NEW.neighbourhood_id IS DISTINCT FROM OLD.neighbourhood_id
        OR NEW.number IS DISTINCT FROM OLD.number
        OR NEW.matter IS DISTINCT FROM OLD.matter
        OR NEW.title IS DISTINCT FROM OLD.title
        OR NEW.text IS DISTINCT FROM OLD.text
        OR NEW.scope IS DISTINCT FROM OLD.scope
        OR NEW.stairwell_id IS DISTINCT FROM OLD.stairwell_id
        OR NEW.rules_id IS DISTINCT FROM OLD.rules_id
        OR NEW.silent_votes IS DISTINCT FROM OLD.silent_votes
        OR NEW.count_spaces IS DISTINCT FROM OLD.count_spaces
        OR NEW.proxy_limit IS DISTINCT FROM OLD.proxy_limit
        OR NEW.opened_at IS DISTINCT FROM OLD.opened_at
        OR NEW.ledger IS DISTINCT FROM OLD.ledger
        OR NEW.tree_size < OLD.tree_size
        OR (OLD.closed_at IS NOT NULL AND (
            NEW.closed_at IS DISTINCT FROM OLD.closed_at
            OR NEW.verdict IS DISTINCT FROM OLD.verdict
            OR NEW.result IS DISTINCT FROM OLD.result
            OR NEW.tree_size IS DISTINCT FROM OLD.tree_size
            OR NEW.starts_on IS DISTINCT FROM OLD.starts_on
            OR NEW.ends_on IS DISTINCT FROM OLD.ends_on
            OR NEW.announced_on IS DISTINCT FROM OLD.announced_on))
        OR (OLD.cancelled_at IS NOT NULL AND NEW.cancelled_at IS DISTINCT FROM OLD.cancelled_at)
        OR (OLD.rescinded_at IS NOT NULL AND NEW.rescinded_at IS DISTINCT FROM OLD.rescinded_at))
    EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0007_votes_and_workshops")]

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
        migrations.RunSQL(ROLL_FROZEN, "DROP TRIGGER roll_frozen ON consent_voter;"),
        migrations.RunSQL(PRIVATE_ERASABLE, "DROP TRIGGER only_erased ON consent_ballotprivatedata;"),
        migrations.RunSQL(VOTE_FROZEN, "DROP TRIGGER vote_frozen ON consent_ownersvote;"),
    ]
