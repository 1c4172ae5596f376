"""What the lists of governance share: they are read here, and written where they are kept."""

from django.utils.translation import gettext_lazy as _

from accounts.back_office.admins import BackOfficeAdmin
from accounts.choices import Act
from renovation.back_office import by_place


class GovernanceAdmin(BackOfficeAdmin):
    """Rows of a neighbourhood's governance. `place` leads from a row to its neighbourhood."""

    act: Act | None = Act.BODIES
    place = "neighbourhood"
    list_select_related = ["neighbourhood"]
    search_fields = by_place("neighbourhood")
    search_help_text = _("By neighbourhood.")
    ordering = ["-id"]
