from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractApplication


class ApiClient(AbstractApplication):
    """An integrator's system: OAuth 2.0 client credentials, bound to scopes and a territory.

    A client-credentials token has no user, so each client has a service user: `visible_to` meets one kind of caller.
    """

    resource = "api-clients"

    service_user = models.OneToOneField(
        "accounts.User", models.PROTECT, related_name="api_client", verbose_name=_("service user")
    )
    territory = models.CharField(_("territory"), max_length=16)
    scopes = ArrayField(models.CharField(max_length=32), verbose_name=_("scopes"))

    class Meta(AbstractApplication.Meta):
        swappable = "OAUTH2_PROVIDER_APPLICATION_MODEL"
        verbose_name = _("API client")
        verbose_name_plural = _("API clients")

    def __str__(self) -> str:
        return self.name

    def is_usable(self, request: object) -> bool:
        """Whether it may have tokens (asked by the token endpoint): not once its service user is switched off."""
        return self.service_user.is_active
