"""Imports go one way, and what must start at once imports nothing heavy."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]

ROOMS: dict[str, set[str]] = {
    "ground": set(),
    "formats": {"ground"},
    "geometry": {"ground", "formats"},
    "optics": {"ground", "formats", "geometry"},
    "stages": {"ground", "formats", "geometry", "optics"},
    "kept": {"ground"},
    "samples": {"ground", "formats", "geometry", "optics"},
    "flow": {"ground", "formats", "geometry", "optics", "stages", "kept", "flow"},
    "command": {"ground", "kept", "flow", "command"},
}
"""Which rooms a room may import, besides itself; only `stages` may not import itself."""

GROUND = {
    "pipeline",
    "pipeline.cores",
    "pipeline.errors",
    "pipeline.model",
    "pipeline.levels",
    "pipeline.jit",
    "pipeline.tools",
    "pipeline.units",
}
KEPT = {
    f"pipeline.{name}"
    for name in (
        *("appetite", "board", "cache", "cluster", "executors", "gate", "guard", "keys", "live", "memory", "options"),
        *(
            "output",
            "places",
            "processes",
            "progress",
            "remote",
            "run",
            "scan_folder",
            "schedule",
            "shared_store",
            "steps",
        ),
        *("store", "tickets", "timings", "upkeep", "values", "workplaces"),
    )
}
SLOW = {f"pipeline.{name}" for name in ("cluster", "live", "shared_store")}
INSTANT = sorted(
    {"arguments", "batch", "cli", "commands", "cores", "errors", "levels", "units"}
    | {name.split(".")[1] for name in KEPT - SLOW}
)
HEAVY = {
    "dask",
    "distributed",
    "fsspec",
    "numpy",
    "numba",
    "open3d",
    "trimesh",
    "scipy",
    "PIL",
    "rich",
    "xatlas",
    "pygltflib",
    "fastapi",
}


def modules(folder: str) -> dict[str, Path]:
    """Return the modules of a package by name."""
    paths = (path for path in sorted((PROJECT / folder).rglob("*.py")) if "node_modules" not in path.parts)
    names = (path.relative_to(PROJECT).with_suffix("").as_posix().replace("/", ".") for path in paths)
    found = {name.removesuffix(".__init__"): PROJECT / (name.replace(".", "/") + ".py") for name in names}
    assert found
    return found


PIPELINE = modules("pipeline")


def imported(path: Path, top_level_only: bool = False) -> Iterator[str]:
    """Yield what a module imports; at its top level only, or anywhere outside `if TYPE_CHECKING`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where they point"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(module: str) -> str:
    parts = module.split(".")
    if module in GROUND:
        return "ground"
    if module in KEPT:
        return "kept"
    if parts[1] in ("formats", "geometry", "optics", "stages", "samples"):
        return parts[1]
    return "command" if parts[1] in ("arguments", "cli", "commands", "__main__") else "flow"


@pytest.mark.parametrize("module", sorted(PIPELINE))
def test_imports_go_one_way(module: str) -> None:
    own = room(module)
    allowed = ROOMS[own] | ({own} if own != "stages" else set())
    for name in imported(PIPELINE[module]):
        if name in PIPELINE and name not in (module, "pipeline.stages"):
            assert room(name) in allowed, f"{module} ({own}) may not import {name} ({room(name)})"


@pytest.mark.parametrize("module", sorted(name for name in PIPELINE if room(name) == "stages"))
def test_a_stage_imports_no_other_stage(module: str) -> None:
    others = {name for name in imported(PIPELINE[module]) if name.startswith("pipeline.stages.")}
    assert others <= {module}


@pytest.mark.parametrize("name", INSTANT)
def test_what_starts_at_once_imports_nothing_heavy_at_its_top(name: str) -> None:
    tops = {found.split(".")[0] for found in imported(PIPELINE[f"pipeline.{name}"], top_level_only=True)}
    assert not tops & HEAVY


def loaded(statement: str) -> set[str]:
    script = f"import sys\n{statement}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    command = [sys.executable, "-c", script]
    return set(subprocess.run(command, check=True, capture_output=True, text=True, cwd=PROJECT).stdout.split())


def test_the_command_starts_without_anything_heavy() -> None:
    assert not loaded("import pipeline.cli, pipeline.commands, pipeline.upkeep; pipeline.cli.parser()") & HEAVY


def test_the_server_holds_no_numpy_and_no_pipeline() -> None:
    found = loaded("import server.__main__, server.app")
    assert not found & (HEAVY - {"fastapi", "rich"} | {"pipeline"})


@pytest.mark.parametrize("path", sorted((PROJECT / "server").rglob("*.py")), ids=lambda path: path.name)
def test_the_server_imports_nothing_of_the_pipeline(path: Path) -> None:
    assert not {name for name in imported(path) if name.split(".")[0] == "pipeline"} - {"pipeline.manifest"}


@pytest.mark.parametrize("module", sorted({**PIPELINE, **modules("server")}))
def test_a_module_opens_with_one_sentence(module: str) -> None:
    path = {**PIPELINE, **modules("server")}[module]
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert text, f"{path} opens with no docstring"
    assert text.split("\n\n")[0].endswith((".", ":")), f"{path}: the first sentence has no end"


@pytest.mark.parametrize("folder", ["pipeline", "server", "tests"])
def test_no_file_has_a_name_that_says_nothing(folder: str) -> None:
    empty = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager"}
    assert not {name for name in modules(folder) if name.rsplit(".", 1)[-1] in empty}
