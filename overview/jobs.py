"""What the job worker does for this app."""

from django_tasks import task

from accounts.services.jobs import HeldElsewhere
from overview.models import Export
from overview.services import weekly
from overview.services.exports import making


@task()
def make_export(export_id: int) -> None:
    """Make the file of an export, and mail it if it is a weekly one. Run twice, it does both once.

    Raises HeldElsewhere while another process makes it: that one may be a lost worker, whose connection is not cut yet.
    """
    making.make_export(export_id=export_id)
    if Export.objects.unfinished().filter(pk=export_id).exists():
        raise HeldElsewhere
    weekly.mail_export(export_id=export_id)
