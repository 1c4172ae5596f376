from django.apps import AppConfig


class SiteConfig(AppConfig):
    """No models: it is here so that the checks of the site as a whole are registered."""

    name = "config"

    def ready(self) -> None:
        from config import checks  # noqa: F401 -- registers them
