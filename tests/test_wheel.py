"""The built wheel is complete: it runs in an environment that does not see the repository.

Its dependencies are those of this environment, for to install them takes a minute and the network.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

from pipeline.cli import main
from tests.conftest import need
from tests.pipeline.publish.editions import edition
from tests.waiting import wait_until

PROJECT = Path(__file__).parents[1]
SOURCES = ("pipeline", "server", "locales", "pyproject.toml", "setup.py", "README.md", "LICENSE")
UNPACKED = shutil.ignore_patterns("node_modules", "__pycache__")
PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check")


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel, and a folder to work in."""

    python: Path
    folder: Path

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.python.with_name(program)), *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=120, cwd=self.folder, env=self.environment()
        )

    def environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        return {**ours, "CARREAU_CACHE": str(self.folder / "cache"), "LC_ALL": "C.UTF-8"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    need((PROJECT / "server" / "static" / "carreau-viewer.js").is_file(), "the viewer is not built: make setup")
    folder = tmp_path_factory.mktemp("wheel")
    sources, wheels, environment = folder / "sources", folder / "wheels", folder / "environment"
    sources.mkdir()
    for name in SOURCES:  # a build leaves folders beside the sources
        if (PROJECT / name).is_dir():
            shutil.copytree(
                PROJECT / name, sources / name, ignore=shutil.ignore_patterns("node_modules", "__pycache__")
            )
        else:
            shutil.copy(PROJECT / name, sources)
    build = [*PIP, "wheel", "--no-build-isolation", "--no-deps", "--no-index", "-w", str(wheels), str(sources)]
    subprocess.run([sys.executable, *build], check=True, timeout=120)
    (wheel,) = wheels.iterdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True, timeout=120)
    python = environment / "bin" / "python"
    libraries = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    own = Path(sysconfig.get_path("purelib", vars={"base": str(environment), "platbase": str(environment)}))
    (own / "libraries.pth").write_text("\n".join(sorted(libraries)) + "\n")
    install = [*PIP, "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([sys.executable, *install], check=True, timeout=120)
    shutil.rmtree(sources)
    (folder / "work").mkdir()
    edition(folder / "work", ("fosse-mathilde",))
    return Installed(python, folder / "work")


def test_it_is_the_wheel_that_runs(installed: Installed) -> None:
    done = installed.run("python", "-c", "import pipeline, server; print(pipeline.__file__, server.__file__)")
    environment = installed.python.parents[1].as_posix()
    assert [path.startswith(environment) for path in done.stdout.split()] == [True, True]


def test_the_command_tells_its_version(installed: Installed) -> None:
    done = installed.run("carreau", "--version")
    assert (done.returncode, done.stdout.split()[0]) == (0, "carreau")


def test_an_error_is_french(installed: Installed, capsys: pytest.CaptureFixture[str]) -> None:
    done = installed.run("carreau", "--lang", "fr", "serve", "absent")
    assert main(["--lang", "fr", "serve", "absent"]) == done.returncode == 2
    french = capsys.readouterr().err
    assert main(["--lang", "en", "serve", "absent"]) == 2
    assert done.stderr == french != capsys.readouterr().err


def test_the_library_is_there_and_typed(installed: Installed) -> None:
    code = "import pipeline; from pipeline import build_models; print(pipeline.__path__[0])"
    done = installed.run("python", "-c", code)
    assert done.returncode == 0, done.stderr
    package = Path(done.stdout.strip())
    assert all((folder / "py.typed").is_file() for folder in (package, package.parent / "server"))
    assert (package / "__init__.pyi").is_file()
    assert (package / "signatures.txt").is_file()


@pytest.fixture(scope="module")
def bundle(installed: Installed) -> Path:
    places = ["--bundle", "bundle", "--models", "models", "--base-url", "https://mine.example"]
    done = installed.run("carreau", "publish", "assets", *places, "--quiet")
    assert done.returncode == 0, done.stderr
    return installed.folder / "bundle"


@pytest.fixture(scope="module")
def address(installed: Installed, bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("log") / "log"
    command = [str(installed.python.with_name("carreau")), "serve", str(bundle), "--port", "0"]
    with (
        log.open("w") as stream,
        subprocess.Popen(
            command, stdout=stream, stderr=stream, cwd=installed.folder, env=installed.environment()
        ) as process,
    ):
        try:
            wait_until(lambda: "http://" in log.read_text() or process.poll() is not None, "an address")
            yield log.read_text().partition("http://")[2].partition("/")[0]
        finally:
            process.terminate()


def answer(address: str, path: str, language: str) -> tuple[int, str]:
    connection = HTTPConnection(address, timeout=60)
    connection.request("GET", path, headers={"Accept-Language": language})
    response = connection.getresponse()
    content = response.read().decode()
    connection.close()
    return response.status, content


def test_it_serves_a_page_and_the_viewer(address: str) -> None:
    status, page = answer(address, "/fr/sites/fosse-mathilde", "fr")
    assert (status, "Fosse Mathilde" in page) == (200, True)
    built = (PROJECT / "server" / "static" / "carreau-viewer.js").read_text("utf-8")
    assert answer(address, "/viewer/carreau-viewer.js", "fr") == (200, built)


def test_it_answers_an_error_in_french(address: str) -> None:
    french, english = (answer(address, "/v1/sites/absent", language) for language in ("fr", "en"))
    assert french[0] == english[0] == 404
    assert json.loads(french[1])["title"] != json.loads(english[1])["title"]
