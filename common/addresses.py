"""Whole addresses of pages, as they stand on paper, in QR codes and in mail."""

from typing import Any

from django.conf import settings
from django.urls import reverse


def site_address(name: str, *args: Any) -> str:
    """The address of a named page on this site, by the name under which people reach it (SITE_ADDRESS)."""
    return f"{settings.SITE_ADDRESS}{reverse(name, args=args)}"
