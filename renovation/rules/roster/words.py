"""Text as people type it: full-width forms, stray blanks, Chinese numerals, identity numbers where none belong."""

import re
import unicodedata

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff\ud800-\udfff\\]+")
_BLANKS = re.compile(r"\s+")
_DASHES = str.maketrans(dict.fromkeys("—–―‐‑−~～_", "-"))

_DIGITS = {
    **dict(zip("零一二三四五六七八九", range(10), strict=True)),
    **dict(zip("壹贰叁肆伍陆柒捌玖", range(1, 10), strict=True)),
    "〇": 0,
    "两": 2,
}
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100}
NUMERALS = "".join((*_DIGITS, *_TENS))

# Second-generation numbers (17 digits and a check character) and first-generation ones (15 digits), also in groups.
_IDENTITY = re.compile(r"(?<!\d)(?:\d{6}[ -]?\d{8}[ -]?\d{3}[ -]?[\dXx]|\d{15}|\d(?:\.\d+)?[Ee]\+?1[4-8])(?!\d)")
IDENTITY_REMOVED = "***"

NOTHING_SAID = frozenset(
    {"", "-", "--", "---", "/", "\\", "无", "不详", "未知", "暂无", "空", "没有", "n/a", "none", "null"}
)


def clean(text: str) -> str:
    """Text in one form: NFKC (so full-width becomes half-width and ㎡ becomes m2), single blanks, nothing unprintable.

    Backslashes go too: what is clean can be put into COPY's text format as it is.
    """
    if text.isascii() and text.isalnum():
        return text
    return _BLANKS.sub(" ", _UNPRINTABLE.sub(" ", unicodedata.normalize("NFKC", text))).strip()


def compact(text: str) -> str:
    """`clean` without any blank and with one kind of dash."""
    return clean(text).replace(" ", "").translate(_DASHES)


def number_of(text: str) -> int | None:
    """What a number in digits or Chinese numerals below a thousand comes to ("十二" is 12, "二十" 20, "一零三" 103)."""
    if text.isascii() and text.isdigit():
        return int(text) if len(text) < 10 else None
    if not text or len(text) > 6 or any(letter not in NUMERALS for letter in text):
        return None
    if not any(letter in _TENS for letter in text):
        return int("".join(str(_DIGITS[letter]) for letter in text))
    total, digit = 0, None
    for letter in text:
        if letter in _TENS:
            total += (1 if digit is None else digit) * _TENS[letter]
            digit = None
        else:
            digit = _DIGITS[letter]
    return total + (digit or 0)


def without_identity_numbers(text: str) -> tuple[str, bool]:
    """The text without anything shaped like an identity number, and whether there was one (policy.md, section i)."""
    if sum(map(str.isdigit, text)) < 2:
        return text, False
    cut, count = _IDENTITY.subn(IDENTITY_REMOVED, text)
    return cut, count > 0


def says_nothing(text: str) -> bool:
    return text.lower() in NOTHING_SAID
