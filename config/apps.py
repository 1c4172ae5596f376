from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class SiteConfig(AppConfig):
    """No models: it is here so that the checks of the site as a whole are registered."""

    name = "config"

    def ready(self) -> None:
        from config import checks  # noqa: F401 -- registers them


class BackOfficeConfig(admin_apps.AdminConfig):
    """Django's admin, with our site in its place."""

    default = False

    default_site = "accounts.back_office.site.BackOfficeSite"
