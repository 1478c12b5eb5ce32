"""Change one operator or constant of a module at a time, and list the changes that no test notices.

`make mutants MODULES=pipeline/carreau/geometry/render` runs it on a copy of the project. mutmut 3
does not fit here: it changes function bodies alone, so no constant of a module, and its wrappers hide functions from
Numba.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import functools
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from carreau.runs.progress import duration

PROJECT = Path(__file__).parents[1]
INSTALLED = (
    ".venv",
    "server/carreau_server/static",
    *(f"{folder}/node_modules" for folder in ("pipeline/carreau/base/node", "server/viewer")),
)
PACKAGES = {"carreau": "pipeline", "carreau_server": "server"}
"""Import names, and the folders that they lie in; what else is imported lies where its name says."""

LOG = "mutants.log"
SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    **{ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq},
    **{ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And},
    **{ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div},
    **{ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd},
    **{ast.LShift: ast.RShift, ast.RShift: ast.LShift},
}
SKIPPED = {"annotation", "returns", "decorator_list"}
"""Fields that run no code, or that no caller can observe."""


@dataclass(frozen=True)
class Mutant:
    """A changed module: the line, its part before and after, and the source with the change."""

    line: int
    before: str
    after: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Yield a source with one change each; without changes to strings, annotations, decorators and assertions."""
    lines = source.encode().splitlines(keepends=True)
    starts = [0, *(sum(map(len, lines[: number + 1])) for number in range(len(lines)))]
    for node, changed in _changes(ast.parse(source)):
        first = starts[node.lineno - 1] + node.col_offset
        last = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        text = source.encode()
        after = ast.unparse(changed)
        replacement = f"({after})" if isinstance(changed, ast.expr) else after
        yield Mutant(
            node.lineno, ast.unparse(node), after, (text[:first] + replacement.encode() + text[last:]).decode()
        )


def _changes(node: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, ast.expr | ast.stmt]]:
    if isinstance(node, ast.JoinedStr | ast.Assert):
        return  # Python 3.11 does not give the place of what is inside a formatted string
    if isinstance(node, ast.expr | ast.stmt):
        yield from ((node, changed) for changed in _changed(node))
    for name, field in ast.iter_fields(node):
        for child in field if isinstance(field, list) else [field]:
            if isinstance(child, ast.AST) and name not in SKIPPED:
                yield from _changes(child)


def _changed(node: ast.expr | ast.stmt) -> Iterator[ast.expr | ast.stmt]:
    match node:
        case ast.Compare(left, operators, others):
            for place, operator in enumerate(operators):
                swapped: list[ast.cmpop] = [*operators]
                swapped[place] = SWAPS[type(operator)]()  # type: ignore[call-overload]
                yield ast.Compare(left, swapped, others)
        case ast.BinOp(left, operator, right) if type(operator) in SWAPS:
            yield ast.BinOp(left, SWAPS[type(operator)](), right)  # type: ignore[arg-type]
        case ast.AugAssign(target, operator, value) if type(operator) in SWAPS:
            yield ast.AugAssign(target, SWAPS[type(operator)](), value)  # type: ignore[arg-type]
        case ast.BoolOp(operator, values):
            yield ast.BoolOp(SWAPS[type(operator)](), values)  # type: ignore[arg-type]
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield operand
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int(value) | float(value)):
            yield ast.Constant(value + 1 if isinstance(value, int) else value * 1.25 or 1.0)
        case ast.IfExp(test, body, other) if not isinstance(test, ast.Compare | ast.UnaryOp | ast.BoolOp):
            yield ast.IfExp(ast.UnaryOp(ast.Not(), test), body, other)
        case ast.Return(ast.expr() as value) if not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(ast.Call()) | ast.Raise():
            yield ast.Pass()


@functools.cache
def imports(path: Path, root: Path) -> frozenset[Path]:
    """Return the modules of the project that one imports, itself included, however far off."""
    reached, waiting = set[Path](), [path]
    while waiting:
        current = waiting.pop()
        if current not in reached and current.is_file():
            reached.add(current)
            waiting += imported(current, root)
    return frozenset(reached)


def imported(path: Path, root: Path) -> list[Path]:
    """Return the modules of the project that one imports itself."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import | ast.ImportFrom):
            base = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [*base, *(".".join([*base, alias.name]) for alias in node.names)]
    paths = [root / PACKAGES.get(name.partition(".")[0], "") / f"{name.replace('.', '/')}.py" for name in names]
    return [path for path in paths if path.is_file()]


def mirror(path: Path) -> Path:
    """Return where the tests of a file or folder lie, by its path in the checkout.

    >>> mirror(Path("pipeline/carreau/base/options.py")).as_posix(), mirror(Path("assets/sites")).as_posix()
    ('tests/pipeline/base/options.py', 'tests/assets/sites')
    """
    return Path("tests", *(part for i, part in enumerate(path.parts) if i != 1 or part not in PACKAGES))


def covering_tests(module: Path, root: Path) -> list[str]:
    """Return the module where it has examples, then the tests in its mirror folder that import it, nearest first."""
    folder = root / mirror(module).parent
    while not list(folder.glob("test_*.py")):
        folder = folder.parent
    files = sorted(folder.glob("test_*.py"))
    covering = [path for path in files if root / module in imports(path, root)] or files
    name = ".".join(module.with_suffix("").parts[module.parts[1] in PACKAGES :])
    covering.sort(key=lambda path: (name not in path.read_text(encoding="utf-8"), path.stat().st_size))
    examples = [root / module] if ">>> " in (root / module).read_text(encoding="utf-8") else []
    return [str(path.relative_to(root)) for path in (*examples, *covering)]


def copy_project(root: Path, to: Path) -> None:
    """Copy what Git has or would take; link to what is installed."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, names):
        if (root / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, to / name)
    for name in INSTALLED:
        if (root / name).exists():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            (to / name).symlink_to((root / name).resolve())


def passes(root: Path, tests: Sequence[str], limit_s: float) -> bool:
    """Return whether tests pass within a time; ends them and all that they started, and writes what they print."""
    options = ("-q", "-x", "-m", "not browser", "-p", "no:cacheprovider", "-p", "pytest_timeout")
    command = [sys.executable, "-m", "pytest", *options, *tests]
    # Python tells byte code of another source by size and second alone: a mutant may have both in common with the last.
    # Plugins that are not named take 1.4 s of the 2 s that a small test file takes.
    folders = os.pathsep.join(str(root / folder) for folder in PACKAGES.values())
    settings = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": folders, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment = {**os.environ, **settings}
    with (
        (root / LOG).open("w") as log,
        subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=log, start_new_session=True) as process,
    ):
        try:
            return process.wait(limit_s) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def survivors(
    root: Path, modules: Sequence[Path], limit_s: float, tests: Sequence[str] = ()
) -> Iterator[tuple[Path, Mutant]]:
    """Yield the mutants that all tests pass with, in a copy of the project that nobody else uses.

    limit_s : seconds after which no further mutant is tried; they are in random order, the same each time
    tests : files to run instead of those that cover a module
    """
    covering = {module: list(tests) or covering_tests(module, root) for module in modules}
    allowed_s = {}
    for files in {tuple(files) for files in covering.values()}:
        begun = time.monotonic()
        if not passes(root, files, 1800):
            reason = "\n".join((root / LOG).read_text(encoding="utf-8").splitlines()[-12:])
            raise SystemExit(f"{reason}\nthese tests fail without any change: {' '.join(files)}")
        allowed_s[files] = 10 + 2 * (time.monotonic() - begun)
    machine_code = root / "pipeline" / "carreau" / "__pycache__" / "jit"
    former = set(machine_code.glob("*"))
    waiting = [(module, each) for module in modules for each in mutants((root / module).read_text(encoding="utf-8"))]
    random.Random(1).shuffle(waiting)
    begun = reported = time.monotonic()
    for done, (module, mutant) in enumerate(waiting):
        now = time.monotonic()
        if now - begun > limit_s:
            print(f"time is up: {done} of {len(waiting)} mutants were tried", file=sys.stderr)
            return
        if now - reported > 15:
            reported, left = now, min(limit_s - (now - begun), (now - begun) / done * (len(waiting) - done))
            print(f"{done} of {len(waiting)} mutants, about {duration(left)} left", file=sys.stderr, flush=True)
        source = (root / module).read_bytes()
        try:
            (root / module).write_text(mutant.source, encoding="utf-8")
            survives = passes(root, covering[module], allowed_s[tuple(covering[module])])
        finally:
            (root / module).write_bytes(source)
        for folder in set(machine_code.glob("*")) - former:
            shutil.rmtree(folder)
        if survives:
            yield module, mutant


def main() -> None:
    """Print the survivors among the mutants of some modules or folders."""
    parser = argparse.ArgumentParser("python -m tests.mutants", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("modules", nargs="+", type=Path, help="modules, or folders of modules")
    parser.add_argument("--tests", nargs="*", default=(), help="tests to run (default: those that import the module)")
    parser.add_argument("--seconds", type=float, default=900, help="when to stop (default: %(default)g)")
    options = parser.parse_args()
    given = [path.resolve().relative_to(PROJECT) for path in options.modules]
    paths = [found for path in given for found in ([path] if path.suffix else sorted((PROJECT / path).rglob("*.py")))]
    modules = [PROJECT.joinpath(path).relative_to(PROJECT) for path in paths if "node_modules" not in path.parts]
    with tempfile.TemporaryDirectory() as folder:
        copy_project(PROJECT, Path(folder))
        count = 0
        for module, mutant in survivors(Path(folder), modules, options.seconds, options.tests):
            count += 1
            print(f"{module}:{mutant.line}  {mutant.before}  →  {mutant.after}", flush=True)
    print(f"{count} survived", file=sys.stderr)


if __name__ == "__main__":
    main()
