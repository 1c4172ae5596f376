"""Amounts in the capitals of receipts (大写), as the rules for filling in bills of payment write them."""

from decimal import Decimal

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")

LARGEST = Decimal("999999999999.99")


def capitals(yuan: Decimal) -> str:
    """435.83 is 肆佰叁拾伍元捌角叁分, 240 is 贰佰肆拾元整, 0.05 is 伍分, 1001.05 is 壹仟零壹元零伍分.

    Zeros in a row are read once; 整 follows a whole number of yuan or of jiao. Raises ValueError for what is below 0,
    above 12 digits of yuan, or finer than a fen.
    """
    if not 0 <= yuan <= LARGEST or yuan != yuan.quantize(Decimal("0.01")):
        raise ValueError("no amount of a receipt")
    whole, fen = divmod(int(yuan * 100), 100)
    jiao, fen = divmod(fen, 10)
    text = f"{_whole(whole)}元" if whole else ""
    if not jiao and not fen:
        return f"{text or '零元'}整"
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    elif whole:
        text += "零"
    return text + (f"{_DIGITS[fen]}分" if fen else "整")


def _whole(number: int) -> str:
    text, zero = "", False
    for index in range(len(_GROUPS) - 1, -1, -1):
        group = number // 10_000**index % 10_000
        if not group:
            zero = bool(text)
            continue
        if text and (zero or group < 1000):
            text += "零"
        text += _group(group) + _GROUPS[index]
        zero = False
    return text


def _group(group: int) -> str:
    text, zero = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if not digit:
            zero = bool(text)
            continue
        text += ("零" if zero else "") + _DIGITS[digit] + _PLACES[place]
        zero = False
    return text
