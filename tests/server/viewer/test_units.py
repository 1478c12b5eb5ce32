"""The sources of the viewer: types, unit tests, modules and the description of the element."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

from carreau.site.publish.static_files import VIEWER_WORDS, words_of_viewer
from server.viewer.tools.static_files import VIEWER
from server.viewer.tools.viewer_types import TYPES, types_of_documents
from tests.conftest import need

SRC = (VIEWER / "src").resolve()
SOURCES = sorted(path for folder in (".", "geo", "models", "tools", "ui") for path in (SRC / folder).glob("*.ts"))
"""The modules of <carreau-viewer> itself."""
MAX_MODULES = 20
"""Per folder."""


def node() -> str:
    """Return Node.js: that of the environment, else the first on PATH."""
    own = Path(sys.prefix) / "node" / "bin" / "node"
    return str(own) if own.exists() else "node"


def run(modules: Path, script: str, *arguments: str) -> None:
    need((modules / script).is_file(), f"{script} is not installed: make setup")
    command = [node(), str(modules / script), *arguments]
    done = subprocess.run(command, cwd=VIEWER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_are_those_of_the_documents() -> None:
    """Run `python -m server.viewer.tools.viewer_types` where they are not."""
    assert TYPES.read_text(encoding="utf-8") == types_of_documents()


def test_the_viewer_is_strictly_typed(viewer_modules: Path) -> None:
    run(viewer_modules, "typescript/bin/tsc", "-p", ".")


def test_its_logic_is_right(viewer_modules: Path) -> None:
    run(viewer_modules, "vitest/vitest.mjs", "run", "--no-color")


def test_modules_import_one_way_and_have_names_of_their_own() -> None:
    """Type imports count, too. Only `index.ts` may repeat: each script of the pages has one as its entry point."""
    modules = sorted(SRC.rglob("*.ts"))
    imports = {path: set(imported(path)) for path in modules}
    list(TopologicalSorter(imports).static_order())
    names = Counter(path.stem for path in modules)
    del names["index"]
    assert [name for name, count in names.items() if count > 1] == []
    assert max(Counter(path.parent for path in modules).values()) <= MAX_MODULES


def imported(path: Path) -> Iterator[Path]:
    """Yield the modules of the viewer that a module imports."""
    for name in re.findall(r'from "(\.[^"]+)"', path.read_text(encoding="utf-8")):
        yield (path.parent / f"{name}.ts").resolve()


def test_every_word_that_it_says_is_there_in_five_languages() -> None:
    said = {name for path in SOURCES for name in re.findall(r'\bt\(\s*"([a-z_]+)"', path.read_text(encoding="utf-8"))}
    assert len(said) > 40
    assert said <= set(VIEWER_WORDS)
    places = {name: sorted(re.findall(r"\{(\w+)\}", text)) for name, text in words_of_viewer("en").items()}
    for language in ("fr", "nl", "de", "pl"):
        words = words_of_viewer(language)
        assert {name: sorted(re.findall(r"\{(\w+)\}", text)) for name, text in words.items()} == places
        assert not any("%(" in text for text in words.values())


def test_its_description_names_what_it_has() -> None:
    """`custom-elements.json` says of the element what its sources say."""
    described = json.loads((VIEWER / "custom-elements.json").read_text(encoding="utf-8"))
    [declared] = described["modules"][0]["declarations"]
    element = (SRC / "element.ts").read_text(encoding="utf-8")
    body = element.partition("class CarreauViewer")[2]
    methods = re.findall(r"^  (?:async )?(open|[a-z]\w+)\(.*\).*\{$", body, re.MULTILINE)
    own = [name for name in methods if not name.endswith("Callback") and name != "constructor"]
    fields = set(re.findall(r"^  get (\w+)\(", body, re.MULTILINE))
    assert [each["name"] for each in declared["members"] if each["kind"] == "method"] == own
    assert {each["name"] for each in declared["members"] if each["kind"] == "field"} == fields
    observed = re.search(r"observedAttributes = \[(.*?)\]", body)
    assert observed is not None
    assert [each["name"] for each in declared["attributes"]] == re.findall(r'"(\w+)"', observed[1])
    events = (SRC / "events.ts").read_text(encoding="utf-8")
    assert [each["name"] for each in declared["events"]] == re.findall(r'^  "(carreau-\w+)":', events, re.MULTILINE)
    styles = (SRC / "ui" / "styles.ts").read_text(encoding="utf-8")
    used = sorted(set(re.findall(r"var\((--carreau-[\w-]+)", styles)))
    assert sorted(each["name"] for each in declared["cssProperties"]) == used
    writable = set(re.findall(r"^  set (\w+)\(", body, re.MULTILINE))
    assert {each["name"] for each in declared["members"] if each.get("readonly")} == fields - writable
    for each in declared["members"]:
        assert each.get("attribute") in (None, each["name"])
        said = re.search(rf"/\*\* (.*?) \*/\n  (?:async |get )?{each['name']}\(", body)
        assert said is None or said[1] == each["description"]
    told = dict(re.findall(r'/\*\* (.*?) \*/\n  "(carreau-\w+)"', events))
    assert {each["description"]: each["name"] for each in declared["events"]} == told
    details = dict(re.findall(r'^  "(carreau-\w+)": (\{.*\});', events, re.MULTILINE))
    assert {each["name"]: each["type"]["text"] for each in declared["events"]} == {
        name: f"CustomEvent<{detail}>" for name, detail in details.items()
    }
    all_sources = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    parts = set(re.findall(r'\bpart: "([\w-]+)"', all_sources))
    assert {each["name"] for each in declared["cssParts"]} == parts


def test_the_viewer_asks_for_no_eval(viewer_module: bytes) -> None:
    assert not re.search(rb"\beval\(|new Function\(|\.innerHTML|insertAdjacentHTML", viewer_module)
