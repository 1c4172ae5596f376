from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RenovationConfig(AppConfig):
    name = "renovation"
    verbose_name = _("Registry and renovation")
    default_auto_field = "django.db.models.BigAutoField"
