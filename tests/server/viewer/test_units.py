"""The viewer's sources: typed, after the documents as they are, tested, and described as they are."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from pipeline.publish.viewer_words import WORDS, words_of_viewer
from server.static_files import VIEWER
from server.viewer_types import TYPES, types_of_documents
from tests.conftest import need

SOURCES = sorted(path for folder in (".", "ui") for path in (VIEWER / "src" / folder).glob("*.ts"))
"""Of <carreau-viewer> itself."""


def run(modules: Path, script: str, *arguments: str) -> None:
    need((modules / script).is_file(), f"{script} is not installed: make setup")
    command = [str(Path(sys.prefix) / "node" / "bin" / "node"), str(modules / script), *arguments]
    if not Path(command[0]).exists():
        command[0] = "node"
    done = subprocess.run(command, cwd=VIEWER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_are_those_of_the_documents() -> None:
    """Run `python -m server.viewer_types` where they are not."""
    assert TYPES.read_text(encoding="utf-8") == types_of_documents()


def test_the_viewer_is_strictly_typed(viewer_modules: Path) -> None:
    run(viewer_modules, "typescript/bin/tsc", "-p", ".")


def test_its_logic_is_right(viewer_modules: Path) -> None:
    run(viewer_modules, "vitest/vitest.mjs", "run", "--no-color")


def test_every_word_that_it_says_is_there_in_five_languages() -> None:
    said = {name for path in SOURCES for name in re.findall(r'say\(\s*"([a-z_]+)"', path.read_text(encoding="utf-8"))}
    assert len(said) > 40
    assert said <= set(WORDS)
    places = {name: sorted(re.findall(r"\{(\w+)\}", text)) for name, text in words_of_viewer("en").items()}
    for language in ("fr", "nl", "de", "pl"):
        words = words_of_viewer(language)
        assert {name: sorted(re.findall(r"\{(\w+)\}", text)) for name, text in words.items()} == places
        assert not any("%(" in text for text in words.values())


def test_its_description_names_what_it_has() -> None:
    """`custom-elements.json` says of the element what its sources say."""
    described = json.loads((VIEWER / "custom-elements.json").read_text(encoding="utf-8"))
    [declared] = described["modules"][0]["declarations"]
    element = (VIEWER / "src" / "element.ts").read_text(encoding="utf-8")
    body = element.partition("class CarreauViewer")[2]
    methods = re.findall(r"^  (?:async )?(open|[a-z]\w+)\(.*\).*\{$", body, re.MULTILINE)
    own = [name for name in methods if not name.endswith("Callback") and name != "constructor"]
    fields = set(re.findall(r"^  get (\w+)\(", body, re.MULTILINE))
    assert [each["name"] for each in declared["members"] if each["kind"] == "method"] == own
    assert {each["name"] for each in declared["members"] if each["kind"] == "field"} == fields
    observed = re.search(r"observedAttributes = \[(.*?)\]", body)
    assert observed is not None
    assert [each["name"] for each in declared["attributes"]] == re.findall(r'"(\w+)"', observed[1])
    events = (VIEWER / "src" / "events.ts").read_text(encoding="utf-8")
    assert [each["name"] for each in declared["events"]] == re.findall(r'^  "(carreau-\w+)":', events, re.MULTILINE)
    styles = (VIEWER / "src" / "styles.ts").read_text(encoding="utf-8")
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
