"""Imports go one way, from room to room, and what must start at once imports nothing heavy."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
ROOTS = {"carreau": PROJECT / "pipeline", "carreau_server": PROJECT / "server"}
"""Our packages, and the folders that they lie in."""

ROOMS = (
    "base", "runs", "formats", "geometry", "air", "models", "catalogue", "exports", "site", "aids", "desk", "command",
)  # fmt: skip
"""The folders of `pipeline/carreau`, from the bottom to the top: a room imports itself and those named before it."""

AT_ONCE = {
    "base",
    "runs",
    "models",
    "air.survey",
    "catalogue",
    "catalogue.i18n",
    "exports",
    "site.pages",
    "aids",
    "command",
}
LATE = {
    "carreau.aids.control_points",
    "carreau.aids.georeference",
    "carreau.base.jit",
    "carreau.base.model",
    "carreau.base.precompile",
    "carreau.catalogue.toml_values",
    "carreau.command.api",
    "carreau.runs.live",
    "carreau.runs.shared_store",
}
"""What lies in folders that start at once, yet is imported only when it is needed."""

HEAVY = {
    "dask",
    "distributed",
    "fsspec",
    "numpy",
    "numba",
    "open3d",
    "trimesh",
    "scipy",
    "shapely",
    "PIL",
    "rich",
    "soundfile",
    "xatlas",
    "pygltflib",
    "fastapi",
    "tomlkit",
}


TABLES = (
    "carreau.base.levels", "carreau.base.languages", "carreau.base.package_folders", "carreau.exports.formats",
)  # fmt: skip
"""Tables that the server reads besides the schema, and where translations lie."""


def modules(name: str) -> dict[str, Path]:
    """Return the modules of a package by name, of a folder with its packages as they are imported."""
    folder, root = (ROOTS[name] / name, ROOTS[name]) if name in ROOTS else (PROJECT / name, PROJECT)
    paths = {path.relative_to(root): path for path in sorted(folder.rglob("*.py")) if "node_modules" not in path.parts}
    named = {path.with_suffix("").as_posix().replace("/", "."): whole for path, whole in paths.items()}
    assert named
    return {dotted.removesuffix(".__init__"): path for dotted, path in named.items()}


CARREAU = modules("carreau")


@cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a module, which several tests look through."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imported(path: Path, top_level_only: bool = False) -> frozenset[str]:
    """Return what a module imports; at its top level only, or anywhere outside `if TYPE_CHECKING`."""
    found = set[str]()
    for node in parsed(path).body if top_level_only else ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where they point"
            assert node.module is not None
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


def tops(path: Path, top_level_only: bool = False) -> set[str]:
    """Return the packages that a module imports."""
    return {name.split(".")[0] for name in imported(path, top_level_only)}


def folder(module: str) -> str:
    """Return the folder that a module lies in, as in "geometry.uv"; empty at the top of the package."""
    return CARREAU[module].parent.relative_to(ROOTS["carreau"] / "carreau").as_posix().replace("/", ".").strip(".")


def room(module: str) -> str:
    """Return the room that a module lies in; empty at the top of the package, which is what users import."""
    return folder(module).partition(".")[0]


def test_every_folder_is_a_room_and_every_room_is_there() -> None:
    assert {room(module) for module in CARREAU} == {"", *ROOMS}


def test_imports_go_one_way() -> None:
    wrong = [
        f"{module} may not import {name}"
        for module, path in CARREAU.items()
        for name in sorted(imported(path) & CARREAU.keys())
        if room(module) and room(name) and ROOMS.index(room(name)) > ROOMS.index(room(module))
    ]
    assert wrong == []


def test_no_folders_import_each_other() -> None:
    graph: dict[str, set[str]] = {}
    for name, path in CARREAU.items():
        others = {folder(other) for other in imported(path) & CARREAU.keys() if CARREAU[other].name != "__init__.py"}
        graph.setdefault(folder(name), set()).update(others - {folder(name), ""})
    TopologicalSorter(graph).prepare()


def test_no_modules_import_each_other() -> None:
    """Not even inside functions, or for types alone; `prepare` raises CycleError with the modules."""
    graph = {name: imported(path) & CARREAU.keys() - {name} for name, path in CARREAU.items()}
    TopologicalSorter(graph).prepare()


def test_the_air_is_reached_through_one_registration() -> None:
    """Builds ask `models.builders.sources`; what gathers open data and draws the territory uses it as a library."""
    rooms = {name: {room(each) for each in imported(path) & CARREAU.keys()} for name, path in CARREAU.items()}
    through = {name for name, others in rooms.items() if "air" in others and room(name) not in ("air", "aids")}
    made = ("carreau.models.builders.", "carreau.models.stages.", "carreau.site.table_")
    assert {name for name in through if not name.startswith(made)} == {"carreau.command.catalogue_commands"}


def test_a_folder_itself_holds_only_its_sentence() -> None:
    paths = [path for path in CARREAU.values() if path.name == "__init__.py" and path.parents[1] != ROOTS["carreau"]]
    assert [path for path in paths if len(parsed(path).body) != 1] == []


def test_tests_lie_in_the_rooms_of_what_they_test() -> None:
    tests = PROJECT / "tests" / "pipeline"
    folders = {path.parent.relative_to(tests).as_posix().replace("/", ".").strip(".") for path in tests.rglob("*.py")}
    assert folders <= {folder(module) for module in CARREAU}


def test_a_stage_imports_no_other_stage() -> None:
    stages = {name for name in CARREAU if folder(name) == "models.stages" and name != "carreau.models.stages"}
    others = {name: imported(CARREAU[name]) & stages - {name} for name in stages}
    assert {name: found for name, found in others.items() if found} == {}


def test_what_starts_at_once_imports_nothing_heavy_at_its_top() -> None:
    at_once = [name for name in CARREAU if folder(name) in AT_ONCE and name not in LATE]
    heavy = {name: tops(CARREAU[name], top_level_only=True) & HEAVY for name in at_once}
    assert {name: found for name, found in heavy.items() if found} == {}


def loaded(statement: str) -> set[str]:
    script = f"import sys\n{statement}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    command = [sys.executable, "-c", script]
    return set(subprocess.run(command, check=True, capture_output=True, text=True, cwd=PROJECT).stdout.split())


def test_the_command_starts_without_anything_heavy() -> None:
    modules = "carreau.command.cli, carreau.command.run, carreau.runs.cache"
    assert not loaded(f"import {modules}; carreau.command.cli.parser()") & HEAVY


def test_the_server_holds_nothing_heavy() -> None:
    assert not loaded("import carreau_server.__main__, carreau_server.uvicorn_server") & (HEAVY - {"fastapi", "rich"})


def test_the_server_imports_nothing_of_the_pipeline_but_its_schema() -> None:
    for name, path in modules("carreau_server").items():
        others = {found for found in imported(path) if found.split(".")[0] == "carreau"}
        assert {found for found in others if not found.startswith(("carreau.base.schema.", *TABLES))} == set(), name


def test_the_schema_imports_nothing_of_the_rest() -> None:
    others = {name: tops(path) - {"carreau", "pydantic", *sys.stdlib_module_names} for name, path in CARREAU.items()}
    assert {name: found for name, found in others.items() if found and folder(name) == "base.schema"} == {}


def test_a_module_opens_with_one_sentence() -> None:
    for name, path in {**CARREAU, **modules("carreau_server")}.items():
        text = ast.get_docstring(parsed(path))
        assert text, f"{name} opens with no docstring"
        assert text.split("\n\n")[0].endswith((".", ":")), f"{name}: the first sentence has no end"


def test_nothing_private_of_a_dependency_is_imported() -> None:
    private = []
    for module, path in (CARREAU | modules("carreau_server")).items():
        for node in ast.walk(parsed(path)):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [f"{node.module}.{each.name}" for each in node.names]
            parts = [each.split(".") for each in names]
            private += [
                f"{module}: {'.'.join(each)}"
                for each in parts
                if each[0] not in (*ROOTS, "__future__") and any(part.startswith("_") for part in each)
            ]
    assert private == []


MOST_PARAMETERS = 7


def test_no_function_takes_more_than_seven_parameters() -> None:
    long = []
    for module, path in (CARREAU | modules("carreau_server")).items():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                given = node.args.posonlyargs + node.args.args
                names = [each.arg for each in (*given, *node.args.kwonlyargs)]
                own = names[1:] if names[:1] in (["self"], ["cls"]) else names
                if len(own) + bool(node.args.vararg) + bool(node.args.kwarg) > MOST_PARAMETERS:
                    long.append(f"{module}.{node.name}")
    assert long == []


@pytest.mark.parametrize("folder", ["carreau", "carreau_server", "tests"])
def test_no_file_has_a_name_that_says_nothing(folder: str) -> None:
    empty = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager"}
    assert {name for name in modules(folder) if name.rsplit(".", 1)[-1] in empty} <= {"carreau.base"}
