from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from renovation.choices import MenuCategory
from renovation.querysets import MenuItemQuerySet


class MenuEdition(models.Model):
    """A city's menu of works, in force until the next edition. Surveys and plans keep the one they began with."""

    resource = "menu-editions"

    valid_from = models.DateField(_("valid from"), unique=True)
    document = models.CharField(_("document"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("menu edition")
        verbose_name_plural = _("menu editions")

    def __str__(self) -> str:
        return self.valid_from.isoformat()


class MenuItem(models.Model):
    """One item residents can order; the must-do ones are in without being ordered (policy.md, section d)."""

    edition = models.ForeignKey(
        MenuEdition, models.CASCADE, related_name="items", verbose_name=_("edition"), db_index=False
    )
    code = models.CharField(_("code"), max_length=8)
    category = models.CharField(_("category"), max_length=12, choices=MenuCategory)
    name_zh = models.CharField(_("Chinese name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=80)
    mandatory = models.BooleanField(_("must-do"), default=False)
    unit = models.CharField(_("unit"), max_length=20)
    funding_hint = models.CharField(_("who usually pays"), max_length=20, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)

    objects = MenuItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("menu item")
        verbose_name_plural = _("menu items")
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["edition", "code"], name="menu_item_code_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh
