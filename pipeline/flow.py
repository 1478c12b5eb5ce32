"""One scan from its files to its models, readable aloud."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.cache import Cache, Files
from pipeline.errors import ScanError
from pipeline.keys import code_digest, digest
from pipeline.level_flow import LevelFlow, Made
from pipeline.level_work import Ground, labels
from pipeline.levels import LEVELS
from pipeline.model import Mesh
from pipeline.options import ModelOptions
from pipeline.output import handed_over
from pipeline.progress import Progress
from pipeline.report import Report, stage_rows
from pipeline.run import make
from pipeline.sidefiles import scan_files
from pipeline.store import Record

STAGES = tuple(
    f"pipeline.stages.{name}"
    for name in (
        "read:read", "orient:orient", "clean:clean", "need:looks_of", "judge:judge", "measure:sight",
        "simplify:simplify", "unwrap:unwrap_level", "keep:keep", "bake:bake", "encode:encode_base", "relief:relief",
        "pack:pack", "compress:compress", "check:check_plain", "poster:render_poster",
    )
)  # fmt: skip
"""Every stage that a build runs on: when one's code changes, a finished build is not taken for the one asked for."""

SHORTEST_M, LONGEST_M = 1e-6, 1e9
"""Between these, squares of squares of lengths are float32 numbers. At 1e-30 m a ray took a thousand times as long."""


def build_models(scan: Path, options: ModelOptions, cache: Cache, progress: Progress) -> Report:
    """Make the models, poster and report of a scan, and hand them over together.

    Raises ScanError when the scan cannot be used, BudgetError or ValidationError when a level cannot be published.
    """
    options = replace(options, name=options.name or scan.stem)
    files = scan_files(scan, cache)
    built = _finished(files, options, cache)
    if built is None:
        with _Records(cache) as records:
            _announce(files, options, cache, progress)
            ground = _ground(files, options, cache)
            make([ground.oriented], progress, options.jobs)
            _refuse_odd_size(scan, ground.oriented.value().mesh)
            make([ground.cleaned, ground.looks], progress, options.jobs)
            _refuse_empty(scan, len(ground.cleaned.value().mesh.faces))
            ground.about.update(_about(ground))
            tasks: dict[str, Callable[[], Any]] = {
                name: _task(name, ground, options, cache) for name in sorted(options.levels, key=_heaviest_first)
            }
            made = _together({**tasks, "poster": _poster(ground, cache)}, options.jobs)
        built = _outcome(files, ground, options, made, records)
        _remember(built, files, options, cache)
    report = Report(built["report"])
    with handed_over(options.out, replaces=_all_names()) as folder:
        for name, data in built["files"].items():
            (folder / name).write_bytes(data)
        (folder / "report.json").write_text(report.to_text(), encoding="utf-8")
    return report


def _announce(files: Files, options: ModelOptions, cache: Cache, progress: Progress) -> None:
    """Tell progress of the whole work ahead: the steps that ran on some scan before, or all when none ever did."""
    scan = ("read", "orient", "clean", "look", "see scan", "sight scan", "poster", "encode poster")
    ahead = [*scan, *(label for name in options.levels for label in labels(name))]
    seconds = {label: cache.timings.estimate(label, files.size_bytes) for label in ahead}
    known = {label: second for label, second in seconds.items() if second is not None}
    progress.plan((known or seconds).items())


def inspect_scan(scan: Path, cache: Cache, progress: Progress) -> Any:
    """Return what a scan is, and what would be done about it."""
    read = cache.step("pipeline.stages.read:read", scan_files(scan, cache))
    found = cache.step("pipeline.stages.inspect:inspect", read)
    make([found], progress)
    return found.value()


def compare_model(scan: Path, model: Path, cache: Cache, progress: Progress) -> Any:
    """Return how far a model is from its scan, as its report says it."""
    from pipeline.compare import compare, scan_to_model

    read = cache.step("pipeline.stages.read:read", scan_files(scan, cache), label="read scan")
    other = cache.step("pipeline.stages.read:read", scan_files(model, cache), label="read model")
    make([read, other], progress)
    for path, step in ((scan, read), (model, other)):
        _refuse_odd_size(path, step.value().mesh)
    return compare(read.value(), other.value(), scan_to_model(model))


def _ground(files: Files, options: ModelOptions, cache: Cache) -> Ground:
    from pipeline.stages.orient import OrientOptions

    scan = cache.step("pipeline.stages.read:read", files)
    oriented = cache.step("pipeline.stages.orient:orient", scan, OrientOptions(options.unit, options.up))
    mesh = oriented.part("mesh")
    cleaned = cache.step("pipeline.stages.clean:clean", mesh)
    return Ground(
        scan=scan,
        oriented=oriented,
        cleaned=cleaned,
        looks=cache.step("pipeline.stages.need:looks_of", cleaned.part("mesh"), label="look"),
        seen=cache.step("pipeline.stages.judge:see", mesh, label="see scan"),
        sighting=cache.step("pipeline.stages.measure:sight", mesh, label="sight scan"),
        about={},
    )


def _refuse_empty(scan: Path, triangles: int) -> None:
    if not triangles:
        raise ScanError(scan, "", "no triangle is left after cleaning", "export the scan again with its surface")


def _refuse_odd_size(scan: Path, mesh: Mesh) -> None:
    """Raise ScanError for a mesh whose lengths single precision cannot square, or without any length."""
    from pipeline.geometry.extent import box_of

    longest_m = float(box_of(mesh.positions, mesh.faces).sides.max())
    if longest_m == 0:
        _refuse_empty(scan, 0)
    if not SHORTEST_M <= longest_m <= LONGEST_M:
        cause = f"it is {longest_m:.3g} m long, beyond {SHORTEST_M:g} to {LONGEST_M:g} m"
        raise ScanError(scan, "", cause, "say its unit with --unit, or remove the points that lie far off")


def _about(ground: Ground) -> dict[str, Any]:
    """Return what every model says of itself."""
    return {"matrix": [float(number) for number in np.asarray(ground.oriented.value().scan_to_model).ravel()]}


def _task(name: str, ground: Ground, options: ModelOptions, cache: Cache) -> Callable[[], Made]:
    return LevelFlow(LEVELS[name], ground, options, cache).make


def _poster(ground: Ground, cache: Cache) -> Callable[[], dict[str, bytes]]:
    pixels = cache.step("pipeline.stages.poster:render_poster", ground.cleaned.part("mesh"), label="poster")
    return cache.step("pipeline.stages.poster:encode_poster", pixels, label="encode poster").value


def _heaviest_first(name: str) -> int:
    """Sort levels so that the longest begins first, and the others fill the second job meanwhile."""
    return -LEVELS[name].triangles


def _together(tasks: Mapping[str, Callable[[], Any]], jobs: int) -> dict[str, Any]:
    """Run tasks with up to `jobs` at once, begun in their order; the first failure is raised."""
    if jobs == 1:
        return {name: task() for name, task in tasks.items()}
    pool = ThreadPoolExecutor(jobs)
    try:
        futures = {name: pool.submit(task) for name, task in tasks.items()}
        return {name: future.result() for name, future in futures.items()}
    except BaseException as error:
        # Who presses Ctrl-C does not wait for the steps that run; what is half made is not kept.
        pool.shutdown(wait=isinstance(error, Exception), cancel_futures=True)
        raise
    finally:
        pool.shutdown(wait=False)


class _Records:
    """What every step of this run took, in the order they were done.

    Steps of one label, such as the drafts of a level, are told apart by their times, which are kept with their values.
    """

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._found: dict[tuple[str, float], Record] = {}

    def __enter__(self) -> _Records:
        self._stop = self._cache.listen(lambda _: None, self._add)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _add(self, record: Record) -> None:
        self._found.setdefault((record.label, record.seconds), record)

    def together(self) -> list[Record]:
        """Return one record a label: the seconds of all its steps, and whether none of them ran now."""
        labelled: dict[str, Record] = {}
        for record in tuple(self._found.values()):
            known = labelled.get(record.label, replace(record, seconds=0.0))
            labelled[record.label] = replace(
                known,
                seconds=known.seconds + record.seconds,
                peak_memory_bytes=max(known.peak_memory_bytes, record.peak_memory_bytes),
                cached=known.cached and record.cached,
            )
        return list(labelled.values())


def _outcome(
    files: Files, ground: Ground, options: ModelOptions, made: Mapping[str, Any], records: _Records
) -> dict[str, Any]:
    poster, levels = made["poster"], [made[name] for name in options.levels]
    outputs: dict[str, bytes] = {}
    for level in levels:
        outputs[f"{level.name}.glb"], outputs[f"{level.name}.glb.br"] = level.glb, level.brotli
    report = {
        "name": options.name,
        "source": options.source,
        "licence": options.licence,
        "credit": options.credit,
        "generator": f"Carreau {version('carreau')}",
        "scan": _scan_facts(files, ground),
        "levels": [level.facts for level in levels],
        "stages": stage_rows(records.together()),
        "poster": sorted(poster),
    }
    return {"report": report, "files": {**outputs, **poster}}


def _scan_facts(files: Files, ground: Ground) -> dict[str, Any]:
    import dataclasses

    from pipeline.geometry.extent import body_box

    scan, oriented, cleaned = ground.scan.value(), ground.oriented.value(), ground.cleaned.value()
    size = body_box(oriented.mesh.positions, oriented.mesh.faces).sides
    return {
        "file": files.path.name,
        "format": scan.facts.format,
        "detail": scan.facts.detail,
        "parts": list(scan.facts.parts),
        "files": [path.name for path in scan.files],
        "key": files.key,
        "triangles": len(scan.mesh.faces),
        "vertices": len(scan.mesh.positions),
        "size_m": [float(round(float(edge), 6)) for edge in size],
        "up": oriented.up,
        "unit_m": oriented.unit_m,
        "unit_known": oriented.unit_known,
        "likely_unit": oriented.likely_unit,
        "scan_to_model": _about(ground)["matrix"],
        "findings": dataclasses.asdict(cleaned.findings),
        "decisions": list(oriented.decisions),
        "warnings": [*scan.facts.warnings, *oriented.warnings, *cleaned.findings.warnings],
        "triangles_cleaned": len(cleaned.mesh.faces),
    }


def _key(files: Files, options: ModelOptions) -> str:
    asked = {key: value for key, value in vars(options).items() if key not in ("out", "jobs")}
    codes = [code_digest(stage) for stage in STAGES] + [code_digest(f"{__name__}:build_models")]
    return digest({"scan": files, "name": files.path.name, "asked": asked, "codes": codes})


def _finished(files: Files, options: ModelOptions, cache: Cache) -> Mapping[str, Any] | None:
    """Return what an earlier run of the very same build handed over: the second run is a copy."""
    found = cache.store.read("build", _key(files, options), None)
    if found is None:
        return None
    report = found[0]["report"]
    return {**found[0], "report": {**report, "stages": [{**stage, "cached": True} for stage in report["stages"]]}}


def _remember(built: Mapping[str, Any], files: Files, options: ModelOptions, cache: Cache) -> None:
    record = Record("build", "build", 0.0, 0, files.size_bytes)
    code = f"{__name__}:build_models {code_digest(f'{__name__}:build_models')}"
    cache.store.write("build", _key(files, options), built, record, code, None)


def _all_names() -> tuple[str, ...]:
    return tuple(f"{name}{ending}" for name in LEVELS for ending in (".glb", ".glb.br"))
