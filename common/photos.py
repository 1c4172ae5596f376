"""Photos as phones send them: scaled down, turned upright, rid of location and of all else that a phone adds."""

import io
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from common.errors import DomainError

LARGEST_FILE = 12 * 1024 * 1024
MOST_PIXELS = 60_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
LONG_EDGE = 1600
"""Pixels: an A4 form stays legible, and a photo stays below half a megabyte."""


SMALL_EDGE = 640
"""Pixels: half a phone's width, sharp."""

KEPT_FOR = "private, max-age=86400"
"""The `Cache-Control` of a photo: it never changes, so a browser may keep it for a day."""


class PhotoRefused(DomainError):
    code = "photo_refused"
    status = 400


@dataclass(frozen=True)
class SentPhoto:
    """A file as it was sent, with its SHA-256, by which the same file is known again."""

    content: bytes
    digest: bytes

    def cleaned(self) -> bytes:
        """A JPEG of the picture alone: decoded and encoded anew, so nothing but pixels comes along.

        Raises PhotoRefused.
        """
        try:
            with Image.open(io.BytesIO(self.content), formats=FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise PhotoRefused(_("The photo has too many pixels."))
                image = ImageOps.exif_transpose(opened).convert("RGB")
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise PhotoRefused(_("This is no photo that can be read. Send a JPEG, PNG or WebP.")) from error
        image.thumbnail((LONG_EDGE, LONG_EDGE))
        target = io.BytesIO()
        image.save(target, "JPEG", quality=80, optimize=True)
        return target.getvalue()


def read_photo(file: UploadedFile[Any] | File[Any]) -> SentPhoto:
    """What was sent, not yet looked into. Raises PhotoRefused where it is larger than a photo is."""
    if file.size is None or file.size > LARGEST_FILE:
        raise PhotoRefused(_("A photo has at most 12 MB."))
    sent = file.read()
    return SentPhoto(content=sent, digest=sha256(sent).digest())


def thumbnail(content: bytes, edge: int = SMALL_EDGE) -> bytes:
    """A kept photo, small: for lists on a phone. Some 10 ms, since a JPEG is read at a fraction of its size."""
    with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
        opened.draft("RGB", (edge, edge))
        image = opened.convert("RGB")
    image.thumbnail((edge, edge))
    target = io.BytesIO()
    image.save(target, "JPEG", quality=75)
    return target.getvalue()
