"""The national codes of divisions: which level a code is of, and the one that lies above it."""

from accounts.rules.territory import DIVISION_LENGTHS

FULL_LENGTH = max(DIVISION_LENGTHS)


def cut_code(code: str) -> str:
    """The digits of a code's level: the rest of twelve is zeros, as 420502000000 is the district 420502. Empty where it
    is no number.
    """
    if not (code.isascii() and code.isdigit()):
        return ""
    if len(code) != FULL_LENGTH:
        return code
    return next(code[:length] for length in sorted(DIVISION_LENGTHS) if not code[length:].strip("0"))


def code_above(code: str) -> str:
    """The code of the division one level above; empty above a city."""
    return code[: max((length for length in DIVISION_LENGTHS if length < len(code)), default=0)]
