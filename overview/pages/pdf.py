"""A print as an answer: shown by the browser, which prints it or keeps it under its name."""

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse

from overview.prints.blocks import Paper
from overview.prints.typesetting import typeset, typeset_parts

DIRECTLY = 60
"""Documents that are made while the reader waits: about a second. More are made by a job."""


def paper_response(paper: Paper) -> HttpResponse:
    return pdf_response(typeset(paper.template, paper.data), paper.name)


def parts_response(template: str, parts: Iterable[Mapping[str, Any]], *, title: str, name: str) -> HttpResponse:
    """Some parts as one file, for at most `DIRECTLY` documents."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "print.pdf"
        typeset_parts(template, parts, path, title=title)
        return pdf_response(path.read_bytes(), name)


def pdf_response(pdf: bytes, name: str) -> HttpResponse:
    """A PDF to be shown. It may have names in it, so nobody keeps it on the way."""
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name)}.pdf"
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
