import io
from hashlib import sha256

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from common import photos
from common.photos import PhotoRefused, read_photo, thumbnail

GPS, ORIENTATION, MAKE = 0x8825, 0x0112, 0x010F


def a_file(size: tuple[int, int] = (40, 30), kind: str = "JPEG") -> SimpleUploadedFile:
    """A photo as a phone sends it: on its side, with the place and the phone's make in it."""
    image = Image.new("RGB", size, "#336699")
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE] = 6, "Phone"
    exif[GPS] = {1: "N", 2: (30.0, 42.0, 0.0)}
    target = io.BytesIO()
    image.save(target, kind, exif=exif)
    return SimpleUploadedFile("photo", target.getvalue())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_made_anew_upright_small_and_without_anything_else(kind):
    sent = read_photo(a_file((3000, 2000), kind))
    assert dict(Image.open(io.BytesIO(sent.content)).getexif().get_ifd(GPS)) != {}

    kept = Image.open(io.BytesIO(sent.cleaned()))

    assert (kept.format, kept.size) == ("JPEG", (1067, 1600))
    assert dict(kept.getexif()) == {}


def test_a_small_photo_keeps_its_size():
    assert Image.open(io.BytesIO(read_photo(a_file((40, 30))).cleaned())).size == (30, 40)


def test_the_digest_is_of_what_was_sent():
    file = a_file()
    content = file.read()
    file.seek(0)

    assert read_photo(file).digest == sha256(content).digest()


@pytest.mark.parametrize("content", [b"", b"no picture", b"%PDF-1.7", a_file((900, 900)).read()[:900]])
def test_what_is_no_photo_is_refused(content):
    with pytest.raises(PhotoRefused, match="JPEG"):
        read_photo(SimpleUploadedFile("photo", content)).cleaned()


def test_exactly_the_largest_file_is_read_and_a_byte_more_is_not(monkeypatch):
    file = a_file()
    monkeypatch.setattr(photos, "LARGEST_FILE", file.size)
    read_photo(file).cleaned()

    monkeypatch.setattr(photos, "LARGEST_FILE", file.size - 1)
    with pytest.raises(PhotoRefused):
        read_photo(file)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(photos, "MOST_PIXELS", 1200)
    read_photo(a_file((40, 30))).cleaned()

    with pytest.raises(PhotoRefused):
        read_photo(a_file((40, 31))).cleaned()


def test_a_small_one_keeps_its_shape():
    small = Image.open(io.BytesIO(thumbnail(read_photo(a_file((1600, 1200))).cleaned(), edge=320)))

    assert (small.format, small.size) == ("JPEG", (240, 320))
