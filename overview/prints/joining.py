"""Many PDFs of the typesetter as one file, written part by part, so that memory does not grow with the pages.

The typesetter writes plain PDF: numbered objects, a table of where each begins, no compressed object streams. Joining
is then to give every object a new number and to hang each part's tree of pages below one root. Anything else is
refused: this is no reader of other people's files.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

HEAD = b"%PDF-1.7\n%\x80\x80\x80\x80\n"
CATALOG, PAGES, INFO = 1, 2, 3
"""Numbers of our own objects; those of the parts follow."""

_OBJECT = re.compile(rb"(\d+) 0 obj\s")
_TABLE_ROW = re.compile(rb"(\d{10}) \d{5} ([nf])")
# Text in brackets is passed over: a "5 0 R" in it is no reference.
_REFERENCE = re.compile(rb"\((?:\\.|[^\\()])*\)|\b(\d+) 0 R\b")


class NotOurs(ValueError):
    """The bytes are no PDF as the typesetter writes it."""


class JoinedPdf:
    """A PDF that is being written. `add` takes a whole PDF and answers how many pages it brought."""

    def __init__(self, path: Path, *, title: str, language: str) -> None:
        self._path, self._title, self._language = path, title, language
        self._offsets: dict[int, int] = {}
        self._trees: list[int] = []
        self._next = INFO + 1
        self.pages = 0

    def __enter__(self) -> Self:
        self._file: BinaryIO = self._path.open("wb")
        self._file.write(HEAD)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._finish()
        self._file.close()

    def add(self, pdf: bytes) -> int:
        objects = dict(_objects_of(pdf))
        trailer = pdf[pdf.rindex(b"trailer") :]
        catalog = _number(rb"/Root (\d+) 0 R", trailer)
        tree = _number(rb"/Pages (\d+) 0 R", objects[catalog])
        # What describes a part as a document of its own is left out; of the rest nothing refers to it.
        own = {catalog, _number(rb"/Info (\d+) 0 R", trailer), _number(rb"/Metadata (\d+) 0 R", objects[catalog])}
        shift = self._next - 1
        for number, content in objects.items():
            if number in own:
                continue
            moved = _renumbered(content, shift)
            if number == tree:
                moved = moved.replace(b"/Type/Pages", b"/Type/Pages/Parent %d 0 R" % PAGES, 1)
            self._write(number + shift, moved)
        self._next += max(objects)
        self._trees.append(tree + shift)
        pages = _number(rb"/Count (\d+)", objects[tree])
        self.pages += pages
        return pages

    def _write(self, number: int, content: bytes) -> None:
        self._offsets[number] = self._file.tell()
        self._file.write(b"%d 0 obj\n%b\nendobj\n" % (number, content))

    def _finish(self) -> None:
        kids = b" ".join(b"%d 0 R" % tree for tree in self._trees)
        self._write(PAGES, b"<</Type/Pages/Count %d/Kids[%b]>>" % (self.pages, kids))
        self._write(INFO, b"<</Title %b>>" % _text(self._title))
        preferences = b"/ViewerPreferences<</DisplayDocTitle true>>"
        self._write(
            CATALOG, b"<</Type/Catalog/Pages %d 0 R/Lang(%b)%b>>" % (PAGES, self._language.encode("ascii"), preferences)
        )
        start = self._file.tell()
        self._file.write(b"xref\n0 %d\n" % self._next)
        for number in range(self._next):
            offset = self._offsets.get(number)
            row = b"0000000000 65535 f \n" if offset is None else b"%010d 00000 n \n" % offset
            self._file.write(row)
        self._file.write(
            b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n"
            % (self._next, CATALOG, INFO, start)
        )


def _objects_of(pdf: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and content of every object, by the table at the end of the file."""
    begin = pdf.rfind(b"startxref")
    table = int(pdf[begin:].split()[1]) if begin >= 0 else 0
    if not pdf.startswith(b"%PDF-1.") or pdf[table : table + 4] != b"xref":
        raise NotOurs("A table of objects was expected.")
    rows = _TABLE_ROW.findall(pdf, table, pdf.index(b"trailer", table))
    offsets = sorted(int(offset) for offset, state in rows if state == b"n")
    for offset, following in zip(offsets, [*offsets[1:], table], strict=True):
        found = _OBJECT.match(pdf, offset)
        end = pdf.rindex(b"endobj", offset, following)
        if found is None:
            raise NotOurs("An object was expected where the table says.")
        yield int(found[1]), pdf[found.end() : end].rstrip(b"\n")


def _renumbered(content: bytes, shift: int) -> bytes:
    """The object with every reference moved by `shift`; the bytes of a stream are left as they are."""
    head, keyword, stream = content.partition(b"\nstream")

    def moved(found: re.Match[bytes]) -> bytes:
        return found[0] if found[1] is None else b"%d 0 R" % (int(found[1]) + shift)

    return _REFERENCE.sub(moved, head) + keyword + stream


def _number(pattern: bytes, content: bytes) -> int:
    found = re.search(pattern, content)
    if found is None:
        raise NotOurs(f"{pattern!r} was expected.")
    return int(found[1])


def _text(words: str) -> bytes:
    """A text string of a PDF: UTF-16 in hexadecimal, so that no sign needs escaping."""
    return b"<FEFF%b>" % words.encode("utf-16-be").hex().upper().encode("ascii")
