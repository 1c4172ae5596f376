"""What the job worker does for this app."""

from django_tasks import task

from overview.services import weekly
from overview.services.exports import making


@task()
def make_export(export_id: int) -> None:
    """Make the file of an export, and mail it if it is a weekly one. Run twice, it does both once."""
    making.make_export(export_id=export_id)
    weekly.mail_export(export_id=export_id)
