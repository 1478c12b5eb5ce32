"""Imports go one way, from room to room, and what must start at once imports nothing heavy.

A room is a folder of `pipeline/`, or a folder in it.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from fnmatch import fnmatch
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]

ROOMS: dict[str, str] = {
    "floor": "",
    "schema": "floor",
    "options": "floor",
    "formats/io": "floor",
    "geometry": "floor formats/io",
    "geometry/repair": "floor formats/io geometry",
    "geometry/airborne": "floor geometry",
    "geometry/airborne/roofs": "floor geometry/airborne",
    "geometry/airborne/ground": "floor geometry/airborne geometry/airborne/roofs",
    "geometry/airborne/trees": "floor geometry geometry/airborne",
    "geometry/airborne/picture": "floor geometry geometry/airborne geometry/airborne/trees",
    "geometry/airborne/reconstruction": "floor geometry/airborne geometry/airborne/*",
    "formats/images": "floor formats/io",
    "formats/location": "floor formats/io",
    "formats/clouds": "floor formats/io formats/location",
    "formats/meshes": "floor formats/io formats/images formats/clouds geometry",
    "formats/gltf": "floor formats/io formats/images",
    "formats/interchange": "floor formats/io formats/images",
    "formats/writers": "floor formats/io formats/images",
    "formats/gltf_scene": "floor formats/images formats/gltf formats/writers",
    "formats/massing": "floor formats/io formats/location",
    "formats/airborne": "floor formats/io formats/images formats/location formats/clouds geometry/airborne",
    "formats": "floor formats/*",
    "geometry/uv": "floor geometry",
    "geometry/location": "floor formats/location geometry",
    "geometry/massing": "floor formats/massing geometry",
    "geometry/tiles": "floor formats/io geometry geometry/repair",
    "geometry/territory": "floor geometry",
    "geometry/clouds": "floor formats/clouds geometry geometry/repair geometry/location",
    "render": "floor formats formats/* geometry geometry/*",
    "stages": "floor formats formats/* geometry geometry/* render",
    "media/probe": "floor",
    "catalogue": "floor",
    "catalogue/checks": "floor formats/massing media/probe catalogue",
    "i18n": "floor catalogue",
    "i18n/exchange": "floor catalogue i18n",
    "exports/records": "floor catalogue i18n",
    "exports/standards": "floor formats/writers catalogue i18n exports/records",
    "exports": "floor catalogue catalogue/checks i18n exports/*",
    "importing": "floor catalogue i18n exports/records",
    "pages/maps": "floor schema",
    "pages": "floor schema i18n exports exports/records pages/maps",
    "cache": "floor options",
    "console": "floor options cache",
    "executors": "floor options cache console",
    "media": "floor media/probe catalogue exports/records cache console executors",
    "reports": "floor render stages i18n cache",
    "builders": "floor options formats formats/* geometry geometry/* render stages cache reports exports/records",
    "flow": "floor options formats/airborne formats/massing stages cache console executors reports builders",
    "scan_folder": "floor formats formats/airborne formats/massing",
    "territory": "floor formats/images formats/writers formats/gltf_scene formats/airborne geometry/airborne "
    "geometry/territory render stages catalogue",
    "batch": "floor options cache console reports scan_folder",
    "bundle": "floor schema catalogue exports",
    "survey": "floor formats/location formats/airborne catalogue console",
    "georeference": "floor catalogue",
    "routing": "floor formats/airborne catalogue console survey",
    "publish": "floor options schema formats formats/massing catalogue catalogue/checks i18n exports exports/* pages "
    "cache console media reports scan_folder batch bundle territory",
    "stats": "floor schema catalogue i18n exports/records exports/standards pages console reports bundle",
    "desk": "floor options formats formats/location media/probe scan_folder catalogue catalogue/checks i18n "
    "i18n/exchange console media",
    "desk/spreadsheets": "floor catalogue i18n desk",
    "desk/web": "floor schema media/probe catalogue catalogue/checks i18n i18n/exchange exports/records importing "
    "media pages cache console bundle publish desk desk/spreadsheets",
    "api": "floor options formats/writers stages cache console executors reports builders flow publish",
    "arguments": "floor options formats i18n",
    "commands": "floor options arguments formats formats/airborne formats/massing cache console executors reports "
    "builders flow scan_folder batch catalogue catalogue/checks i18n i18n/exchange exports exports/* importing bundle "
    "survey routing georeference publish stats desk desk/spreadsheets desk/web",
    "cli": "floor i18n console arguments commands",
}
"""Which rooms a room may import besides itself: only such as are named before it. `stages` may not import itself.

At the top of `pipeline/` lie rooms of one module, named here, and the floor that all stand on: any other module.
"""

AT_ONCE = {
    "floor",
    "options",
    "cache",
    "console",
    "executors",
    "flow",
    "scan_folder",
    "media/probe",
    "catalogue",
    "catalogue/checks",
    "i18n",
    "i18n/exchange",
    "exports",
    "pages/maps",
    "exports/records",
    "exports/standards",
    "pages",
    "batch",
    "survey",
    "routing",
    "arguments",
    "commands",
    "cli",
}
LATE = {
    "pipeline.model",
    "pipeline.jit",
    "pipeline.precompile",
    "pipeline.signatures",
    "pipeline.cache.shared_store",
    "pipeline.console.live",
    "pipeline.executors.cluster",
    "pipeline.catalogue.toml_values",
}
"""What lies in rooms that start at once, yet is imported only when it is needed."""

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


TABLES = ("pipeline.levels", "pipeline.i18n.languages", "pipeline.exports.formats")
"""Tables that the server reads besides the schema."""


def modules(folder: str) -> dict[str, Path]:
    """Return the modules of a package by name."""
    paths = (path for path in sorted((PROJECT / folder).rglob("*.py")) if "node_modules" not in path.parts)
    names = (path.relative_to(PROJECT).with_suffix("").as_posix().replace("/", ".") for path in paths)
    found = {name.removesuffix(".__init__"): PROJECT / (name.replace(".", "/") + ".py") for name in names}
    assert found
    return found


PIPELINE = modules("pipeline")


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


def room(module: str) -> str:
    """Return the folder a module lies in, or at the top its own name where it is a room."""
    path = PIPELINE[module].relative_to(PROJECT / "pipeline")
    if path.parent.parts:
        return path.parent.as_posix()
    return path.stem if path.stem in ROOMS else "floor"


@cache
def open_to(own: str) -> frozenset[str]:
    """Return the rooms that a room may import."""
    names = ROOMS[own].split() + ([own] if own != "stages" else [])
    return frozenset(other for other in ROOMS if any(fnmatch(other, name) for name in names))


def test_every_folder_is_a_room_and_every_room_is_there() -> None:
    assert {room(module) for module in PIPELINE} == set(ROOMS)


def test_a_room_imports_only_rooms_named_before_it() -> None:
    order = list(ROOMS)
    for own, names in ROOMS.items():
        assert all(any(fnmatch(other, name) for other in ROOMS) for name in names.split()), own
        assert {order.index(other) <= order.index(own) for other in open_to(own)} == {True}, own


def test_imports_go_one_way() -> None:
    wrong = [
        f"{module} ({room(module)}) may not import {name} ({room(name)})"
        for module, path in PIPELINE.items()
        for name in sorted(imported(path) & PIPELINE.keys() - {module, "pipeline.stages"})
        if room(name) not in open_to(room(module))
    ]
    assert wrong == []


def test_no_modules_import_each_other() -> None:
    """Not even inside functions, or for types alone; `prepare` raises CycleError with the modules."""
    graph = {name: imported(path) & PIPELINE.keys() - {name} for name, path in PIPELINE.items()}
    TopologicalSorter(graph).prepare()


def test_a_folder_itself_holds_only_its_sentence() -> None:
    paths = [PROJECT / "pipeline" / name / "__init__.py" for name in ROOMS]
    assert [path for path in paths if path.exists() and len(parsed(path).body) != 1] == []


def test_tests_lie_in_the_rooms_of_what_they_test() -> None:
    tests = PROJECT / "tests" / "pipeline"
    assert {path.parent.relative_to(tests).as_posix() for path in tests.rglob("*.py")} <= {".", *ROOMS}


def test_a_stage_imports_no_other_stage() -> None:
    stages = {name for name in PIPELINE if room(name) == "stages" and name != "pipeline.stages"}
    others = {name: imported(PIPELINE[name]) & stages - {name} for name in stages}
    assert {name: found for name, found in others.items() if found} == {}


def test_what_starts_at_once_imports_nothing_heavy_at_its_top() -> None:
    at_once = [name for name in PIPELINE if room(name) in AT_ONCE and name not in LATE]
    heavy = {name: tops(PIPELINE[name], top_level_only=True) & HEAVY for name in at_once}
    assert {name: found for name, found in heavy.items() if found} == {}


def loaded(statement: str) -> set[str]:
    script = f"import sys\n{statement}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    command = [sys.executable, "-c", script]
    return set(subprocess.run(command, check=True, capture_output=True, text=True, cwd=PROJECT).stdout.split())


def test_the_command_starts_without_anything_heavy() -> None:
    assert (
        not loaded("import pipeline.cli, pipeline.commands.run, pipeline.cache.eviction; pipeline.cli.parser()") & HEAVY
    )


def test_the_server_holds_nothing_heavy() -> None:
    assert not loaded("import server.__main__, server.http.uvicorn_server") & (HEAVY - {"fastapi", "rich"})


def test_the_server_imports_nothing_of_the_pipeline_but_its_schema() -> None:
    for name, path in modules("server").items():
        others = {found for found in imported(path) if found.split(".")[0] == "pipeline"}
        assert {found for found in others if not found.startswith(("pipeline.schema.", *TABLES))} == set(), name


def test_the_schema_imports_nothing_of_the_rest() -> None:
    others = {name: tops(path) - {"pipeline", "pydantic", *sys.stdlib_module_names} for name, path in PIPELINE.items()}
    assert {name: found for name, found in others.items() if found and room(name) == "schema"} == {}


def test_a_module_opens_with_one_sentence() -> None:
    for name, path in {**PIPELINE, **modules("server")}.items():
        text = ast.get_docstring(parsed(path))
        assert text, f"{name} opens with no docstring"
        assert text.split("\n\n")[0].endswith((".", ":")), f"{name}: the first sentence has no end"


@pytest.mark.parametrize("folder", ["pipeline", "server", "tests"])
def test_no_file_has_a_name_that_says_nothing(folder: str) -> None:
    empty = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager"}
    assert not {name for name in modules(folder) if name.rsplit(".", 1)[-1] in empty}
