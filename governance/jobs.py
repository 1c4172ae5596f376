"""What the job worker does for this app."""

from django_tasks import task

from governance.services.bodies_evidence import tell_after_vote_fell
from governance.services.fees import billing, matching


@task()
def vote_fell(neighbourhood_id: int) -> None:
    """Tell the guards who stands and who manages, now that a vote there was rescinded. Run twice, it tells once."""
    tell_after_vote_fell(neighbourhood_id=neighbourhood_id)


@task()
def run_billing(run_id: int) -> None:
    """Do a queued billing run. Run twice, it bills once."""
    billing.run_billing(run_id)


@task()
def match_statement(statement_id: int, user_id: int) -> None:
    """Go on with matching a statement of many lines. Run twice, it records each line once."""
    matching.match_in_background(statement_id, user_id)
