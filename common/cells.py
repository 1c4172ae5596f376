"""Cells of files that spreadsheets open."""

# Full-width signs are taken for the plain ones where Chinese is written.
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def safe_text(text: str) -> str:
    """A text of which no spreadsheet makes a formula: before what begins like one stands an apostrophe."""
    return f"'{text}" if text.startswith(FORMULA) else text
