from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractApplication


class ApiClient(AbstractApplication):
    """An integrator's system: OAuth 2.0 client credentials, bound to scopes and a territory.

    A client-credentials token has no user, so each client has a service user: `visible_to` meets one kind of caller.
    `client_secret` is the hash of its newest secret; those that it replaced are in `secrets` as long as they hold.
    """

    resource = "api-clients"

    service_user = models.OneToOneField(
        "accounts.User", models.PROTECT, related_name="api_client", verbose_name=_("service user")
    )
    territory = models.CharField(_("territory"), max_length=16)
    scopes = ArrayField(models.CharField(max_length=32), verbose_name=_("scopes"))
    expires_on = models.DateField(
        _("last day"), null=True, blank=True, help_text=_("At the end of this day its access ends. Empty: it goes on.")
    )
    requests_per_minute = models.PositiveIntegerField(
        _("requests a minute"), null=True, blank=True, help_text=_("Empty: the limit of the site.")
    )
    last_used_at = models.DateTimeField(
        _("last used at"), null=True, blank=True, editable=False, help_text=_("To within ten minutes.")
    )

    class Meta(AbstractApplication.Meta):
        swappable = "OAUTH2_PROVIDER_APPLICATION_MODEL"
        verbose_name = _("API client")
        verbose_name_plural = _("API clients")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(requests_per_minute=None) | models.Q(requests_per_minute__gte=1),
                name="client_requests_1_or_more",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ends_at(self) -> datetime | None:
        """The moment from which it has no access: the midnight after its last day, in the time zone of the site."""
        if self.expires_on is None:
            return None
        day: date = self.expires_on
        return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))

    def is_usable(self, request: object) -> bool:
        """Whether it may have tokens (asked by the token endpoint, and of each request that brings one): not once its
        service user is switched off, nor after its last day.
        """
        ends_at = self.ends_at
        return self.service_user.is_active and (ends_at is None or timezone.now() < ends_at)


class ClientSecret(models.Model):
    """A secret that an API client was given, as a hash. The newest holds without end; the one that it replaced holds
    until `expires_at`, so that whoever runs the client can change it over without a gap.
    """

    client = models.ForeignKey(ApiClient, models.CASCADE, related_name="secrets", verbose_name=_("API client"))
    hash = models.CharField(max_length=255, editable=False)
    hint = models.CharField(_("last four characters"), max_length=4, blank=True, editable=False)
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("made by")
    )
    expires_at = models.DateTimeField(_("ends at"), null=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True)

    class Meta:
        verbose_name = _("secret of an API client")
        verbose_name_plural = _("secrets of API clients")
        constraints = [models.UniqueConstraint(fields=["client", "hash"], name="client_secret_once")]

    def __str__(self) -> str:
        return f"{self.client} · …{self.hint}"
