"""Steps are let in by what they are thought to take."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from carreau.base.errors import OptionError
from carreau.runs import memory
from carreau.runs.cache import Cache, Task
from carreau.runs.memory import LARGE_BYTES, machine_bytes, peak_memory
from carreau.runs.progress import Quiet
from carreau.runs.scheduler import (
    ESTIMATES,
    MARGIN,
    USUAL,
    InProcess,
    ResourceLimiter,
    estimate_bytes,
    run_tasks,
    watching,
)
from carreau.runs.select_executor import PROCESS_BYTES, budget_bytes, select_executor
from carreau.runs.store import Record
from tests.pipeline.stand_in import stand_in
from tests.waiting import wait_until


class Stages:
    """A function that says when it runs and waits to be let go."""

    def __init__(self) -> None:
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()
        self.both: threading.Barrier | None = None

    def leaf(self, number: int) -> int:
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
        if self.both:
            self.both.wait(30)
        with self.lock:
            self.at_once -= 1
        return number


@pytest.fixture
def stages() -> Stages:
    made = Stages()
    return made


class Notes(Quiet):
    """Keeps what a person would read."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        self.notes.append(message)


def leaves(cache: Cache, stages: Stages, count: int) -> list[Task[Any]]:
    leaf = stand_in("carreau.base.levels:leaf", stages.leaf)
    return [cache.step(leaf, number, label=f"leaf {number}") for number in range(count)]


def crowded(tmp_path: Path, stages: Stages, budget: int, count: int = 3) -> tuple[Cache, Notes]:
    """Make leaves, three at once if there were room; each took 100 MB before."""
    cache, notes = Cache(tmp_path, InProcess(ResourceLimiter(3, budget))), Notes()
    for number in range(count):
        cache.timings.add(Record("leaf", f"leaf {number}", 1.0, 0, 0, grown_bytes=100_000_000))
    with watching(cache, notes):
        run_tasks(leaves(cache, stages, count), notes, jobs=3)
    return cache, notes


def test_a_step_that_would_not_fit_waits(tmp_path: Path, stages: Stages) -> None:
    _, notes = crowded(tmp_path, stages, 150_000_000)
    assert stages.most_at_once == 1
    assert notes.notes == []


def test_steps_that_fit_run_at_once(tmp_path: Path, stages: Stages) -> None:
    stages.both = threading.Barrier(2)  # each waits until another runs beside it
    crowded(tmp_path, stages, 250_000_000, count=2)
    assert stages.most_at_once == 2


def test_a_step_larger_than_all_there_is_runs_alone_and_that_is_said(tmp_path: Path, stages: Stages) -> None:
    _, notes = crowded(tmp_path, stages, 50_000_000)
    assert stages.most_at_once == 1
    assert len(notes.notes) == 3
    assert "leaf 0 may need 0.1 GB of memory, more than the available 0.1 GB: it runs alone" in " ".join(notes.notes)


def test_a_step_waits_while_others_use_more_than_was_expected(tmp_path: Path) -> None:
    used = [900]
    limiter = ResourceLimiter(3, 1000, lambda: used[0])
    begun = threading.Event()

    def small() -> None:
        with limiter.acquire(200):
            begun.set()

    with limiter.acquire(100):
        thread = threading.Thread(target=small)
        thread.start()
        wait_until(lambda: len(limiter._waiting) == 1, "the step did not wait for memory")
        assert not begun.is_set()
        used[0] = 800
        assert begun.wait(30)
        used[0] = 5000
    thread.join(30)
    with limiter.acquire(100):  # nothing else runs
        pass


MEMORY = """
import subprocess, sys
from carreau.runs.memory import resident_bytes
sizes = [resident_bytes()]
held = b"x" * 200_000_000
sizes.append(resident_bytes())
script = "import sys; held = b'x' * 100_000_000; print(len(held), flush=True); sys.stdin.read()"
with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
    child.stdout.readline()
    sizes.append(resident_bytes())
    child.communicate(timeout=30)
print(*sizes, len(held))
"""


def test_memory_in_use_is_that_of_the_process_and_of_those_it_started() -> None:
    """In a process of its own: browsers of other tests are processes that this one started."""
    said = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    before, more, with_child, _ = map(int, said.stdout.split())
    assert before > 5_000_000
    assert 150_000_000 < more - before < 250_000_000
    assert 250_000_000 < with_child - before < 350_000_000


def test_a_step_that_waits_has_not_read_its_inputs(
    tmp_path: Path, stages: Stages, monkeypatch: pytest.MonkeyPatch
) -> None:
    limiter = ResourceLimiter(1)
    cache = Cache(tmp_path, InProcess(limiter))
    (leaf,) = leaves(cache, stages, 1)
    leaf.value()
    above = cache.step(stand_in("carreau.base.levels:above", lambda number: number + 1), leaf)
    keys, read = list[str](), cache.store.read

    def noting(stage: str, key: str, folder: Path | None) -> tuple[Any, Record] | None:
        keys.append(key)
        return read(stage, key, folder)

    monkeypatch.setattr(cache.store, "read", noting)
    with limiter.acquire():
        thread = threading.Thread(target=above.value)
        thread.start()
        wait_until(lambda: len(limiter._waiting) == 1, "the step did not wait for a slot")
        assert leaf.key not in keys
    thread.join(30)
    assert leaf.key in keys
    assert above.value() == 1


def test_an_input_that_is_damaged_is_computed_again(tmp_path: Path, stages: Stages) -> None:
    cache = Cache(tmp_path, InProcess(ResourceLimiter(1)))
    (leaf,) = leaves(cache, stages, 1)
    leaf.value()
    entry = next(path for path in tmp_path.rglob(f"*{leaf.key}*") if path.is_file())
    entry.write_bytes(entry.read_bytes()[:-1])
    assert cache.step(stand_in("carreau.base.levels:above", lambda number: number + 1), leaf).value() == 1


def test_the_appetite_is_what_it_took_last_time(cache: Cache, stages: Stages) -> None:
    (step,) = leaves(cache, stages, 1)
    assert estimate_bytes(step) == USUAL.fixed_bytes
    cache.timings.add(Record("leaf", step.label, 1.0, 0, 0, grown_bytes=10**9))
    assert estimate_bytes(step) == pytest.approx(MARGIN * 10**9)


def test_an_unknown_appetite_follows_from_the_bytes_given(cache: Cache, stages: Stages, tmp_path: Path) -> None:
    scan = tmp_path / "scan.obj"
    scan.write_bytes(b"x" * 10**6)
    reading = cache.step(stand_in("carreau.base.levels:read", len), cache.files(scan))
    assert estimate_bytes(reading) == ESTIMATES["read"].fixed_bytes + ESTIMATES["read"].factor * 10**6
    (leaf,) = leaves(cache, stages, 1)
    leaf.value()
    above = cache.step(stand_in("carreau.base.levels:above", len), leaf)
    entry = cache.store.size_bytes("leaf", leaf.key)
    assert entry > 0
    assert estimate_bytes(above) == USUAL.fixed_bytes + round(USUAL.factor * entry)


def test_a_survey_of_86_mb_gets_the_memory_that_it_takes(cache: Cache, tmp_path: Path) -> None:
    """What surveys took when they were measured: 2.0, 1.4 and 0.3 GB."""
    for size, least, most in ((86e6, 2.0e9, 2.2e9), (48e6, 1.4e9, 1.6e9), (4e6, 0.3e9, 0.8e9)):
        points = tmp_path / f"points_{size}.laz"
        with points.open("wb") as file:
            file.truncate(int(size))
        step = cache.step(stand_in("carreau.models.stages.survey_model:model_survey", len), cache.files(points))
        assert least < estimate_bytes(step) < most


def test_memory_never_shrinks_with_a_smaller_scan_and_grows_by_what_is_larger(cache: Cache, tmp_path: Path) -> None:
    scan = tmp_path / "scan.obj"
    scan.write_bytes(b"x" * 4_000_000)
    reading = cache.step(stand_in("carreau.base.levels:read", len), cache.files(scan))
    factor = ESTIMATES["read"].factor
    for size, larger in ((1_000_000, 3_000_000), (8_000_000, 0)):
        cache.timings.add(Record("read", reading.label, 1.0, 0, size, grown_bytes=300_000_000))
        assert estimate_bytes(reading) == pytest.approx(MARGIN * 300_000_000 + factor * larger)
    assert cache.timings.memory("pack", 4000) is None


def test_timings_written_before_memory_was_kept_are_read(cache: Cache) -> None:
    cache.root.mkdir()
    (cache.root / "timings.json").write_text('{"bake": [[2.5, 1000]]}')
    assert cache.timings.estimate("bake", 1000) == pytest.approx(2.5)
    assert cache.timings.memory("bake", 1000) is None


def test_a_record_says_how_much_a_step_grew() -> None:
    with peak_memory() as peak:
        held = bytearray(200_000_000)
        held[::4096] = b"x" * len(held[::4096])
    assert 150_000_000 < peak.grown_bytes < 1_000_000_000


def test_a_step_that_begins_meanwhile_does_not_reset_the_peak_of_another() -> None:
    with peak_memory() as outer:
        block = bytearray(200_000_000)
        block[::4096] = b"x" * len(block[::4096])
        del block
        with peak_memory() as inner:
            pass
    assert inner.size_bytes + 150_000_000 < outer.size_bytes


@pytest.mark.parametrize(
    ("membership", "files", "limit"),
    [
        ("0::/pod/scan\n", {"pod/scan/memory.max": "max", "pod/memory.max": "5000000", "memory.max": "max"}, 5_000_000),
        ("0::/a/b\n", {"memory.max": "4000000"}, 4_000_000),
        ("3:cpu,memory:/box\n1:name=x:/\n", {"memory/box/memory.limit_in_bytes": "3000000"}, 3_000_000),
        ("0::/none\n", {}, None),
    ],
)
def test_a_control_group_limits_the_memory_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, membership: str, files: dict[str, str], limit: int | None
) -> None:
    (tmp_path / "cgroup").write_text(membership)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(memory, "_MEMBERSHIP", tmp_path / "cgroup")
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path)
    whole = machine_bytes()
    assert whole is not None
    assert whole == limit if limit else whole > 100_000_000


def test_three_quarters_of_what_there_is_are_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carreau.runs.select_executor.machine_bytes", lambda: 16 * 10**9)
    assert budget_bytes(None, 1) == 12 * 10**9 - PROCESS_BYTES
    assert budget_bytes(6 * 10**9, 3) == 6 * 10**9 - 3 * PROCESS_BYTES
    assert budget_bytes(1, 3) == 1
    assert select_executor("", 3, "8G").limiter.slots == 3
    monkeypatch.setattr("carreau.runs.select_executor.machine_bytes", lambda: None)
    assert budget_bytes(None, 1) is None


@pytest.mark.parametrize(
    ("where", "jobs", "size", "said"),
    [
        ("", 0, None, "--jobs: 0 is less than 1"),
        ("", 1, "0", "--memory: '0' is zero"),
        ("", 1, "much", "--memory: 'much' is not a size"),
        ("threads", 1, None, "--executor: 'threads' is unknown"),
    ],
)
def test_what_makes_no_sense_is_refused(where: str, jobs: int, size: str | None, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        select_executor(where, jobs, size)


def test_what_a_large_step_leaves_free_goes_back_to_the_system() -> None:
    """A small piece at the end of the heap keeps all before it, unless it is asked for."""
    with peak_memory() as peak:
        pieces = [bytes([number % 256]) * 4000 for number in range(150_000)]
        last = pieces[-1]
        del pieces
    with peak_memory() as after:
        pass
    assert peak.grown_bytes > LARGE_BYTES
    assert after.start_bytes - peak.start_bytes < 100_000_000
    assert len(last) == 4000
