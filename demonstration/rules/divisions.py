"""Yichang's divisions: the city and its 13 county-level units are real, all below them is invented.

Real streets have numbers far below 900, so that no invented code is anybody's.
"""

CITY = ("4205", "宜昌市")

COUNTIES = (
    ("420502", "西陵区"),
    ("420503", "伍家岗区"),
    ("420504", "点军区"),
    ("420505", "猇亭区"),
    ("420506", "夷陵区"),
    ("420525", "远安县"),
    ("420526", "兴山县"),
    ("420527", "秭归县"),
    ("420528", "长阳土家族自治县"),
    ("420529", "五峰土家族自治县"),
    ("420581", "宜都市"),
    ("420582", "当阳市"),
    ("420583", "枝江市"),
)

NUMERALS = "一二三四五六七八九十"


def invented(county: str, streets: int, communities: int) -> list[tuple[str, str]]:
    """Codes and names of so many streets of a county, each followed by its communities; at most ten of each."""
    found = []
    for street in range(1, streets + 1):
        code = f"{county}9{street:02}"
        found.append((code, f"示范{NUMERALS[street - 1]}街道"))
        found += [
            (f"{code}{number:03}", f"示范{NUMERALS[street - 1]}街第{NUMERALS[number - 1]}社区")
            for number in range(1, communities + 1)
        ]
    return found
