"""What forms, lists and reports on paper are made of: blocks one below the other, as templates/form.typ draws them.

A block is plain data with words in the reader's language. What is `None` in it leaves room to write by hand.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

Pair = tuple[str, str | None]
Block = dict[str, Any]


@dataclass(frozen=True)
class Paper:
    """A print that is ready for the typesetter: the template, what fills it, and the name of its file, without .pdf."""

    template: str
    data: Mapping[str, Any]
    name: str


def document(frame: Mapping[str, Any], title: str, blocks: Sequence[Block], *, lead: str = "") -> dict[str, Any]:
    """One document of blocks, with its own count of pages."""
    return {"frame": frame, "title": title, "lead": lead, "blocks": list(blocks)}


def forms(name: str, documents: Sequence[Mapping[str, Any]]) -> Paper:
    """Documents one after the other in one file. The first one's frame names the file as a whole."""
    return Paper("form", {"frame": documents[0]["frame"], "sheets": documents}, name)


def heading(title: str, beside: str = "", note: str = "") -> Block:
    """What every block may bear: its title, a quiet word beside it and a sentence below."""
    return {"title": title, "beside": beside, "note": note}


def facts(rows: Iterable[Sequence[Pair]], **head: str) -> Block:
    """Names and values in a ruled grid: rows of one pair, which takes the whole width, or of two."""
    shown = [[{"name": name, "value": value} for name, value in row] for row in rows]
    return {"kind": "facts", "rows": shown, **heading(head.pop("title", ""), **head)}


def column(name: str, *, wide: int = 0, figure: bool = False) -> dict[str, Any]:
    """A column: `wide` parts of what is left of the width, or as wide as what stands in it; figures stand right."""
    return {"name": name, "wide": wide, "figure": figure}


def band(words: str) -> dict[str, str]:
    """A row that only says what the rows below it are of."""
    return {"band": words}


def table(
    columns: Sequence[Mapping[str, Any]],
    rows: Iterable[Sequence[str | None] | Mapping[str, str]],
    *,
    foot: Sequence[str | None] = (),
    room: int = 0,
    **head: str,
) -> Block:
    """A ruled table. `room` is how many empty rows stand there to be written in where there is nothing to show."""
    shown: list[Any] = list(rows)
    if not shown:
        shown = [[None] * len(columns) for _row in range(room)]
    return {
        "kind": "table",
        "columns": list(columns),
        "rows": shown,
        "foot": list(foot),
        **heading(head.pop("title", ""), **head),
    }


def ticks(items: Iterable[tuple[str, bool, str]], *, across: int = 1, **head: str) -> Block:
    """Points with a box each, ticked or not, and a quiet word behind."""
    shown = [{"text": text, "on": on, "note": note} for text, on, note in items]
    return {"kind": "ticks", "items": shown, "across": across, **heading(head.pop("title", ""), **head)}


def opinions(names: Iterable[str], *, texts: Mapping[str, str] | None = None, height: int = 16, **head: str) -> Block:
    """Boxes in which offices write what they say to it, seal and date it; `height` is the room in millimetres."""
    said = texts or {}
    sign = pgettext("to be written by hand", "Seal and day")
    shown = [{"name": name, "text": said.get(name, ""), "sign": sign} for name in names]
    return {"kind": "opinions", "items": shown, "height": height, **heading(head.pop("title", ""), **head)}


def signatures(signers: Iterable[tuple[str, str]], *, across: int = 2, **head: str) -> Block:
    """Who signs: what is said of a signature that is there, else a line to sign on."""
    shown = [{"name": name, "signed": signed} for name, signed in signers]
    hint = _("Signature, seal and day")
    return {
        "kind": "signatures",
        "items": shown,
        "across": across,
        "hint": hint,
        **heading(head.pop("title", ""), **head),
    }


def scale(questions: Sequence[str], scores: Sequence[str], head_words: str, **head: str) -> Block:
    """Questions with a box for each score."""
    return {
        "kind": "scale",
        "head": head_words,
        "questions": list(questions),
        "scores": list(scores),
        **heading(head.pop("title", ""), **head),
    }


def lines_to_write(count: int, **head: str) -> Block:
    return {"kind": "write", "count": count, **heading(head.pop("title", ""), **head)}


def paragraphs(texts: Sequence[str], *, indent: int = 0, **head: str) -> Block:
    """Text; `indent` is that of its first lines, in letters."""
    return {
        "kind": "text",
        "paragraphs": list(texts),
        "indent": indent,
        **heading(head.pop("title", ""), **head),
    }


def points(texts: Sequence[str], **head: str) -> Block:
    """A numbered list."""
    return {"kind": "points", "points": list(texts), **heading(head.pop("title", ""), **head)}
