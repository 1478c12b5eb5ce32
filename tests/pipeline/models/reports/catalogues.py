"""Find every message that the pages and their modules say."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_file
from jinja2.ext import babel_extract

from carreau.base.levels import BUDGETED
from carreau.base.translator import Translator
from carreau.models.builders.build_context import CLOUD_LABELS
from carreau.models.builders.level_builder import PICTURE_LABELS as PICTURE_LABELS
from carreau.models.builders.level_builder import UPS
from carreau.models.builders.level_context import labels
from carreau.models.reports.report import mark_message

PACKAGE = Path(__file__).parents[4] / "pipeline" / "carreau"
# By the functions themselves, so that a new name of one is followed here.
KEYWORDS = {Translator.text.__name__: None, mark_message.__name__: None, Translator.plural.__name__: (1, 2)}
OPTIONS = {"trim_blocks": "true", "lstrip_blocks": "true"}


@functools.cache
def page_messages() -> frozenset[str]:
    """Return the English of each message, of a plural its first form."""
    return frozenset(_page_messages())


def _page_messages() -> Iterator[str]:
    for path in sorted((PACKAGE / "models" / "reports" / "pages").glob("*.html")):
        with path.open("rb") as file:
            for _, _, found, _ in babel_extract(file, ("_", "gettext", "ngettext"), (), OPTIONS):
                yield _first(found)
    for path in sorted((*(PACKAGE / "models" / "reports").glob("*.py"), *(PACKAGE / "aids").glob("*.py"))):
        for _, found, _, _ in extract_from_file("python", path, keywords=KEYWORDS):
            yield _first(found)


def _first(found: object) -> str:
    return str(found[0] if isinstance(found, tuple) else found)


@functools.cache
def step_labels() -> frozenset[str]:
    """Return what steps are called in the sources, without the level that some are of."""
    return frozenset(_step_labels())


def _step_labels() -> Iterator[str]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("step"):
                for keyword in node.keywords:
                    is_plain = isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str)
                    if keyword.arg in ("label", "verb") and is_plain:
                        yield ast.literal_eval(keyword.value)
    for label in {label for level in BUDGETED.values() for label in labels(level)}:
        verb, _, level = label.rpartition(" ")
        yield verb if verb and level in BUDGETED else label
    yield from (*CLOUD_LABELS, *PICTURE_LABELS, UPS)
