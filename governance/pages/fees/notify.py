"""Where payment providers notify us. Anybody may call here; what a provider did not sign is refused."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from governance.models import PaymentChannel
from governance.services.fees.notifications import take_notification

MAX_BYTES = 64 * 1024
"""A notification has two or three thousand."""


@csrf_exempt
@require_POST
def fee_notify(request: HttpRequest, provider: str, channel: int) -> HttpResponse:
    found = get_object_or_404(PaymentChannel.objects.select_related("neighbourhood"), pk=channel, provider=provider)
    body = request.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        return HttpResponse(status=413)
    answer = take_notification(channel=found, headers=request.headers, body=body)
    return HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)
