"""The same steps in this process, in others and on a Dask cluster give the same bytes, whoever dies on the way."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from distributed import LocalCluster

from carreau.base.errors import FormatError, StorageError, ToolError
from carreau.base.levels import PREVIEW
from carreau.base.model import Scan
from carreau.base.options import ModelOptions
from carreau.models.builders.build_context import about, create_context
from carreau.models.builders.level_builder import LevelBuilder
from carreau.models.stages.clean import clean
from carreau.models.stages.measure import MeasureOptions, sight
from carreau.models.stages.read import read
from carreau.runs import remote
from carreau.runs.cache import Cache, Task
from carreau.runs.remote import Processes, UnreachableScanError, WorkerPlace, _limit_threads, run_job, serialize_job
from carreau.runs.scheduler import Executor, ResourceLimiter
from carreau.runs.select_executor import Cluster
from carreau.runs.shared_store import SharedStore
from carreau.runs.tasks import MissingInputError

HALF_S = 0.5
LOOK = MeasureOptions(views=2, size_px=192, samples=1_000)


@pytest.fixture(scope="module")
def dask() -> Iterator[Any]:
    """Two workers of one thread each, as processes of this machine."""
    make: Any = LocalCluster
    with make(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", memory_limit=0
    ) as cluster:
        yield cluster


def closing(executor: Executor) -> Iterator[Executor]:
    yield executor
    executor.close()


@pytest.fixture
def processes() -> Iterator[Executor]:
    yield from closing(Processes(ResourceLimiter(2)))


@pytest.fixture
def cluster(dask: Any) -> Iterator[Executor]:
    yield from closing(Cluster(dask.scheduler_address))


def files_of(cache: Cache, scan: Path) -> Any:
    return cache.files(scan, [path for path in scan.parent.glob(f"{scan.stem}*") if path != scan])


def preview(cache: Cache, scan: Path) -> tuple[bytes, list[Any]]:
    """Make the smallest level; return its bytes, with the digests of every value on the way."""
    options = ModelOptions(Path("out"), name="ball")
    ground = create_context(files_of(cache, scan), options, cache)
    sighting = cache.step(sight, ground.reference, LOOK, label="sight scan")
    ground = dataclasses.replace(ground, sighting=sighting)
    ground.about.update(about(ground))
    made = LevelBuilder(PREVIEW, ground, options, cache).build()
    entries = sorted(cache.store.entries(), key=lambda entry: (entry.stage, entry.path.name))
    return made.glb, [(entry.stage, entry.path.name, *value_of(entry.path)) for entry in entries]


def value_of(entry: Path) -> tuple[Any, str]:
    """Return all of an entry that does not tell of time and memory: its value's tree, and the digest of its blocks."""
    data = entry.read_bytes()
    header = json.loads(data[48 : 48 + int.from_bytes(data[8:16], "little")])
    return header["value"], header["payload_sha256"]


@pytest.fixture(scope="module")
def here(tiny_scans: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[Any]]:
    return preview(Cache(tmp_path_factory.mktemp("here")), tiny_scans / "globe.obj")


def dies(cache: Cache, label: str, workers: Callable[[], list[int]]) -> list[str]:
    """Have a worker die with a certain step in its hands; return what is begun, growing as it goes."""
    begun: list[str] = []

    def begin(step: Task[Any]) -> None:
        begun.append(step.label)
        if step.label == label and begun.count(label) == 1:
            held = workers()
            for pid in held:  # stopped, it takes the step and cannot end it
                os.kill(pid, signal.SIGSTOP)
            threading.Timer(HALF_S, kill_all, [held]).start()

    cache.listen(begin, lambda _: None)
    return begun


def kill_all(pids: Iterable[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def children() -> set[int]:
    """Return the processes that this one has begun, those of a cluster of the tests among them."""
    return {process.pid for process in multiprocessing.active_children() if process.pid}


def test_processes_give_the_same_bytes_though_one_dies(
    processes: Executor, here: tuple[bytes, list[Any]], tiny_scans: Path, tmp_path: Path
) -> None:
    cache = Cache(tmp_path, processes)
    notes: list[str] = []
    cache.listen(lambda _: None, lambda _: None, notes.append)
    others = children()
    dies(cache, "bake own atlas of preview", lambda: sorted(children() - others))
    assert preview(cache, tiny_scans / "globe.obj") == here
    assert notes == ["bake own atlas of preview: its process crashed; trying again"]


def test_a_cluster_gives_the_same_bytes_though_a_worker_dies(
    cluster: Executor, dask: Any, here: tuple[bytes, list[Any]], tiny_scans: Path, tmp_path: Path
) -> None:
    cache = Cache(tmp_path, cluster)
    dead = [worker.pid for worker in dask.workers.values()]
    dies(cache, "bake own atlas of preview", lambda: dead)
    assert preview(cache, tiny_scans / "globe.obj") == here
    assert not set(dead) & {worker.pid for worker in dask.workers.values()}


def test_a_step_that_kills_every_process_is_to_blame(processes: Executor, tiny_scans: Path, tmp_path: Path) -> None:
    cache = Cache(tmp_path, processes)
    others = children()

    def kill(step: Task[Any]) -> None:
        ended = threading.Event()

        def again() -> None:
            while not ended.wait(0.01):
                kill_all(children() - others)

        threading.Thread(target=again, daemon=True).start()
        stop.append(ended.set)

    stop: list[Callable[[], None]] = []
    cache.listen(kill, lambda _: None)
    with pytest.raises(ToolError, match="read: its process crashed again and again"):
        cache.step(read, files_of(cache, tiny_scans / "globe.obj")).value()
    stop[0]()


def test_a_bad_scan_is_told_as_at_home(processes: Executor, cluster: Executor, tmp_path: Path) -> None:
    scan = tmp_path / "bad.obj"
    scan.write_text("v 0 0 0\nf 1 2 9\n")
    for number, executor in enumerate((processes, cluster)):
        cache = Cache(tmp_path / str(number), executor)
        with pytest.raises(FormatError, match=r"bad\.obj, line 2"):
            cache.step(read, cache.files(scan)).value()


def test_processes_have_a_share_of_the_processors(processes: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    environment: dict[str, str] = {}
    monkeypatch.setattr("carreau.runs.remote.os.environ", environment)
    seen: list[set[int]] = []
    monkeypatch.setattr(
        "carreau.runs.remote.importlib.import_module", lambda name: seen.append(os.sched_getaffinity(0))
    )
    before = os.sched_getaffinity(0)
    _limit_threads(1, 0)
    assert set(environment.values()) == {"1"}
    assert [len(each) for each in seen] == [1]
    assert os.sched_getaffinity(0) == before


# --- what a worker sees -------------------------------------------------------------------------------------------


@pytest.fixture
def reading(cache: Cache, tiny_scans: Path) -> Task[Scan]:
    return cache.step(read, files_of(cache, tiny_scans / "globe.obj"))


def elsewhere(step: Task[Scan], folder: Path) -> Task[Scan]:
    """Return a step as one sees it whose scan lies where no worker looks."""
    assert step.files is not None
    step.files.path, step.files.folder = folder / step.files.path.name, folder
    return step


def test_a_worker_with_another_version_is_told(reading: Task[Scan], cache: Cache, monkeypatch: Any) -> None:
    ticket = serialize_job(reading)
    monkeypatch.setattr("carreau.runs.tasks.code_digest", lambda function: "another")
    with pytest.raises(ToolError, match="a different version"):
        run_job(ticket, WorkerPlace(cache.root))


def test_a_value_that_a_worker_does_not_see_is_asked_for(reading: Task[Scan], cache: Cache, tmp_path: Path) -> None:
    oriented = cache.step(clean, reading.part(lambda scan: scan.mesh))
    with pytest.raises(MissingInputError):
        run_job(serialize_job(oriented), WorkerPlace(cache.root, is_near=True))
    reading.value()
    assert run_job(serialize_job(oriented), WorkerPlace(cache.root, is_near=True)).stage == "clean"


def test_other_files_in_the_same_place_are_not_taken_for_the_scan(
    reading: Task[Scan], cache: Cache, tmp_path: Path
) -> None:
    (tmp_path / "globe.obj").write_text("v 0 0 0")
    with pytest.raises(UnreachableScanError):
        run_job(serialize_job(elsewhere(reading, tmp_path)), WorkerPlace(cache.root))


def test_a_scan_that_no_worker_sees_travels_through_the_store(
    cluster: Executor, tiny_scans: Path, tmp_path: Path, here: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker is told of a folder that it does not see; the values are those of any other worker."""
    cache = Cache(tmp_path / "cache", cluster)
    real = remote.serialize_job

    def hidden(step: Task[Any]) -> Any:
        ticket = real(step)
        scans = tuple(
            type(scan)(Path("/nowhere") / scan.path.name, scan.key, scan.size_bytes, scan.contents)
            for scan in ticket.scans
        )
        return type(ticket)(ticket.function, ticket.label, ticket.key, ticket.inputs, scans)

    monkeypatch.setattr("carreau.runs.remote.serialize_job", hidden)
    files = files_of(cache, tiny_scans / "globe.obj")
    scan = cache.step(read, files).value()
    assert [path.parent for path in scan.files] == [tiny_scans] * len(scan.files)
    shipped = [entry.stage for entry in cache.store.entries()].count("scan-file")
    assert shipped == len(files.contents) >= 3
    bad = tmp_path / "bad.obj"
    bad.write_text("v 0 0 0\nf 1 2 9\n")
    with pytest.raises(FormatError, match=r"^/nowhere/bad\.obj, line 2"):
        cache.step(read, cache.files(bad)).value()


def test_a_cache_at_a_url_needs_no_folder_in_common(
    cluster: Executor, here: tuple[bytes, list[Any]], tiny_scans: Path, tmp_path: Path
) -> None:
    """Each worker has a folder of its own before the URL; it is another one than ours."""
    url = (tmp_path / "shared").as_uri()
    cache = Cache(tmp_path / "mine", cluster, SharedStore(tmp_path / "mine", url))
    glb, _ = preview(cache, tiny_scans / "globe.obj")
    assert glb == here[0]
    far = {path.name for path in (tmp_path / "shared" / "entries").glob("*/*")}
    assert {entry.path.name for entry in cache.store.entries()} <= far


def test_a_folder_that_workers_do_not_share_is_said(tiny_scans: Path, tmp_path: Path) -> None:
    class Blind(Processes):
        def send(self, job: Any, cache: Any) -> Any:
            return run_job(job, WorkerPlace(tmp_path / "another", is_near=True))

    cache = Cache(tmp_path / "ours", Blind(ResourceLimiter(1)))
    with pytest.raises(StorageError, match="give all of them the same folder"):
        cache.step(read, files_of(cache, tiny_scans / "globe.obj")).value()


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "what://ever:1"])
def test_no_scheduler_is_one_line(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carreau.runs.select_executor.ANSWER_S", 1)
    with pytest.raises(ToolError, match="no Dask scheduler responds there"):
        Cluster(address)
