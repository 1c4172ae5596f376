"""The back office of the registry, the menu, the lifecycle, plans, money and works: one module a subject."""

from renovation.admin import evaluations, lifecycle, menu, money, plans, registry, roster_imports, supervision, works

__all__ = ["evaluations", "lifecycle", "menu", "money", "plans", "registry", "roster_imports", "supervision", "works"]
