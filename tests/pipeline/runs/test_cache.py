"""The cache makes each value once, and never gives half of one."""

from __future__ import annotations

import errno
import importlib
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carreau.base.errors import StorageError
from carreau.base.model import Material, Mesh, Texture, TextureSlot, Wrap
from carreau.runs import fingerprint, store
from carreau.runs.cache import Cache, remove_entries
from carreau.runs.store import Record, Store

PROJECT = Path(__file__).parents[3]
STAGE = """
from pathlib import Path
from {package}.words import WORD

def count(text: Path, start: int = 0) -> int:
    with Path({log!r}).open("a") as log:
        log.write("count\\n")
    return start + len(text.read_text()) + len(WORD)

def double(number: int) -> int:
    with Path({log!r}).open("a") as log:
        log.write("double\\n")
    return 2 * number
"""


@dataclass
class Laboratory:
    """A package of stages in a temporary folder, standing for ours, whose sources may be changed."""

    folder: Path
    log: Path
    root: Path

    def write(self, **modules: str) -> None:
        """Change the source of modules, and forget what was imported of them."""
        for name, source in modules.items():
            path = self.folder / f"{name}.py"
            path.write_text(textwrap.dedent(source))
            os.utime(path, ns=(time.time_ns(), time.time_ns()))
        for name in [name for name in sys.modules if name.startswith("laboratory")]:
            del sys.modules[name]
        shutil.rmtree(self.folder / "__pycache__", ignore_errors=True)
        for function in (
            fingerprint.code_digest,
            fingerprint.source_closure,
            fingerprint.source_digest,
            fingerprint.imports,
            fingerprint._distribution,
        ):
            function.cache_clear()

    def runs(self) -> list[str]:
        """Return which stages ran since last asked."""
        ran = self.log.read_text().split() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return ran

    def number(self, scan: Path, start: int = 0) -> int:
        """Count and double, with a new cache over the same folder, as a new process would have."""
        cache = Cache(self.root)
        counted = cache.step(stage("stage", "count"), cache.files(scan), start)
        value: int = cache.step(stage("double", "double"), counted).value()
        return value


def stage(module: str, name: str) -> Any:
    """Return a function of the laboratory, as its source is now."""
    return getattr(importlib.import_module(f"laboratory.{module}"), name)


@pytest.fixture
def laboratory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Laboratory:
    folder = tmp_path / "packages" / "laboratory"
    folder.mkdir(parents=True)
    monkeypatch.syspath_prepend(str(folder.parent))
    monkeypatch.setattr(fingerprint, "PACKAGE", "laboratory")
    monkeypatch.setattr(fingerprint, "ROOT", folder)
    made = Laboratory(folder, tmp_path / "log", tmp_path / "cache")
    stage = STAGE.format(package="laboratory", log=str(made.log))
    count, _, double = stage.partition("def double")
    made.write(__init__="", words='WORD = "pit"', stage=count, double="from pathlib import Path\ndef double" + double)
    return made


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "scan.txt"
    path.write_text("headframe")
    return path


def test_a_second_run_makes_nothing(laboratory: Laboratory, scan: Path) -> None:
    first = laboratory.number(scan)
    assert laboratory.runs() == ["count", "double"]
    assert laboratory.number(scan) == first == 2 * (9 + 3)
    assert laboratory.runs() == []


def test_a_changed_option_runs_what_depends_on_it(laboratory: Laboratory, scan: Path) -> None:
    laboratory.number(scan)
    laboratory.runs()
    laboratory.number(scan, start=1)
    assert laboratory.runs() == ["count", "double"]
    laboratory.number(scan)
    assert laboratory.runs() == []


def test_changed_bytes_run_everything_and_a_touched_file_nothing(laboratory: Laboratory, scan: Path) -> None:
    laboratory.number(scan)
    laboratory.runs()
    os.utime(scan, (1, 1))
    laboratory.number(scan)
    assert laboratory.runs() == []
    scan.write_text("minehead!")
    os.utime(scan, (1, 1))
    laboratory.number(scan)
    assert laboratory.runs()[0] == "count"


def test_a_changed_stage_runs_itself_and_what_follows_with_another_value(laboratory: Laboratory, scan: Path) -> None:
    laboratory.number(scan)
    laboratory.runs()
    double = (laboratory.folder / "double.py").read_text()
    laboratory.write(double=double.replace("2 * number", "3 * number"))
    assert laboratory.number(scan) == 3 * 12
    assert laboratory.runs() == ["double"]


def test_a_changed_module_runs_the_stages_that_import_it(laboratory: Laboratory, scan: Path) -> None:
    laboratory.number(scan)
    laboratory.runs()
    laboratory.write(words='WORD = "colliery"')
    assert laboratory.number(scan) == 2 * (9 + 8)
    assert laboratory.runs() == ["count", "double"]


def test_a_module_that_nothing_imports_changes_nothing(laboratory: Laboratory, scan: Path) -> None:
    laboratory.number(scan)
    laboratory.runs()
    laboratory.write(other="WORD = 'slag'")
    laboratory.number(scan)
    assert laboratory.runs() == []


def test_another_version_of_a_library_runs_what_imports_it(
    laboratory: Laboratory, scan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laboratory.write(words='import numpy\nWORD = "pit"')
    laboratory.number(scan)
    laboratory.runs()
    monkeypatch.setattr("importlib.metadata.version", lambda name: "99")
    laboratory.write()
    laboratory.number(scan)
    assert laboratory.runs() == ["count", "double"]


def test_two_threads_run_a_step_once(laboratory: Laboratory, scan: Path) -> None:
    cache = Cache(laboratory.root)
    step = cache.step(stage("stage", "count"), cache.files(scan))
    values: list[int] = []
    threads = [threading.Thread(target=lambda: values.append(step.value())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert values == [12] * 8
    assert laboratory.runs() == ["count"]


def test_a_broken_entry_is_made_again(laboratory: Laboratory, scan: Path) -> None:
    value = laboratory.number(scan)
    whole = {entry.path: entry.path.read_bytes() for entry in Cache(laboratory.root).store.entries()}
    assert len(whole) == 2
    damages: list[Callable[[bytes], bytes]] = [
        lambda data: data[: len(data) // 2],
        lambda data: b"",
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: data[:60] + bytes([data[60] ^ 1]) + data[61:],
        lambda data: b"\xff" * len(data),
    ]
    for damage in damages:
        for path, data in whole.items():
            path.unlink()  # a new file, as the mapped one must not change under whoever reads it
            path.write_bytes(damage(data))
        laboratory.runs()
        assert laboratory.number(scan) == value
        assert set(laboratory.runs()) <= {"count", "double"}


@pytest.mark.parametrize("at", [0, 40, -1])
def test_one_bit_of_an_array_that_changed_on_the_disk_is_noticed(tmp_path: Path, at: int) -> None:
    """The header is whole then, and the payload's digest alone tells."""
    value = np.arange(16, dtype=np.int64)
    assert value.nbytes % 64 == 0, "so that the entry's last byte is the array's"
    Cache(tmp_path).store.write("stage", "key", value, Record("stage", "label", 0.0, 0), "code", None)
    (entry,) = Cache(tmp_path).store.entries()
    data = bytearray(entry.path.read_bytes())
    start = len(data) - value.nbytes
    assert bytes(data[start:]) == value.tobytes()
    data[start + at if at >= 0 else at] ^= 1
    entry.path.unlink()
    entry.path.write_bytes(data)
    assert Cache(tmp_path).store.record("stage", "key") is not None
    assert Cache(tmp_path).store.read("stage", "key", None) is None


def test_what_a_worker_has_just_written_is_not_hashed_again_but_measured(tmp_path: Path) -> None:
    Store(tmp_path).write("sheet", "key", np.arange(1000), Record("sheet", "sheet", 0.0, 0), "", None)
    path = next(tmp_path.glob("entries/*/*"))
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)
    store = Store(tmp_path)
    assert store.read("sheet", "key", None) is None
    store.trust("sheet", "key")
    assert store.read("sheet", "key", None) is not None
    path.write_bytes(data[:-64])
    assert store.read("sheet", "key", None) is None


def test_a_mesh_comes_back_as_it_was(cache: Cache, bumpy_sheet: Mesh, tmp_path: Path) -> None:
    slot = TextureSlot(Texture("brick.png", tmp_path / "brick.png", 8, 8), wrap_u=Wrap.CLAMP)
    mesh = Mesh(
        bumpy_sheet.positions[::-1], bumpy_sheet.faces, bumpy_sheet.texcoords,
        materials=(Material("é", (0.5, 1e-9, float("inf")), slot),), origin=np.array([7e5, 6.6e6, -0.0]),
    )  # fmt: skip
    record = Record("stage", "label", 1.5, 10)
    cache.store.write("stage", "key", mesh, record, "code", tmp_path)
    found = cache.store.read("stage", "key", tmp_path / "moved")
    assert found is not None
    back, again = found
    assert again.cached
    assert again.seconds == 1.5
    for name in ("positions", "faces", "face_materials", "origin"):
        np.testing.assert_array_equal(getattr(back, name), getattr(mesh, name))
        assert getattr(back, name).dtype == getattr(mesh, name).dtype
    assert isinstance(back.texcoords, tuple)
    assert back.materials[0].base_color == mesh.materials[0].base_color
    assert back.materials[0].base.wrap_u is Wrap.CLAMP
    assert back.materials[0].base.texture.data == tmp_path / "moved" / "brick.png"


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -3, 2**70, 1.5, float("-inf"), "née \udcff", b"", b"\0" * 100, (), [], {}, ((1,), [2.0]),
        {"a": (1, 2), 3: None}, Path("a/b"), Wrap.MIRROR, np.float32(1.5), np.zeros((0, 3), np.int32),
        np.arange(6, dtype=">i2").reshape(2, 3), np.array(2.5), np.array([True, False]),
    ],
)  # fmt: skip
def test_plain_values_come_back_as_they_were(cache: Cache, value: Any) -> None:
    cache.store.write("stage", "key", value, Record("stage", "label", 0.0, 0), "code", None)
    found = cache.store.read("stage", "key", None)
    assert found is not None
    np.testing.assert_equal(found[0], value)
    assert type(found[0]) is type(value)


@dataclass
class Foreign:
    """Not of our package."""


@pytest.mark.parametrize("value", [object(), {1, 2}, Foreign(), np.array([object()]), lambda: 0])
def test_what_cannot_be_kept_is_refused_and_leaves_nothing(cache: Cache, value: object) -> None:
    with pytest.raises(TypeError, match="cannot be cached"):
        cache.store.write("stage", "key", value, Record("stage", "label", 0.0, 0), "code", None)
    assert cache.store.entries() == []


def test_the_same_value_gives_the_same_bytes(tmp_path: Path, bumpy_sheet: Mesh) -> None:
    files = []
    for name in ("a", "b"):
        kept = Cache(tmp_path / name)
        kept.store.write("stage", "key", bumpy_sheet, Record("stage", "label", 0.0, 0), "code", None)
        files.append(kept.store.entries()[0].path.read_bytes())
    assert files[0] == files[1]


def test_what_a_stage_writes_into_its_input_never_reaches_the_cache(cache: Cache) -> None:
    cache.store.write("stage", "key", np.zeros(4), Record("stage", "label", 0.0, 0), "code", None)
    for _ in range(2):
        found = cache.store.read("stage", "key", None)
        assert found is not None
        assert found[0].sum() == 0
        found[0][:] = 1


def test_keys_tell_values_apart() -> None:
    values: list[object] = [
        1,
        1.0,
        True,
        "1",
        None,
        (1,),
        ((1,),),
        {"1": 1},
        Path("1"),
        b"1",
        Wrap.CLAMP,
        "clamp",
        1.0 + 2**-52,
    ]
    assert len({fingerprint.digest(value) for value in values}) == len(values)
    assert fingerprint.digest({"b": 1, "a": 2}) == fingerprint.digest({"a": 2, "b": 1})
    with pytest.raises(TypeError):
        fingerprint.digest(np.zeros(3))


def test_a_full_disk_is_said_in_one_line_and_leaves_nothing(
    laboratory: Laboratory, scan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, *_: object) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(StorageError, match="the disk is full"):
            laboratory.number(scan)
    assert [path for path in laboratory.root.rglob("*") if path.is_file()] == []
    assert laboratory.number(scan) == 24


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, scan: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        Cache(tmp_path / "file").store.write("stage", "key", 1, Record("stage", "label", 0.0, 0), "code", None)


SLOW = """
import sys, time
from pathlib import Path
from carreau.runs import fingerprint
sys.path.insert(0, {packages!r})
fingerprint.PACKAGE, fingerprint.ROOT = "laboratory", Path({packages!r}) / "laboratory"
from carreau.runs.cache import Cache
import laboratory.double, laboratory.stage
cache = Cache(Path({root!r}))
counted = cache.step(laboratory.stage.count, cache.files(Path({scan!r})), 0)
double = cache.step(laboratory.double.double, counted)
{before}
print(double.value(), flush=True)
"""
KILL_IN_STEP = """
counted.value()
double.function = lambda number: (print("here", flush=True), time.sleep(60))
"""
KILL_IN_STORE = """
counted.value()
from carreau.runs import store
class Slow(type(Path())):
    def replace(self, target):
        print("here", flush=True)
        time.sleep(60)
store.secrets.token_hex = lambda n: "half"
replace = Path.replace
Path.replace = lambda self, target: Slow.replace(self, target) if "half" in self.name else replace(self, target)
"""


@pytest.mark.parametrize("before", [KILL_IN_STEP, KILL_IN_STORE], ids=["in a step", "while storing"])
def test_a_killed_run_goes_on_from_the_last_finished_step(laboratory: Laboratory, scan: Path, before: str) -> None:
    script = SLOW.format(
        packages=str(laboratory.folder.parent), root=str(laboratory.root), scan=str(scan), before=before
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=PROJECT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        process.send_signal(signal.SIGKILL)
    kept = [entry.stage for entry in Cache(laboratory.root).store.entries()]
    assert kept == ["count"]
    laboratory.runs()
    assert laboratory.number(scan) == 24
    assert laboratory.runs() == ["double"]


def test_what_a_killed_run_left_is_swept_later(tmp_path: Path) -> None:
    partial = tmp_path / "partial"
    partial.mkdir()
    for name, age_s in (("old", 7200), ("new", 0)):
        (partial / name).write_text("half")
        os.utime(partial / name, (time.time() - age_s,) * 2)
    Cache(tmp_path)
    assert [path.name for path in partial.iterdir()] == ["new"]


def test_two_processes_may_make_the_same_step(laboratory: Laboratory, scan: Path) -> None:
    script = SLOW.format(packages=str(laboratory.folder.parent), root=str(laboratory.root), scan=str(scan), before="")
    runs = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=PROJECT)
        for _ in range(3)
    ]
    assert [run.communicate()[0].strip() for run in runs] == ["24"] * 3
    assert laboratory.number(scan) == 24
    assert list((laboratory.root / "partial").iterdir()) == []


def test_side_files_and_missing_ones_are_part_of_the_key(cache: Cache, scan: Path, tmp_path: Path) -> None:
    side = tmp_path / "side.png"
    side.write_bytes(b"1")
    first = cache.files(scan, [side]).key
    assert cache.files(scan, [side], ["lost.png"]).key != first != cache.files(scan).key
    side.write_bytes(b"2")
    assert cache.files(scan, [side]).key != first
    side.write_bytes(b"1")
    assert cache.files(scan, [side]).key == first


def test_a_moved_scan_keeps_its_key(cache: Cache, scan: Path, tmp_path: Path) -> None:
    (tmp_path / "moved").mkdir()
    shutil.copy(scan, tmp_path / "moved")
    assert cache.files(scan).key == cache.files(tmp_path / "moved" / scan.name).key


def test_a_settled_file_is_digested_once(cache: Cache, scan: Path) -> None:
    looked: list[Path] = []

    def look(path: Path) -> int:
        looked.append(path)
        return 7

    assert [cache.file_fact(scan, "seven", look) for _ in range(2)] == [7, 7]
    assert len(looked) == 2  # written a moment ago, so it may be written again unnoticed
    status = scan.stat()
    time.sleep(max(0.0, 2.1 - (time.time() - status.st_ctime)))
    assert [cache.file_fact(scan, "seven", look) for _ in range(3)] == [7] * 3
    assert len(looked) == 3


def test_pruning_drops_what_was_least_of_use(cache: Cache) -> None:
    for age_s, key in enumerate("abcd"):
        cache.store.write("stage", key, b"x" * 1000, Record("stage", key, 0.0, 0), "code", None)
        path = cache.root / "entries" / "stage" / key
        os.utime(path, (time.time() - 100 * age_s,) * 2)
    size = cache.store.entries()[0].size_bytes
    assert [entry.path.name for entry in remove_entries(cache.store, max_bytes=3 * size)] == ["d"]
    assert [entry.path.name for entry in remove_entries(cache.store, older_than_s=150)] == ["c"]
    assert remove_entries(cache.store) == []
    assert len(remove_entries(cache.store, max_bytes=0)) == 2
    assert cache.store.entries() == []


def test_pruning_drops_what_no_run_can_use_any_more(laboratory: Laboratory, scan: Path) -> None:
    laboratory.number(scan)
    assert remove_entries(Store(laboratory.root), stale=True) == []
    laboratory.write(double=(laboratory.folder / "double.py").read_text() + "# changed\n")
    assert [entry.stage for entry in remove_entries(Store(laboratory.root), stale=True)] == ["double"]


def test_a_step_is_a_function_that_another_process_can_import(cache: Cache) -> None:
    with pytest.raises(TypeError, match="use a function of a module"):
        cache.step(lambda number: number, 1)
    with pytest.raises(TypeError, match="use a function of a module"):
        cache.step("".join, ("a", "b"))


def test_every_record_tells_seconds_and_memory(laboratory: Laboratory, scan: Path) -> None:
    cache = Cache(laboratory.root)
    step = cache.step(stage("stage", "count"), cache.files(scan), label="count letters")
    assert step.record is None
    step.value()
    made = step.record
    assert made is not None
    assert (made.stage, made.label, made.cached) == ("count", "count letters", False)
    assert made.peak_memory_bytes > 1_000_000
    assert made.size_bytes == 9
    again = cache.step(stage("stage", "count"), cache.files(scan), label="other words")
    again.value()
    assert again.record is not None
    assert again.record.cached
    assert (again.record.seconds, again.record.label) == (made.seconds, "other words")
    assert cache.timings.estimate("count letters", 18) == pytest.approx(2 * made.seconds, abs=0.002)
    assert cache.timings.estimate("never", 1) is None


PAIR = """
from dataclasses import dataclass
from pathlib import Path

@dataclass(frozen=True)
class Pair:
    left: int
    right: int

def pair(text: Path, right: int) -> Pair:
    with Path({log!r}).open("a") as log:
        log.write("pair\\n")
    return Pair(len(text.read_text()), right)
"""


@pytest.fixture
def pairs(laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch) -> Laboratory:
    """The laboratory with a stage whose value has two fields."""
    monkeypatch.setattr(store, "PACKAGE", "laboratory")
    laboratory.write(pair=PAIR.format(log=str(laboratory.log)))
    return laboratory


def left(pair: Any) -> Any:
    return pair.part(lambda pair: pair.left)


def right(pair: Any) -> Any:
    return pair.part(lambda pair: pair.right)


def test_a_part_of_a_value_goes_into_another_step(pairs: Laboratory, scan: Path) -> None:
    for expected in (["pair", "double", "double"], []):
        cache = Cache(pairs.root)
        pair = cache.step(stage("pair", "pair"), cache.files(scan), 7)
        doubled = [cache.step(stage("double", "double"), part) for part in (left(pair), right(pair))]
        assert doubled[0].needs == (pair,)
        assert [step.value() for step in doubled] == [18, 14]
        assert pairs.runs() == expected
    assert doubled[0].folder == scan.parent
    assert left(pair).value() == 9


def test_a_part_has_a_key_of_its_own(pairs: Laboratory, scan: Path) -> None:
    cache = Cache(pairs.root)
    first, other = (cache.step(stage("pair", "pair"), cache.files(scan), right) for right in (7, 8))
    found = {first.key, left(first).key, right(first).key, left(other).key}
    assert len(found) == 4
    assert left(first).key == left(cache.step(stage("pair", "pair"), cache.files(scan), 7)).key
    assert pairs.runs() == []


def test_parts_in_lists_and_dicts_are_given_too(pairs: Laboratory, scan: Path) -> None:
    both = "def both(parts: dict[str, list[int]]) -> int:\n    return sum(map(sum, parts.values()))\n"
    pairs.write(both=both)
    cache = Cache(pairs.root)
    pair = cache.step(stage("pair", "pair"), cache.files(scan), 7)
    assert cache.step(stage("both", "both"), {"a": [left(pair), right(pair)], "b": [1]}).value() == 17
