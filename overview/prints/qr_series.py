"""QR codes of addresses that differ only in their ids, by the tens of thousands.

Making one QR code takes a library some ten milliseconds, most of them for error correction. But all that turns the text
into the picture is linear over bits: parity by Reed and Solomon is, and a mask flips the same modules in each. So the
picture of an address is the picture of its first one, flipped by what each digit that differs flips on its own. Those
flips are taken from the library once for each digit and place; after that a code costs a few exclusive ors.
"""

import zlib
from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache, reduce
from operator import xor
from struct import pack

import segno

ZERO = "0"
FINE = 8
"""Pixels of a module where a code stands alone."""

_WHITE_IS_1 = str.maketrans("01", "10")


class QrSeries:
    """Codes of `address`, in which `#` stands for a digit: gongdi.example/field/surveys/##/doors/#####/.

    All have the size, the error correction (15% may be lost) and the mask of the first.
    """

    def __init__(self, address: str) -> None:
        self._places = [place for place, letter in enumerate(address) if letter == "#"]
        zero = address.replace("#", ZERO)
        first = segno.make(zero, error="m", boost_error=False, micro=False, mode="byte")
        self.side = len(first.matrix)
        self._first = _bits(first)

        def picture(place: int, digit: str) -> int:
            text = f"{zero[:place]}{digit}{zero[place + 1 :]}"
            made = segno.make(
                text, version=first.version, error="m", boost_error=False, micro=False, mode="byte", mask=first.mask
            )
            return _bits(made)

        self._flips = [
            {ZERO: 0, **{digit: picture(place, digit) ^ self._first for digit in "123456789"}} for place in self._places
        ]

    def bits(self, digits: str) -> int:
        """The modules of the code in which these digits stand for `#`, row by row, a black one set."""
        if len(digits) != len(self._places):
            raise ValueError("A digit for every place is needed.")
        return reduce(xor, (flips[digit] for flips, digit in zip(self._flips, digits, strict=True)), self._first)

    def svg(self, digits: str) -> str:
        """One code as the text of an SVG, fine enough to be shown large."""
        side, bits = self.side, f"{self.bits(digits):0{self.side**2}b}"
        rows = [bits[at : at + side].translate(_WHITE_IS_1) for at in range(0, len(bits), side)]
        wide = side * FINE
        padding = "1" * (-wide % 8)
        lines = [int("".join(pixel * FINE for pixel in row) + padding, 2).to_bytes((wide + 7) // 8) for row in rows]
        return _svg(side, side, _png(wide, [line for line in lines for _again in range(FINE)]))

    def column(self, many: Sequence[str], pitch: int) -> str:
        """Codes one below the other as one SVG, each `pitch` modules below the one before it.

        They are a picture of one pixel a module, which is enlarged without smoothing: drawn as lines, a page of codes
        takes the typesetter as long as all that stands beside them.
        """
        width = (self.side + 7) // 8
        white = (1 << 8 * width) - 1
        shift, line = 8 * width - self.side, (1 << self.side) - 1
        gap = [white.to_bytes(width)] * (pitch - self.side)
        rows: list[bytes] = []
        for digits in many:
            bits = self.bits(digits)
            lines = (bits >> self.side * row & line for row in reversed(range(self.side)))
            rows += [(white ^ (black << shift)).to_bytes(width) for black in lines]
            rows += gap
        height = pitch * (len(many) - 1) + self.side
        return _svg(self.side, height, _png(self.side, rows[:height]))


@lru_cache(maxsize=64)
def series_of(address: str) -> QrSeries:
    """The series of an address with its places, kept: a city's surveys share a handful."""
    return QrSeries(address)


def _svg(width: int, height: int, png: bytes) -> str:
    picture = b64encode(png).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"><image width="{width}"'
        f' height="{height}" image-rendering="optimizeSpeed" href="data:image/png;base64,{picture}"/></svg>'
    )


def _png(width: int, rows: Sequence[bytes]) -> bytes:
    """A PNG of black and white, a bit a pixel, of rows of whole bytes (PNG, third edition, sections 5 and 11)."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return pack(">I", len(content)) + kind + content + pack(">I", zlib.crc32(kind + content))

    header = pack(">IIBBBBB", width, len(rows), 1, 0, 0, 0, 0)
    content = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", content) + chunk(b"IEND", b"")


def _bits(code: segno.QRCode) -> int:
    return int("".join("1" if module else "0" for row in code.matrix for module in row), 2)
