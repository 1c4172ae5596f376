from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SavedList(models.Model):
    """A list of the back office, narrowed and put in order, under a name of one's own.

    `list_of` is the label of its model, as `accounts.user`; `query` the address's part after the question mark. One
    that is shared stands above the list for everybody who may open it, and shows each what they may see.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="saved_lists",
        verbose_name=_("user"),
        # The name's constraint serves.
        db_index=False,
    )
    list_of = models.CharField(_("list"), max_length=100)
    name = models.CharField(_("name"), max_length=40)
    query = models.CharField(_("search and filters"), max_length=1000)
    is_shared = models.BooleanField(
        _("for everybody who may open the list"), default=False, help_text=_("Each sees the rows that they may see.")
    )
    position = models.PositiveSmallIntegerField(_("place in the row of views"), default=0)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("view of a list")
        verbose_name_plural = _("views of lists")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["user", "list_of", "name"], name="saved_list_name_once")]
        indexes = [
            # Those that everybody sees above a list.
            models.Index(fields=["list_of"], condition=models.Q(is_shared=True), name="saved_list_shared"),
        ]

    def __str__(self) -> str:
        return self.name
