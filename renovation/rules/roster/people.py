"""Who is behind a door: names and telephone numbers, as rosters write them (workflow.md, roster columns)."""

import re
from typing import NamedTuple

from renovation.rules.roster.words import NOTHING_SAID, clean, says_nothing, without_identity_numbers

MAX_NAME_LENGTH = 60
MAX_PHONES = 6

is_plain_name = re.compile(r"[\u4e00-\u9fff]{2,4}").fullmatch
is_plain_mobile = re.compile(r"1[3-9]\d{9}", re.ASCII).fullmatch

_BRACKETS = re.compile(r"[(\[【〔<](.*?)[)\]】〕>]|[(\[【〔<].*$")
_DECEASED = re.compile("已故|去世|过世|亡|殁")
_SEPARATORS = re.compile(r"[、,;/&+|\n]|以及")
_AND_OTHERS = re.compile(r"等(?:[一二三四五六七八九十\d]+人|人)?$")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_ORGANISATION = re.compile(
    "公司|集团|厂|局|银行|学校|大学|医院|中心|委员会|管委会|居委会|社区|研究所|研究院|设计院|合作社|协会|所$|院$|站$|处$|部$|队$"
)
_DEVELOPER = re.compile("开发|房地产|置业|地产")
_PROPERTY_RIGHT_UNIT = re.compile(
    "房管|机关|局|厂|学校|大学|医院|研究所|研究院|设计院|委员会|管委会|银行|站$|处$|部$|队$|所$"
)

EMPTY_HOME = frozenset({"空置", "空房", "空户", "未入住"})
NO_NAME = EMPTY_HOME | NOTHING_SAID | {"待查", "未售", "不清楚", "查无此人"}
"""What stands in a name's place where there is no name."""

_NOT_A_PHONE_PART = re.compile(r"[^\d+\-]+", re.ASCII)
_MOBILE = re.compile(r"^(?:\+?86)?(1[3-9]\d{9})$", re.ASCII)
_LANDLINE = re.compile(r"^(?:(0\d{2,3})-?)?([2-9]\d{6,7})(?:-(\d{1,5}))?$", re.ASCII)
_SERVICE = re.compile(r"^[48]00-?\d{3}-?\d{4}$", re.ASCII)
_GROUPED_MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)[- ](\d{4})[- ](\d{4})(?!\d)", re.ASCII)
_PHONE_SEPARATORS = re.compile(r"[、,;/&|\s]|或|和")


class Names(NamedTuple):
    """Names in one cell, in their order, and what a person should look at (problem codes)."""

    names: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


class Phones(NamedTuple):
    """Telephone numbers in one cell; `wrong` says how many digits each one has that is none."""

    numbers: tuple[str, ...] = ()
    wrong: tuple[int, ...] = ()
    had_identity_number: bool = False


def is_organisation(name: str) -> bool:
    return len(name) > 4 and _ORGANISATION.search(name) is not None


def owner_kind(name: str) -> str:
    """Person, company, developer or property-right unit, by the words in the name."""
    if not is_organisation(name):
        return "person"
    if "公司" in name or "集团" in name:
        return "developer" if _DEVELOPER.search(name) else "company"
    return "property_right_unit" if _PROPERTY_RIGHT_UNIT.search(name) else "company"


def read_names(text: str) -> Names:
    """One or several names: "张 三" is one, "张三、李四" and "张三 李四" are two, "张三(李四)" is the first.

    What stands in brackets is not kept, but said: it may be a former name, a tenant, or that the person has died.
    """
    text, had_identity_number = without_identity_numbers(clean(text))
    codes = ["identity_number_removed"] if had_identity_number else []
    text = text.replace("***", " ").strip(" :-")
    if says_nothing(text) or text in NO_NAME:
        return Names((), tuple(codes))
    parts = _SEPARATORS.split(text)
    if not any(map(is_organisation, parts)) and (inside := _BRACKETS.search(text)):
        codes.append("person_deceased" if _DECEASED.search(inside[0]) else "name_in_brackets")
        parts = _SEPARATORS.split(_BRACKETS.sub(" ", text))
    names: list[str] = []
    for part in map(str.strip, parts):
        names.extend([part] if is_organisation(part) else _names_between_blanks(_AND_OTHERS.sub("", part)))
    names = list(dict.fromkeys(name for name in names if name))
    if any(len(name) > MAX_NAME_LENGTH for name in names):
        return Names((), (*codes, "name_too_long"))
    if any(letter.isdigit() for name in names for letter in name):
        codes.append("digits_in_name")
    return Names(tuple(names), tuple(codes))


def _names_between_blanks(text: str) -> list[str]:
    words = text.split(" ")
    if len(words) == 1 or not all(_HAN.fullmatch(word) for word in words):
        return [text]
    return words if all(2 <= len(word) <= 4 for word in words) else ["".join(words)]


def read_phones(text: str) -> Phones:
    """One or several numbers, by / 、 , ; or a blank: mobiles of 11 digits, landlines with or without area code, 400s.

    "138-0013-8000" and "138 0013 8000" are one. What is neither is counted by its digits and not kept.
    """
    text, had_identity_number = without_identity_numbers(clean(text))
    text = _GROUPED_MOBILE.sub(r"\1\2\3", _BRACKETS.sub(" ", text.replace("***", " ")))
    numbers: list[str] = []
    wrong: list[int] = []
    for part in _PHONE_SEPARATORS.split(text):
        part = _NOT_A_PHONE_PART.sub("", part).strip("-")
        digits = sum(map(str.isdigit, part))
        if not digits:
            continue
        mobile = _MOBILE.match(part.replace("-", ""))
        landline = _LANDLINE.match(part)
        if mobile:
            numbers.append(mobile[1])
        elif landline:
            numbers.append("-".join(filter(None, landline.groups())))
        elif _SERVICE.match(part):
            numbers.append(part)
        else:
            wrong.append(digits)
    return Phones(tuple(dict.fromkeys(numbers))[:MAX_PHONES], tuple(wrong), had_identity_number)
