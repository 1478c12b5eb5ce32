"""Find the sentences that the stages write into a report, by where they stand in the sources."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PIPELINE = Path(__file__).parents[3] / "pipeline"
SILENT = {"samples", "pages"}
HOLDERS = re.compile(
    r"(^|_)(warnings?|decisions?|reasons?|ignored|why|hint|stuck|said|change|together|wishes|kept)(_|$)"
)
SPEAKERS = re.compile(r"(^|_)(why|warn|warnings|reason|reasons|ignored|explain|words|says|up|budget|scaled|bytes)(_|$)")
CONSTANT_ROOMS = {"geometry", "cache", "builders", "reports", "executors", "console", "stages"}
MAKERS = {"TooLarge", "BudgetError", "LikelyUp", "LikelyUnit", "ReusedUvs", "NormalMapResult"}
MUTE = {
    "page_rows.py", "page_parts.py", "page_pictures.py", "report_page.py", "batch_page.py", "translator.py",
    "inspect.py", "arguments.py", "input_files.py",
}  # fmt: skip
"""What speaks to pages through the other messages, or to the terminal alone."""


def spoken() -> Iterator[tuple[str, str]]:
    """Yield place and words of each fixed part of a sentence."""
    for path in sorted(PIPELINE.rglob("*.py")):
        if path.name in MUTE or SILENT & set(path.relative_to(PIPELINE).parts):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        rooms = path.relative_to(PIPELINE).parts[:-1]
        constants = _constants(tree) if not rooms or rooms[0] in CONSTANT_ROOMS else ()
        for text in (*constants, *(text for node in ast.walk(tree) for text in _texts(node))):
            for words in _fixed(text):
                yield f"{path.relative_to(PIPELINE)}:{text.lineno}", words


def _constants(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield the sentences that have a name of their own in capitals; short ones are labels."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and all(_name(target).isupper() for target in node.targets):
            yield from (text for text in _strings(node.value) if ast.unparse(text).count(" ") > 4)


def _texts(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the strings that are put where sentences are kept."""
    if isinstance(node, ast.Call):
        name = _name(node.func)
        if name in MAKERS or (name in ("append", "extend") and HOLDERS.search(_holder(node.func))):
            yield from (text for argument in node.args for text in _strings(argument))
        for keyword in node.keywords:
            if keyword.arg and HOLDERS.search(keyword.arg):
                yield from _strings(keyword.value)
    elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(HOLDERS.search(_name(target)) for target in targets):
            yield from _strings(node.value)
    elif isinstance(node, ast.FunctionDef) and SPEAKERS.search(node.name):
        for inner in ast.walk(node):
            if isinstance(inner, ast.Return | ast.Yield | ast.Assign) and inner.value is not None:
                yield from _strings(inner.value)


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _holder(function: ast.AST) -> str:
    return _name(function.value) if isinstance(function, ast.Attribute) else ""


def _strings(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the strings that a value can be, not those that are compared or looked up on the way."""
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        yield node
    elif isinstance(node, ast.List | ast.Tuple | ast.Set):
        for item in node.elts:
            yield from _strings(item)
    elif isinstance(node, ast.IfExp):
        yield from _strings(node.body)
        yield from _strings(node.orelse)
    elif isinstance(node, ast.BinOp):
        yield from _strings(node.left)
        yield from _strings(node.right)
    elif isinstance(node, ast.Starred):
        yield from _strings(node.value)
    elif isinstance(node, ast.ListComp | ast.GeneratorExp):
        yield from _strings(node.elt)
    elif isinstance(node, ast.Call) and _name(node.func) in ("tuple", "list", "join"):
        for argument in node.args:
            yield from _strings(argument)


def _fixed(text: ast.expr) -> Iterator[str]:
    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
    for part in parts:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            for clause in re.split("[:;] ", part.value):
                words = clause.strip(" ;:,()'\"²")
                if " " in words and re.search("[a-z]{2}", words):
                    yield words
