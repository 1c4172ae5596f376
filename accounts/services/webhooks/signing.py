"""Messages as Standard Webhooks wants them: an id, a time and a signature for each secret in force."""

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook as Signer

PREFIX = "whsec_"


def new_secret() -> str:
    """A secret of 256 bits, in the form that the libraries of Standard Webhooks take."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def new_event_id() -> str:
    """`msg_` and 26 characters of 130 random bits."""
    return "msg_" + base64.b32encode(secrets.token_bytes(17))[:26].decode().lower()


def signed_headers(*, event_id: str, at: datetime, body: str, keys: Sequence[str]) -> dict[str, str]:
    """The three headers of one attempt. While two secrets are in force the message is signed with both."""
    # The library takes whatever time zone it is given for UTC.
    moment = at.astimezone(UTC)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Signer(key).sign(msg_id=event_id, timestamp=moment, data=body) for key in keys),
    }
