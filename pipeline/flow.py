"""One scan from its files to its models, readable aloud."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from pipeline.builders import build_cache
from pipeline.builders.input_files import scan_files
from pipeline.builders.placement_options import with_defaults
from pipeline.builders.result import as_found, hand_over, outcome
from pipeline.builders.step_log import StepLog
from pipeline.cache.cache import Cache, InputFiles
from pipeline.console.progress import Progress
from pipeline.executors.scheduler import run_parallel, run_tasks
from pipeline.levels import ARCHIVE
from pipeline.options import ModelOptions
from pipeline.reports.report import Report

if TYPE_CHECKING:
    from pipeline.builders.compare import Comparison
    from pipeline.builders.picture_flow import PictureFlow
    from pipeline.stages.inspect import AnyInspection


def build_models(scan: Path, options: ModelOptions, cache: Cache, progress: Progress) -> Report:
    """Make the models, poster and report of a scan, and hand them over together.

    Raises ScanError when the scan cannot be used, BudgetError or ValidationError when a level cannot be published.
    """
    options = with_defaults(options, scan)
    files = scan_files(scan, cache)
    built = build_cache.find(files, options, cache)
    if built is None:
        # A finished build is handed over without the stages, whose libraries take a second to import.
        from pipeline.builders.authored_ground import is_authored

        with StepLog(cache) as records:
            way = _authored if is_authored(files, options, cache) else _scanned
            options, facts, made, pictures = way(files, options, cache, progress)
            built = outcome(facts, options, made, pictures, records)
        build_cache.remember(as_found(built, pictures, options.language), files, options, cache)
    return hand_over(built, scan, options.out)


Way: TypeAlias = "tuple[ModelOptions, dict[str, Any], dict[str, Any], PictureFlow]"
"""What either way through the pipeline gives: the options, what the report says of the scan, what was made of it."""


def _scanned(files: InputFiles, options: ModelOptions, cache: Cache, progress: Progress) -> Way:
    """Make the levels of a scan: cleaned, unwrapped, and baked anew."""
    from pipeline.builders import scan_flow
    from pipeline.builders.picture_flow import PictureFlow
    from pipeline.builders.scan_context import about, create_context, refuse_empty, refuse_odd_size
    from pipeline.builders.scan_facts import scan_facts

    _announce(files, options, cache, progress)
    ground = create_context(files, options, cache)
    run_tasks([ground.oriented], progress, options.jobs)
    refuse_odd_size(files.path, ground.oriented.value().mesh)
    # What levels are judged by needs no cleaning, and the second job has nothing else to do meanwhile.
    judged_by = [ground.seen] if set(options.levels) - {ARCHIVE} else []
    run_tasks([ground.cleaned, ground.looks, *judged_by], progress, options.jobs)
    refuse_empty(files.path, len(ground.cleaned.value().mesh.faces))
    ground.about.update(about(ground))
    pictures = PictureFlow(ground.mesh, ground.reference, cache)
    made = run_parallel(scan_flow.tasks(files, ground, pictures, options, cache), options.jobs)
    return options, scan_facts(files, ground), made, pictures


def _authored(files: InputFiles, options: ModelOptions, cache: Cache, progress: Progress) -> Way:
    """Make the levels of an authored model, which keeps its nodes, materials and animation."""
    from pipeline.builders import authored_flow
    from pipeline.builders.authored_ground import authored_ground, refuse_invalid
    from pipeline.builders.picture_flow import PictureFlow
    from pipeline.builders.scan_context import refuse_odd_size

    ground = authored_ground(files, options, cache)
    run_tasks([ground.scene, ground.scan, ground.bare], progress, options.jobs)
    refuse_odd_size(files.path, ground.scan.value().mesh)
    refuse_invalid(ground, files, cache)
    run_tasks([ground.sighting], progress, options.jobs)
    options = replace(options, credit=options.credit or ground.scene.value().copyright)
    pictures = PictureFlow(ground.mesh, ground.mesh, cache)
    made = run_parallel(authored_flow.tasks(files, ground, pictures, options, cache), options.jobs)
    return options, authored_flow.authored_facts(files, ground, cache), made, pictures


def _announce(files: InputFiles, options: ModelOptions, cache: Cache, progress: Progress) -> None:
    """Tell progress of the whole work ahead: the steps that ran on some scan before, or all when none ever did."""
    from pipeline.builders.archive import LABELS as ARCHIVE_LABELS
    from pipeline.builders.level_work import labels
    from pipeline.builders.picture_flow import LABELS as PICTURE_LABELS

    scan = ("read", "place", "orient", "clean", "look", "see scan", "sight scan", "poster", "encode poster")
    of_levels = (ARCHIVE_LABELS if name == ARCHIVE else labels(name) for name in options.levels)
    ahead = [*scan, *PICTURE_LABELS, *(label for some in of_levels for label in some)]
    seconds = {label: cache.timings.estimate(label, files.size_bytes) for label in ahead}
    known = {label: second for label, second in seconds.items() if second is not None}
    progress.plan((known or seconds).items())


def inspect_scan(scan: Path, cache: Cache, progress: Progress) -> AnyInspection:
    """Return what a scan is, and what would be done about it."""
    from pipeline.builders.authored_ground import with_its_way
    from pipeline.builders.scan_context import scan_of
    from pipeline.stages.inspect import inspect

    inspection = cache.step(inspect, scan_of(scan_files(scan, cache), cache))
    run_tasks([inspection], progress)
    return with_its_way(inspection.value(), scan, cache)


def compare_model(scan: Path, model: Path, cache: Cache, progress: Progress) -> Comparison:
    """Return how far a model is from its scan, as its report says it."""
    from pipeline.builders.compare import compare, scan_to_model
    from pipeline.builders.scan_context import as_measured, refuse_odd_size, scan_of
    from pipeline.stages.read import read

    other = cache.step(read, scan_files(model, cache), label="read model")
    run_tasks([scan_of(scan_files(scan, cache), cache), other], progress)
    (ours, surface), theirs = as_measured(scan_files(scan, cache), cache), other.value()
    for path, found in ((scan, ours), (model, theirs)):
        refuse_odd_size(path, found.mesh)
    return compare(ours, theirs, scan_to_model(model), surface=surface)
