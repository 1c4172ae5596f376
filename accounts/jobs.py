"""What the job worker does for this app."""

from django_tasks import task

from accounts.services.webhooks import sending


@task(queue_name="webhooks")
def deliver_webhook(delivery_id: int) -> None:
    """Try a delivery of a webhook. Run twice, it is tried once."""
    sending.deliver(delivery_id=delivery_id)
