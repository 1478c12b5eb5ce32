"""Every sentence that a check can say is there in French."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from pipeline.i18n.sentences import sentences
from tests.conftest import PROJECT

SPEAKERS = {
    "error",
    "question",
    "draft",
    "_WrongError",
    "OutlineError",
    "DateError",
    "_unreadable",
    "FormatError",
    "_wrong",
}
SOURCES = [
    *sorted((PROJECT / "pipeline" / "catalogue").glob("*.py")),
    *sorted((PROJECT / "pipeline" / "media" / "probe").glob("*.py")),
    *(PROJECT / "pipeline" / "i18n" / f"{name}.py" for name in ("checks", "po_reading")),
]


def said() -> Iterator[str]:
    """Yield the fixed pieces of what is given to a finding, or named cause or cure on the way there."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in SPEAKERS:
                yield from (piece for argument in node.args for piece in pieces(argument))
            elif isinstance(node, ast.Assign) and re.search(r"\b(cause|cure|lacking)\b", ast.unparse(node.targets[0])):
                yield from pieces(node.value)


def pieces(node: ast.expr) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and " " in each.value.strip():
            yield each.value.strip()


TOPICS = {
    "wrong value", "missing key", "not written", "missing licence", "missing credit", "missing source", "dead link",
    "contradicting dates", "unknown key", "missing file", "too large", "outside the commune",
    "missing alternative text", "missing date", "missing transcript", "small picture", "wrong captions",
}  # fmt: skip


@pytest.mark.parametrize("language", ["fr"])
def test_every_sentence_is_translated(language: str) -> None:
    known = [piece for english, _ in sentences(language) for piece in re.split(r"\{\w+\}", english)]
    found = set(said()) - TOPICS
    assert len(found) > 100
    assert [piece for piece in sorted(found) if not any(piece in each for each in known)] == []
