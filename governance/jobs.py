"""What the job worker does for this app."""

from django_tasks import task

from governance.services.bodies_evidence import tell_after_vote_fell


@task()
def vote_fell(neighbourhood_id: int) -> None:
    """Tell the guards who stands and who manages, now that a vote there was rescinded. Run twice, it tells once."""
    tell_after_vote_fell(neighbourhood_id=neighbourhood_id)
