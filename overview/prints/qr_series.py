"""QR codes of addresses that differ only in their ids, by the tens of thousands.

Making one QR code takes a library some ten milliseconds, most of them for error correction. But all that turns the text
into the picture is linear over bits: parity by Reed and Solomon is, and a mask flips the same modules in each. So the
picture of an address is the picture of its first one, flipped by what each digit that differs flips on its own. Those
flips are taken from the library once for each digit and place; after that a code costs a few exclusive ors.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache, reduce
from operator import xor

import segno

_RUN = re.compile("0+|1+")
ZERO = "0"
CHUNK = 11
"""Modules that are drawn by one look into a table of strokes: 2,048 of them."""


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

        self._chunks = list(_chunks(self.side))
        self._flips = [
            {ZERO: 0, **{digit: picture(place, digit) ^ self._first for digit in "123456789"}} for place in self._places
        ]

    def bits(self, digits: str) -> int:
        """The modules of the code in which these digits stand for `#`, row by row, a black one set."""
        if len(digits) != len(self._places):
            raise ValueError("A digit for every place is needed.")
        return reduce(xor, (flips[digit] for flips, digit in zip(self._flips, digits, strict=True)), self._first)

    def svg(self, digits: str) -> str:
        """The code as the text of an SVG: one path, drawn row by row with the pen's width as a module's height."""
        return self.column([digits], self.side)

    def column(self, many: Sequence[str], pitch: int) -> str:
        """Codes one below the other as one SVG, each `pitch` modules below the one before it: a picture of a dozen
        takes the typesetter little longer than a picture of one. Each is moved into its place as a whole, which keeps
        its numbers, and so the file, small.
        """
        paths = "".join(
            f'<path transform="translate(0 {pitch * place})" stroke="#000" d="M0 .5{self._path(digits)}"/>'
            for place, digits in enumerate(many)
        )
        height = pitch * (len(many) - 1) + self.side
        return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.side} {height}">{paths}</svg>'

    def _path(self, digits: str) -> str:
        bits = self.bits(digits)
        return "".join([table[bits >> shift & mask] for table, shift, mask in self._chunks])


@lru_cache(maxsize=64)
def series_of(address: str) -> QrSeries:
    """The series of an address with its places, kept: a city's surveys share a handful."""
    return QrSeries(address)


def _chunks(side: int) -> Iterator[tuple[Sequence[str], int, int]]:
    """How a code is drawn: tables of strokes, one after the other, each with where its modules lie among the bits."""
    widths = [CHUNK] * (side // CHUNK) + [side % CHUNK] * (side % CHUNK > 0)
    left = side * side
    for _row in range(side):
        for place, width in enumerate(widths):
            left -= width
            table = _strokes(width, f"m-{side} 1" if place == len(widths) - 1 else "")
            yield table, left, (1 << width) - 1


@cache
def _strokes(width: int, after: str) -> Sequence[str]:
    """For each pattern of so many modules the strokes that draw it: the pen ends `width` further, and then `after`."""

    def stroke(pattern: str) -> str:
        runs = (run[0] for run in _RUN.finditer(pattern))
        return "".join(f"h{len(run)}" if run[0] == "1" else f"m{len(run)} 0" for run in runs) + after

    return [stroke(f"{pattern:0{width}b}") for pattern in range(1 << width)]


def _bits(code: segno.QRCode) -> int:
    return int("".join("1" if module else "0" for row in code.matrix for module in row), 2)
