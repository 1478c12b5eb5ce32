"""Everything the command offers is documented, and everything documented is offered."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest

from carreau.base.levels import LEVELS
from carreau.command.cli import parser

PROJECT = Path(__file__).parents[1]
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
DOCUMENTATION = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)
BUILD_PAGE = (PROJECT / "docs" / "models" / "build.md").read_text(encoding="utf-8")
MAKEFILE = (PROJECT / "Makefile").read_text(encoding="utf-8")


def commands() -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each command by name."""
    for action in parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    raise AssertionError("the command has no commands")


OTHER_COMMANDS = re.compile(
    r"`(dask worker|python -m tests\.bench|systemctl) [^`]+`|^.*\bchromium --kiosk .*$", re.MULTILINE
)


def options(command: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """Return the options of a command, and those of its actions."""
    found = dict(command._option_string_actions)
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                found |= options(each)
    return found


OFFERED = sorted((name, option) for name, command in commands().items() for option in options(command))


def test_all_commands_name_the_catalogue_alike() -> None:
    """Commands of models, of a bundle or of the cache have none."""
    without = {name for name, command in commands().items() if "--assets" not in options(command)}
    assert without == {"model", "inspect", "compare", "cache", "georeference", "verify", "serve", "stats"}


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_is_documented_and_the_help(name: str) -> None:
    assert f"carreau {name}" in DOCUMENTATION
    assert re.search(rf"^ +{name} +\S", parser().format_help(), re.MULTILINE)


@pytest.mark.parametrize(("name", "option"), [pair for pair in OFFERED if pair[1] not in ("-h", "--help")])
def test_every_option_is_documented_and_says_what_it_does(name: str, option: str) -> None:
    assert option in DOCUMENTATION, f"carreau {name} {option} is neither in README.md nor in docs/"
    assert options(commands()[name])[option].help


@pytest.mark.parametrize(
    "line", sorted(set(re.findall(r"^\$ \.venv/bin/carreau (.+?)(?:  +#.*)?$", DOCUMENTATION, re.MULTILINE)))
)
def test_every_example_is_understood(line: str) -> None:
    parsed = parser().parse_args(shlex.split(line.split("  #")[0]))
    assert getattr(parsed, "former_assets", None) is None, "the catalogue is named with --assets"


@pytest.mark.parametrize(
    "option", sorted(set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", OTHER_COMMANDS.sub("", DOCUMENTATION))))
)
def test_every_documented_option_exists(option: str) -> None:
    assert option in {*parser()._option_string_actions, *(offered for _, offered in OFFERED)}


@pytest.mark.parametrize("verb", sorted(set(re.findall(r"\bmake ([a-z]+)\b", DOCUMENTATION))))
def test_every_documented_verb_is_in_the_makefile(verb: str) -> None:
    assert re.search(rf"^{verb}:", MAKEFILE, re.MULTILINE)


def test_the_makefile_has_the_verbs_and_explains_them() -> None:
    explained = re.findall(r"^([a-z]+):.*## .+$", MAKEFILE, re.MULTILINE)
    verbs = (
        "help setup demo build serve test affected mutants fuzz oddities faces wordpress "
        "check messages signatures docs wheel"
    )
    assert set(explained) == {*verbs.split(), "bench", "clean"}


def test_the_documented_budgets_are_those_of_the_code() -> None:
    for level in LEVELS.values():
        row = next(line for line in BUILD_PAGE.splitlines() if line.startswith(f"| {level.name} |"))
        assert f"{level.triangles:,}" in row
        assert f"{level.texture_px}²" in row


LOCKS = [
    *sorted((PROJECT / "pipeline").glob("*.lock")),
    *(
        PROJECT / folder / "package-lock.json"
        for folder in ("pipeline/carreau/base/node", "server/viewer", "tests/bench", "tests/server/clients")
    ),
]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_locks_hold_no_address(path: Path) -> None:
    assert not re.search(r"https?://|^--(?!hash)", path.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_readme_stays_short() -> None:
    assert 100 < len((PROJECT / "README.md").read_text(encoding="utf-8").splitlines()) <= 200
