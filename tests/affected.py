"""List the tests that a change may break: those that import what was changed, or something that imports it.

`make affected` runs them. Half of the modules reach eight files or fewer; a change that reaches further than one hop of
imports is for `make test` to find.
"""

from __future__ import annotations

import argparse
import functools
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.mutants import imported, mirror

PROJECT = Path(__file__).parents[1]
PACKAGES = ("pipeline", "server", "tests", "assets")
TESTS = Path("tests")


def affected(changed: Iterable[Path], root: Path = PROJECT) -> list[Path]:
    """Return test files of a checkout, those of the changed files themselves first.

    changed : files by their path in the checkout
    A file that is not Python has the tests in the folder that follows its own, or those that name it.
    """
    importers = _importers(root)
    near, far = set[Path](), set[Path]()
    for path in changed:
        if path.suffix == ".py":
            near |= _tests(path, importers)
            for other in importers.get(path, ()):
                far |= set() if other.is_relative_to(TESTS) else _tests(other, importers)
        elif not path.is_relative_to(TESTS):
            near |= set(_beside(path, root))
    return [*sorted(near), *sorted(far - near)]


def _tests(path: Path, importers: Mapping[Path, set[Path]]) -> set[Path]:
    """Return the tests that import a module, or a helper of tests that does; a test is one of its own."""
    found, waiting = set[Path](), [path]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += [each for each in importers.get(current, ()) if each.is_relative_to(TESTS)]
    return {each for each in found if each.is_relative_to(TESTS) and each.name.startswith("test_")}


def _beside(path: Path, root: Path) -> list[Path]:
    for folder in path.parents[:-1]:
        if tests := sorted((root / mirror(folder)).glob("test_*.py")):
            return [each.relative_to(root) for each in tests]
    tests = sorted((root / TESTS).rglob("test_*.py"))
    return [each.relative_to(root) for each in tests if path.name in each.read_text(encoding="utf-8")]


@functools.cache
def _importers(root: Path) -> dict[Path, set[Path]]:
    """Return who imports each module directly."""
    found: dict[Path, set[Path]] = {}
    for package in PACKAGES:
        for path in (root / package).rglob("*.py"):
            if "node_modules" not in path.parts:
                for other in imported(path, root):
                    found.setdefault(other.relative_to(root), set()).add(path.relative_to(root))
    return found


def changed_files(since: str, root: Path = PROJECT) -> list[Path]:
    """Return the files that differ from a commit, with new ones that Git does not know yet."""
    commands = (["diff", "--name-only", "-z", since, "--"], ["ls-files", "--others", "--exclude-standard", "-z"])
    names = [
        name
        for command in commands
        for name in subprocess.run(
            ["git", *command], cwd=root, check=True, capture_output=True, text=True
        ).stdout.split("\0")
        if name
    ]
    return [Path(name) for name in sorted(set(names))]


def main() -> None:
    """Print the test files that a change reaches, one on a line."""
    parser = argparse.ArgumentParser("python -m tests.affected", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--since", default="HEAD", help="the commit before the change (default: the last one)")
    for path in affected(changed_files(parser.parse_args().since)):
        print(path)


if __name__ == "__main__":
    main()
