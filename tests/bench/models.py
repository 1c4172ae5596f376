from django.db import models


class BareRow(models.Model):
    """One row with what a visit says and nothing that the product adds: no ledger, no rules, no projections."""

    client_id = models.UUIDField(unique=True)
    household = models.BigIntegerField()
    outcome = models.CharField(max_length=10)
    given = models.CharField(max_length=10, blank=True)
    respondent = models.CharField(max_length=8, blank=True)
    visited_at = models.DateTimeField()
    note = models.TextField(blank=True)

    def __str__(self) -> str:
        return str(self.client_id)
