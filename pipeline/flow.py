"""One scan from its files to its models, readable aloud."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipeline.cache import Cache, Files
from pipeline.ground import Ground, about, ground_of, refuse_empty, refuse_odd_size
from pipeline.keys import code_digest, digest
from pipeline.level_flow import LevelFlow, Made
from pipeline.level_work import labels
from pipeline.levels import LEVELS
from pipeline.options import ModelOptions
from pipeline.output import handed_over
from pipeline.progress import Progress
from pipeline.records import Records
from pipeline.report import Report, stage_rows
from pipeline.run import make
from pipeline.scan_facts import scan_facts
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


def build_models(scan: Path, options: ModelOptions, cache: Cache, progress: Progress) -> Report:
    """Make the models, poster and report of a scan, and hand them over together.

    Raises ScanError when the scan cannot be used, BudgetError or ValidationError when a level cannot be published.
    """
    options = replace(options, name=options.name or scan.stem)
    files = scan_files(scan, cache)
    built = _finished(files, options, cache)
    if built is None:
        with Records(cache) as records:
            _announce(files, options, cache, progress)
            ground = ground_of(files, options, cache)
            make([ground.oriented], progress, options.jobs)
            refuse_odd_size(scan, ground.oriented.value().mesh)
            make([ground.cleaned, ground.looks], progress, options.jobs)
            refuse_empty(scan, len(ground.cleaned.value().mesh.faces))
            ground.about.update(about(ground))
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
        refuse_odd_size(path, step.value().mesh)
    return compare(read.value(), other.value(), scan_to_model(model))


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


def _outcome(
    files: Files, ground: Ground, options: ModelOptions, made: Mapping[str, Any], records: Records
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
        "scan": scan_facts(files, ground),
        "levels": [level.facts for level in levels],
        "stages": stage_rows(records.together()),
        "poster": sorted(poster),
    }
    return {"report": report, "files": {**outputs, **poster}}


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
