"""Imports are found in the text of a source, and are those of its syntax tree."""

from __future__ import annotations

import ast
import re

import pytest

from carreau.runs.fingerprint import PACKAGE, ROOT, imports, source_path

MODULES = sorted(
    ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in ROOT.rglob("*.py")
    if "node_modules" not in path.parts
)


def parsed(module: str) -> set[str]:
    """Return what the syntax tree of a module imports, and its parent packages."""
    path = source_path(module)
    assert path is not None
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found = {module.rsplit(".", depth)[0] for depth in range(1, module.count(".") + 1)}
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = package.rsplit(".", node.level - 1)[0] if node.level else ""
            source = ".".join(part for part in (start, node.module) if part)
            members = (f"{source}.{alias.name}" for alias in node.names if source.split(".")[0] == PACKAGE)
            found |= {source, *(each for each in members if source_path(each) is not None)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            named = re.fullmatch(r"(carreau(?:\.\w+)+):\w+", node.value)
            found |= {named[1]} if named and source_path(named[1]) is not None else set()
    return found


def test_the_sources_of_the_package_are_found() -> None:
    assert len(MODULES) > 300
    assert "carreau.runs.fingerprint" in MODULES


@pytest.mark.parametrize("folder", sorted({module.split(".")[1] for module in MODULES if "." in module}))
def test_imports_are_those_of_the_syntax_tree(folder: str) -> None:
    for module in MODULES:
        if f"{module}.".startswith(f"{PACKAGE}.{folder}."):
            assert set(imports(module)) == parsed(module), module
