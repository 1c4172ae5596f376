"""How anything is printed: a template, its data, and a PDF with the Chinese type in it.

The typesetter runs in this process and reaches nothing outside: the type comes from an installed package, templates
from the folder beside this file. Data enter as JSON, never as markup, so no name and no note can say anything to it.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

import segno
import typst
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext
from noto_cjk_sans_otc import FONT_PATH

from common.figures import clock_text, full_day_text, speaks_chinese
from overview.prints.joining import JoinedPdf

TEMPLATES = Path(__file__).parent / "templates"


def typeset(template: str, data: Mapping[str, Any]) -> bytes:
    """The PDF of templates/<template>.typ filled with `data`, whose `frame` is made by `frame`.

    Dates, decimals and lazy texts may be among the data; people read them as they stand, so put them into words first
    (common/figures.py). Raises typst.TypstError when the template and the data do not agree: a mistake of ours.
    """
    return _compile(template, data, tags=True)


def typeset_parts(
    template: str,
    parts: Iterable[Mapping[str, Any]],
    path: Path,
    *,
    title: str,
    tell: Callable[[int], None] = lambda documents: None,
) -> int:
    """One PDF at `path` of the data of many parts, each typeset by itself; answers how many pages it has.

    Parts are made and typeset one by one, so the memory stays flat: some ten pages each are best, since the typesetter
    remembers the last ten parts. `tell` is told how many documents (`sheets` of a part's data) are done so far. Without
    the tags that a screen reader follows: these are for paper, by the thousand.
    """
    done = 0
    with JoinedPdf(path, title=title, language="zh-CN" if speaks_chinese() else "en-GB") as joined:
        for part in parts:
            joined.add(_compile(template, part, tags=False))
            done += len(part.get("sheets", [part]))
            tell(done)
    return joined.pages


def _compile(template: str, data: Mapping[str, Any], *, tags: bool) -> bytes:
    compiler = typst.Compiler(
        input=TEMPLATES / f"{template}.typ",
        root=TEMPLATES,
        font_paths=_type(),
        sys_inputs={"data": json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False)},
    )
    return cast("bytes", compiler.compile(format="pdf", pdf_tags=tags))


def frame(
    *, title: str, place: str, as_of: datetime, checked_at: str, paper: str = "a4", landscape: bool = False
) -> dict[str, Any]:
    """What stands around every sheet, in the language in hand: the place and the time in its head, in its foot where
    the figures can be checked (an address) and which page of how many it is. `paper` is "a4" or "a3".
    """
    chinese = speaks_chinese()
    return {
        "title": title,
        "place": place,
        "as_of": gettext("as of %(at)s") % {"at": f"{full_day_text(as_of)} {clock_text(as_of)}"},
        "checked_at": gettext("The figures can be checked at %(address)s") % {"address": checked_at},
        "page_words": gettext("Page {page} of {pages}"),
        "lang": "zh" if chinese else "en",
        "region": "CN" if chinese else "GB",
        "paper": paper,
        "landscape": landscape,
    }


def qr_of(address: str) -> str:
    """A QR code that opens `address`, as the text of an SVG: what `qr` in base.typ draws, at any size."""
    return segno.make(address, error="m", micro=False).svg_inline(
        border=0, omitsize=True, svgclass=None, lineclass=None
    )


@cache
def _type() -> typst.Fonts:
    """The type of the package and nothing of the machine: the same sheet looks the same everywhere."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[Path(str(FONT_PATH)).parent]
    )
