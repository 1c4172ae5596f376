"""No page speaks one language where it should speak the other: what is shown has its Chinese, and nothing stands bare.

Unlike test_texts.py this needs no gettext on the machine: it reads pages and code itself, and the compiled catalogue.
"""

import ast
import gettext
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from django.conf import settings
from django.template import Context, engines
from django.template.base import Node
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
APPS = ("accounts", "common", "config", "consent", "demonstration", "governance", "overview", "renovation")
CODE = sorted(path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)
CATALOGUE = ROOT / "locale/zh_Hans/LC_MESSAGES/django.mo"

# Names that are the same in every language: of files, of hashes, of fields that a program is given.
NAMES = {"CSV", "XLSX", "PDF", "SHA-256", "POST", "client_id", "client_secret", "X"}
# A tag of allauth's whose name is made by a condition: no reader of HTML takes it for one.
UNREADABLE = {"allauth/elements/button.html"}

LETTER = re.compile(r"[^\W\d_]")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]")


def chinese() -> dict[object, str]:
    with CATALOGUE.open("rb") as file:
        return {msgid: text for msgid, text in gettext.GNUTranslations(file)._catalog.items() if msgid}  # type: ignore[attr-defined]


# --- Pages ------------------------------------------------------------------------------------------


class Bare(HTMLParser):
    """The words of a page that are shown or read out; what says that it is of another language is left alone."""

    READ_OUT = ("title", "alt", "aria-label", "placeholder", "label", "data-label")
    EMPTY = frozenset({"br", "hr", "img", "input", "link", "meta", "use", "path", "rect"})

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        foreign = tag in ("script", "style") or ("lang" in given and tag != "html") or tag in self.silent
        if foreign and tag not in self.EMPTY:
            self.silent.append(tag)
        if not self.silent:
            self.found += [
                value for name, value in given.items() if name in self.READ_OUT and LETTER.search(value or "")
            ]

    def handle_endtag(self, tag: str) -> None:
        if self.silent and self.silent[-1] == tag:
            self.silent.pop()

    def handle_data(self, data: str) -> None:
        if not self.silent and LETTER.search(data):
            self.found.append(data.strip())


BLOCK = re.compile(r"{%\s*(comment|blocktranslate|verbatim)\b.*?{%\s*end\1\s*%}", re.DOTALL)
TAG = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)


def bare_words(source: str) -> list[str]:
    page = Bare()
    page.feed(TAG.sub(" ", BLOCK.sub(" ", source)))
    return [words for words in page.found if words not in NAMES]


def test_bare_words_are_found():
    source = '<p title="So">Hello {{ name }}</p>{% translate "x" %}<b lang="en">English</b><i>中文</i>{# note #}'

    assert bare_words(source) == ["So", "Hello", "中文"]


def test_no_page_has_words_outside_translation():
    found = {
        str(path.relative_to(ROOT / "templates")): words
        for path in TEMPLATES
        if (words := bare_words(path.read_text(encoding="utf-8")))
    }

    assert {name: words for name, words in found.items() if name not in UNREADABLE} == {}


DAYS_FOR_PROGRAMS = re.compile(
    r"""\|(?:date|time):(?!['"](?:c|Y-m-d|Y-m|H:i:s|l)['"])|\|(?:date|time)\b(?!:)|\|floatformat|\|intcomma"""
)


def test_days_money_and_numbers_are_written_by_one_module():
    """`common/figures.py` knows the form of each language; the filters of Django do not know ours."""
    found = {
        str(path.relative_to(ROOT)): hits
        for path in TEMPLATES
        if (hits := DAYS_FOR_PROGRAMS.findall(path.read_text(encoding="utf-8")))
    }

    assert found == {}


# --- Texts ------------------------------------------------------------------------------------------

ASKS = {
    "_": "t",
    "gettext": "t",
    "gettext_lazy": "t",
    "ngettext": "tn",
    "ngettext_lazy": "tn",
    "pgettext": "ct",
    "pgettext_lazy": "ct",
    "npgettext": "ctn",
    "npgettext_lazy": "ctn",
}
IN_A_TAG = re.compile(r"""\b_\((?:"([^"]+)"|'([^']+)')\)""")


def asked_by_code(path: Path) -> Iterator[object]:
    """What the code asks of the catalogue: a key of it for each text."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
        order = ASKS.get(name, "")
        if not order or not isinstance(node, ast.Call):
            continue
        given = [
            arg.value for arg in node.args[: len(order)] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
        ]
        if len(given) < len(order.rstrip("n")):
            continue
        context = f"{given[0]}\x04" if order.startswith("c") else ""
        text = context + given[order.index("t")]
        yield (text, 0) if order.endswith("n") else text


def asked_by_page(path: Path) -> Iterator[object]:
    source = path.read_text(encoding="utf-8")
    template = engines["django"].engine.from_string(source)
    empty = Context()
    for node in template.nodelist.get_nodes_by_type(Node):
        if isinstance(node, TranslateNode):
            literal = getattr(node.filter_expression.var, "literal", None)
            if isinstance(literal, str):
                context = f"{node.message_context.resolve(empty)}\x04" if node.message_context else ""
                yield context + literal.replace("%", "%%")  # as the catalogue has it
        elif isinstance(node, BlockTranslateNode):
            text, _names = node.render_token_list(node.singular)
            context = f"{node.message_context.resolve(empty)}\x04" if node.message_context else ""
            text = context + text
            yield (text, 0) if node.plural else text
    for double, single in IN_A_TAG.findall(source):
        yield double or single


def test_every_text_has_its_chinese():
    known = chinese()
    # What two places say alike may be one entry with a plural: its singular answers for both.
    singular = {key[0] for key in known if isinstance(key, tuple)}
    wanted = {text: path for path in CODE for text in asked_by_code(path)}
    wanted |= {text: path for path in TEMPLATES for text in asked_by_page(path)}

    missing = {}
    for text, path in wanted.items():
        words = text[0] if isinstance(text, tuple) else text
        if words not in known and words not in singular and text not in known:
            missing[text] = str(path.relative_to(ROOT))

    assert len(wanted) > 3_000
    assert missing == {}


def test_no_chinese_text_is_english():
    kept = NAMES | {"API"}
    found = {
        str(key): text
        for key, text in chinese().items()
        if LETTER.search(left := PLACEHOLDER.sub("", text)) and not CHINESE.search(left) and left.strip() not in kept
    }

    assert found == {}


def test_chinese_has_the_punctuation_of_chinese():
    half = re.compile(r"[\u4e00-\u9fff][,;:?!](?!\w)|[\u4e00-\u9fff]\.(?!\w)|[\u4e00-\u9fff]\(|\.\.\.")

    assert {str(key): text for key, text in chinese().items() if half.search(text)} == {}
