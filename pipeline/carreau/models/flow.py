"""The stages of a build, from the files of a scan to its models."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

from carreau.base.levels import ARCHIVE, BUDGETED, FEWER_BYTES, LEVELS
from carreau.base.messages import message
from carreau.base.options import ModelOptions
from carreau.base.tools import require_tools
from carreau.models.builders.inputs import scan_files, with_defaults
from carreau.models.builders.result import (
    ModelFolder,
    StepLog,
    as_cached,
    assemble_result,
    find_build,
    name_files,
    store_build,
)
from carreau.models.builders.sources import Source, complete_options, recognize_source
from carreau.models.reports.report import Report
from carreau.runs.cache import Cache, InputFiles, Task
from carreau.runs.progress import Progress, duration
from carreau.runs.scheduler import run_parallel, run_tasks

if TYPE_CHECKING:
    from carreau.models.builders.build_context import SceneContext
    from carreau.models.builders.level_builder import PictureBuilder
    from carreau.models.stages.inspect import AnyInspection
    from carreau.models.stages.measure import Comparison


def build_models(scan: Path, options: ModelOptions, cache: Cache, progress: Progress) -> Report:
    """Build the levels and the poster of a scan and write them together, then measure them and write the report.

    Raises ToolError at once when a program is missing, ScanError when the scan cannot be used, BudgetError or
    ValidationError when a level cannot be published: nothing is written then. What is raised after the levels were
    written leaves them there, without a report.
    """
    started = time.perf_counter()
    require_tools(options.levels)
    options = with_defaults(complete_options(options, scan), scan)
    files = scan_files(scan, cache, options.as_one)
    with ModelFolder(options.out) as folder:
        try:
            built = find_build(files, options, cache)
            if built is None:
                # A cached result needs no stages, whose libraries take a second to import.
                built = _build(files, options, cache, progress, partial(_hand_over, folder, progress, started))
            else:
                folder.write_levels(built["files"])
            report = Report(built["report"])
            folder.write_report(report, built["pages"], scan)
        except BaseException:
            if folder.is_handed_over:
                progress.note(
                    message(
                        "%(folder)s: the models are complete, but their measurements and report are missing; the next "
                        "run adds them",
                        folder=str(options.out),
                    )
                )
            raise
    return report


def _hand_over(folder: ModelFolder, progress: Progress, started: float, results: Mapping[str, Any]) -> None:
    """Write the levels, and say so.

    started : when the build began, on the clock of `time.perf_counter`
    """
    folder.write_levels(name_files(results))
    progress.note(
        message(
            "models ready after %(time)s: %(folder)s; measuring and report follow",
            time=duration(time.perf_counter() - started),
            folder=str(folder.path),
        )
    )


def _build(
    files: InputFiles,
    options: ModelOptions,
    cache: Cache,
    progress: Progress,
    ready: Callable[[Mapping[str, Any]], None],
) -> Mapping[str, Any]:
    """Run the steps of a build, cache its result and return it.

    ready : called with levels and poster by name as soon as they stand, before they are measured
    """
    _announce_compilation(progress)
    with StepLog(cache) as records:
        plan = _planner(files, options, cache)(files, options, cache, progress)
        results = run_parallel(plan.tasks, partial(_following, plan.pictures), ready, options.jobs)
        built = assemble_result(plan.facts(), plan.options, results, plan.pictures, records)
    store_build(as_cached(built, plan.pictures, options.language), files, options, cache)
    return built


def _following(pictures: PictureBuilder, name: str, built: Any) -> list[Callable[[], object]]:
    """Return what remains to be done once a level or the poster is there: measure it, and take pictures of it."""
    if name == "poster":
        return [step.ensure for step in pictures.steps]
    if name == ARCHIVE or built is None:
        return []
    return [built.complete, partial(pictures.show, built)]


def _announce_compilation(progress: Progress) -> None:
    """Say that the first build of an installation takes longer, unless `carreau.base.precompile` has run."""
    from carreau.base.jit import is_compiled

    if not is_compiled("carreau.geometry.render.views"):  # by which every build takes its pictures
        progress.note(
            message(
                "the first build also compiles code for this machine, about half a minute; "
                "`%(command)s` does so beforehand",
                command="python -P -m carreau.base.precompile",
            )
        )


@dataclass(frozen=True)
class _Plan:
    """What remains to be done once a scan is read.

    options : of the build, with what the scan says
    facts : returns the scan's part of the report
    tasks : functions that build each level and the poster, by name
    """

    options: ModelOptions
    facts: Callable[[], dict[str, Any]]
    tasks: dict[str, Callable[[], Any]]
    pictures: PictureBuilder


def _planner(files: InputFiles, options: ModelOptions, cache: Cache) -> Callable[..., _Plan]:
    from carreau.models.builders.build_context import is_authored

    if (source := recognize_source(files.path)) is not None:
        return partial(_plan_source, source)
    return _plan_scene if is_authored(files, options, cache) else _plan_scan


def _plan_scan(files: InputFiles, options: ModelOptions, cache: Cache, progress: Progress) -> _Plan:
    """Clean a scan, whose levels are unwrapped and baked again."""
    from carreau.models.builders import model_tasks
    from carreau.models.builders.build_context import (
        CLOUD_LABELS,
        about,
        create_context,
        refuse_empty,
        refuse_loss,
        refuse_odd_size,
    )
    from carreau.models.builders.level_builder import PictureBuilder
    from carreau.models.builders.level_context import labels
    from carreau.models.builders.model_tasks import scan_facts

    _announce(files, options, cache, progress)
    context = create_context(files, options, cache)
    progress.plan(_estimates(CLOUD_LABELS if context.cloud is not None else (), files, cache).items())
    run_tasks([context.oriented], progress, options.jobs)
    refuse_odd_size(files.path, context.oriented.value().mesh)
    # The reference renderings need no cleaning, and the second job is idle meanwhile. Cleaning a very large scan takes
    # long enough for what only measuring needs, too.
    renderings: list[Task[Any]] = [context.reference_views] if set(options.levels) - {ARCHIVE} else []
    if renderings and context.large is not None and options.jobs > 1:
        renderings.append(context.sighting)
    run_tasks([context.cleaned, context.appearance, *renderings], progress, options.jobs)
    refuse_empty(files.path, len(context.cleaned.value().mesh.faces))
    refuse_loss(files.path, context, options)
    context.about.update(about(context))
    oriented = context.oriented.value()
    candidates = tuple(candidate.up for candidate in oriented.up_candidates)
    pictures = PictureBuilder(context.mesh, context.reference, cache, options.side, oriented.up, candidates)
    progress.plan(_estimates(pictures.labels, files, cache).items())

    def announce(level: str) -> None:
        progress.plan(_estimates(labels(LEVELS[level]), files, cache).items())

    tasks = model_tasks.scan_tasks(files, context, pictures, options, cache, announce)
    return _Plan(options, partial(scan_facts, files, context), tasks, pictures)


def _plan_scene(files: InputFiles, options: ModelOptions, cache: Cache, progress: Progress) -> _Plan:
    """Read an authored model, whose levels have its nodes, materials and animations."""
    from carreau.models.builders.build_context import read_scene_context
    from carreau.models.builders.model_tasks import authored_facts

    context = read_scene_context(files, options, cache)
    return _plan_levels(files, context, options, cache, progress, partial(authored_facts, files, context, cache))


def _plan_source(source: Source, files: InputFiles, options: ModelOptions, cache: Cache, progress: Progress) -> _Plan:
    """Model what is no scan: a survey from the air, or a lost building from measured facts."""
    context = source.shared_tasks(files, options, cache)
    facts = partial(source.report_facts, files, context, cache)
    return _plan_levels(files, context, options, cache, progress, facts)


def _plan_levels(
    files: InputFiles,
    context: SceneContext,
    options: ModelOptions,
    cache: Cache,
    progress: Progress,
    facts: Callable[[], dict[str, Any]],
) -> _Plan:
    from carreau.models.builders import model_tasks
    from carreau.models.builders.build_context import refuse_invalid, refuse_odd_size
    from carreau.models.builders.level_builder import PictureBuilder

    progress.plan(_estimates(_labels_of_levels(options), files, cache).items())
    run_tasks([context.scene, context.scan, context.bare], progress, options.jobs)
    refuse_odd_size(files.path, context.scan.value().mesh)
    refuse_invalid(context, files, cache)
    options = replace(options, credit=options.credit or context.scene.value().copyright)
    shown, is_part = context.subject or context.mesh, context.subject is not None
    pictures = PictureBuilder(shown, context.mesh, cache, options.side or context.side, is_part=is_part)
    return _Plan(options, facts, model_tasks.scene_tasks(files, context, pictures, options, cache), pictures)


def _labels_of_levels(options: ModelOptions) -> Iterator[str]:
    """Yield the labels of the steps that levels and pictures of a model have that is not a scan."""
    from carreau.models.builders.ar_and_archive import ARCHIVE_LABELS as ARCHIVE_LABELS
    from carreau.models.builders.level_builder import PICTURE_LABELS as PICTURE_LABELS
    from carreau.models.builders.scene_level import labels

    yield from (*PICTURE_LABELS, "poster", "encode poster")
    for name in options.levels:
        if name not in FEWER_BYTES:
            yield from ARCHIVE_LABELS if name == ARCHIVE else labels(BUDGETED[name])


def _announce(files: InputFiles, options: ModelOptions, cache: Cache, progress: Progress) -> None:
    """Send the plan to the progress display: of the scan and of each level, the steps that ran before on any scan.

    All of them are sent where none did. What depends on the scan is announced as soon as it is known.
    """
    from carreau.models.builders.ar_and_archive import ARCHIVE_LABELS as ARCHIVE_LABELS
    from carreau.models.builders.level_builder import PICTURE_LABELS as PICTURE_LABELS
    from carreau.models.builders.level_context import labels

    scan = ("read", "place", "orient", "clean", "look", "see scan", "sight scan", "poster", "encode poster")
    sure = (name for name in options.levels if name not in FEWER_BYTES)
    of_levels = (ARCHIVE_LABELS if name == ARCHIVE else labels(BUDGETED[name]) for name in sure)
    for group in ((*scan, *PICTURE_LABELS), *of_levels):
        ran = [label for label in group if cache.timings.has_run(label)]
        progress.plan(_estimates(ran or group, files, cache).items())


def _estimates(labels: Iterable[str], files: InputFiles, cache: Cache) -> dict[str, float | None]:
    """Return the seconds that steps may take by label, None where no run before tells."""
    return {label: cache.timings.estimate(label, files.size_bytes) for label in labels}


def inspect_source(source: Source, path: Path, cache: Cache, progress: Progress) -> Any:
    """Return what the folder of a survey from the air holds, or a file of measured facts."""
    inspection = cache.step(resolve_name(source.inspect), scan_files(path, cache), label=f"inspect {source.name}")
    run_tasks([inspection], progress)
    return inspection.value()


def inspect_scan(scan: Path, cache: Cache, progress: Progress, as_one: bool = False) -> AnyInspection:
    """Return the properties and defects of a scan, and how each defect would be repaired.

    as_one : as in `ModelOptions`
    """
    from carreau.models.builders.build_context import cameras_beside, read_scan_task, with_animation_note
    from carreau.models.stages.inspect import inspect

    files = scan_files(scan, cache, as_one)
    inspection = cache.step(inspect, read_scan_task(files, cache), *cameras_beside(scan, cache))
    run_tasks([inspection], progress)
    return with_animation_note(inspection.value(), scan, cache)


def compare_model(scan: Path, model: Path, cache: Cache, progress: Progress, as_one: bool = False) -> Comparison:
    """Return the difference between a model and its scan, as in a report.

    as_one : as in `ModelOptions`
    """
    from carreau.models.builders.build_context import as_measured, read_scan_task, refuse_odd_size
    from carreau.models.stages.measure import compare, scan_to_model
    from carreau.models.stages.read import read

    other = cache.step(read, scan_files(model, cache), label="read model")
    files = scan_files(scan, cache, as_one)
    run_tasks([read_scan_task(files, cache), other], progress)
    (ours, surface), theirs = as_measured(files, cache), other.value()
    for path, read_scan in ((scan, ours), (model, theirs)):
        refuse_odd_size(path, read_scan.mesh)
    return compare(ours, theirs, scan_to_model(model), surface=surface)
