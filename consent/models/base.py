"""What rows share that keep a ledger of their own."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class LedgerEdge(models.Model):
    """A ledger's name and the right edge of its tree (docs/ledger.md). Appends queue on this row's lock.

    `entries` is the manager of its leaves, `heads` that of the heads that were published.
    """

    ledger = models.UUIDField(_("ledger"), default=uuid.uuid4, unique=True, editable=False)
    tree_size = models.PositiveIntegerField(_("entries in the ledger"), default=0)
    tree_edge = ArrayField(models.BinaryField(), default=list)
    root_hash = models.BinaryField(_("root hash"))
    last_recorded_at = models.DateTimeField(_("last entry recorded at"), null=True)

    class Meta:
        abstract = True
