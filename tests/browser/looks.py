"""What is wrong with the page that is open, as far as a program can see it: each finding as a line of text."""

import re
from collections.abc import Collection
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe()
# Latin letters that Chinese pages show as they are: kinds of files, units, systems of coordinates, the product's hash,
# codes of the menu.
LATIN = {"XLSX", "XLS", "CSV", "EXCEL", "KB", "MB", "CGCS2000", "WGS", "GCJ", "SHA", "PDF", "TOTP"}
MAIL_ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+\w", re.ASCII)
LATIN_CODES = re.compile(r"[A-Z]\d+|[A-Z]")
# Off unless asked for, and part of WCAG 2.2 AA.
RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}, "preload": False}

# What may be tapped, and the row that takes the tap with it. A link inside a sentence is read, not tapped (WCAG 2.5.8).
SMALL_TARGETS = """
least => [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
  .filter(one => one.type !== "hidden" && one.checkVisibility() && !one.matches(".skip"))
  .map(one => [one, one.matches("[type=checkbox], [type=radio], [type=file]") && one.closest("label") || one])
  .map(([one, target]) => [one, target.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.height < least - 0.5 || box.width < least - 0.5))
  .map(([one, box]) => `${Math.round(box.width)} x ${Math.round(box.height)}: ${one.outerHTML.slice(0, 120)}`)
"""

# Every word that is shown, read out or asked for, less codes and what says that it is of another language.
WORDS = """
() => {
  const found = [document.title];
  const coded = "script, style, option, .hash, [data-testid=receipt-code]";
  const spoken = one => one.closest("[lang]") === document.documentElement;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const parent = walk.currentNode.parentElement;
    if (!parent.closest(coded) && parent.checkVisibility() && spoken(parent))
      found.push(walk.currentNode.data);
  }
  for (const one of document.querySelectorAll("option")) found.push(one.label);
  for (const name of ["aria-label", "placeholder", "alt", "title"])
    for (const one of document.querySelectorAll(`[${name}]`)) if (spoken(one)) found.push(one.getAttribute(name));
  return found.map(text => text.trim()).filter(Boolean);
}
"""

CUT_OFF = """
() => [...document.querySelectorAll("h1, h2, h3, p, a, button, label, td, th, dt, dd, summary, span, strong, li")]
  .filter(one => one.checkVisibility() && !one.closest(".skip, svg") && one.clientWidth > 1
    && ["hidden", "clip"].includes(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth + 1)
  .map(one => one.outerHTML.slice(0, 120))
"""

# Blocks of text that are wider than their place, and so lie over what stands beside them.
SPILLED = """
() => [...document.querySelectorAll("h1, h2, h3, p, dt, dd, legend, caption, button, a.btn, label")]
  .filter(one => one.checkVisibility() && !one.closest(".skip, .sr, svg, table")
    && getComputedStyle(one).overflowX === "visible" && one.clientWidth > 1 && one.scrollWidth > one.clientWidth + 1)
  .map(one => `${one.scrollWidth} in ${one.clientWidth} px: ${one.outerHTML.slice(0, 120)}`)
"""

REPEATED_IDS = """
() => {
  const ids = [...document.querySelectorAll("[id]")].map(one => one.id);
  return ids.filter((id, place) => ids.indexOf(id) !== place).map(id => `two elements have the id ${id}`);
}
"""


def barriers(page: Page) -> list[str]:
    """What axe finds: each violation with the elements that it is about."""
    found: list[dict[str, Any]] = AXE.run(page, options=RULES).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:200]} ({'; '.join(node['failureSummary'].splitlines()[1:])})"
        for violation in found
        for node in violation["nodes"]
    ]


def repeated_ids(page: Page) -> list[str]:
    """Ids that stand twice: a label or a link then leads to the wrong one, and axe no longer looks for it."""
    found: list[str] = page.evaluate(REPEATED_IDS)
    return found


def sideways(page: Page, width: int) -> list[str]:
    """Whether the page has to be pushed sideways at this width of the screen."""
    needs: int = page.evaluate("document.documentElement.scrollWidth")
    return [f"needs {needs} px of {width}"] if needs > width else []


def small_targets(page: Page, least: int = 44) -> list[str]:
    """What is too small for a finger, in CSS pixels."""
    found: list[str] = page.evaluate(SMALL_TARGETS, least)
    return found


def cut_off(page: Page) -> list[str]:
    """Texts that do not fit where they stand."""
    found: list[str] = page.evaluate(CUT_OFF)
    return found


def spilled(page: Page) -> list[str]:
    """Texts that are wider than their place."""
    found: list[str] = page.evaluate(SPILLED)
    return found


def words(page: Page) -> list[str]:
    """Every text that is shown or read out, less hashes and what is marked as of another language."""
    found: list[str] = page.evaluate(WORDS)
    return found


def foreign_words(page: Page, language: str, *, quoted: Collection[str] = ()) -> list[str]:
    """Words of the other language. English pages may quote Chinese: in quotation marks, and these words as they are."""
    found = []
    for shown in words(page):
        text = MAIL_ADDRESS.sub("", shown)
        if language == "en":
            said = re.findall(r"[\u4e00-\u9fff]+", re.sub(r"“[^”]*”", "", text))
            foreign = [word for word in said if word not in quoted]
        else:
            said = re.findall(r"[A-Za-z][A-Za-z0-9]*", text)
            foreign = [word for word in said if word.upper() not in LATIN and not LATIN_CODES.fullmatch(word)]
        if foreign:
            found.append(f"foreign words {foreign} in: {text}")
    return found
