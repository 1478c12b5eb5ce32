"""The commands model, inspect, compare and cache."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from carreau.base.errors import OptionError
from carreau.base.extras import AIR, require
from carreau.base.messages import message
from carreau.base.options import AUTO, ModelOptions
from carreau.base.tools import require_tools
from carreau.command.commands.output import print_failure, progress_translator, show, show_batch
from carreau.formats.registry import suffixes_of
from carreau.models.batch import make_batch
from carreau.models.builders import placement_options
from carreau.models.builders.sources import source_of
from carreau.models.reports.report import Report
from carreau.models.scan_folder import NamedScan, is_many, scans_of, size_bytes
from carreau.runs.cache import Cache, open_cache
from carreau.runs.failures import Attempt, run_safely
from carreau.runs.progress import Logged, Progress
from carreau.runs.scheduler import Executor, watching
from carreau.runs.select_executor import select_executor
from carreau.runs.streams import dashboard_for, progress_for

_FROM_COMMAND = ("name", "unit", "up", "source", "licence", "credit", "epsg", "taken_as", "allow_loss")


def model(chosen: argparse.Namespace) -> int:
    """Build the models of scans."""
    options = _options(chosen)
    require_tools(options.levels)
    with open_executor(chosen) as executor:
        cache = open_cache(chosen.cache, executor)
        options = replace(options, jobs=executor.limiter.slots or 1)
        if len(chosen.scans) == 1 and not is_many(chosen.scans[0]):
            return _one(chosen, options, cache)
        return _several(chosen, options, cache)


def _options(chosen: argparse.Namespace) -> ModelOptions:
    levels = tuple(name.strip() for name in chosen.levels.split(",") if name.strip())
    same_name = {key: getattr(chosen, key) for key in _FROM_COMMAND}
    return ModelOptions(
        out=chosen.out,
        levels=levels,
        language=chosen.lang,
        jobs=1 if chosen.jobs is None else chosen.jobs,
        offset=placement_options.offset(chosen.offset),
        height=placement_options.height(chosen.height),
        crop=placement_options.crop(chosen.crop),
        ground=placement_options.ground(chosen.ground),
        **same_name,
    )


@contextmanager
def open_executor(chosen: argparse.Namespace) -> Iterator[Executor]:
    """Yield the executor of the command line, and close it at the end."""
    executor = select_executor(chosen.executor, chosen.jobs, chosen.memory)
    try:
        yield executor
    finally:
        executor.close()


def _one(chosen: argparse.Namespace, options: ModelOptions, cache: Cache) -> int:
    progress = progress_for(sys.stderr, chosen.quiet, progress_translator())
    opening = run_safely(lambda: Logged(progress, chosen.out / "build.log"))
    log = opening.result
    if log is None:
        progress.close()
        return print_failure(opening.failure)
    attempt: Attempt[Report] = run_safely(lambda: build_scan(chosen.scans[0], options, cache, log), log)
    if attempt.result:
        show(attempt.result, quiet=chosen.quiet)
    return print_failure(attempt.failure)


def build_scan(scan: Path, options: ModelOptions, cache: Cache, progress: Progress) -> Report:
    """Build the models of one scan."""
    if source_of(scan) is not None:
        require(AIR)
    from carreau.models.flow import build_models

    with watching(cache, progress):
        return build_models(scan, _with_kind_of_state(scan, options), cache, progress)


def _with_kind_of_state(scan: Path, options: ModelOptions) -> ModelOptions:
    """Return options that read a glTF as its state in the catalogue says: as a scan, or as an authored model."""
    from carreau.catalogue.state import state_kind

    if options.taken_as != AUTO or scan.suffix.lower() not in suffixes_of("gltf"):
        return options
    kind = state_kind(scan)
    return replace(options, taken_as="scan" if kind == "scan" else "authored") if kind else options


def _several(chosen: argparse.Namespace, options: ModelOptions, cache: Cache) -> int:
    if chosen.name:
        raise OptionError(message("--name applies to a single scan; leave it out to use the names of the files"))
    scans = scans_of(chosen.scans, chosen.out)
    board = dashboard_for(
        sys.stderr, {scan.name: size_bytes(scan.path) for scan in scans}, chosen.quiet, progress_translator()
    )

    def build(scan: NamedScan, out: Path, progress: Progress) -> Report:
        return build_scan(scan.path, replace(options, out=out), cache.with_own_listeners(), progress)

    try:
        result = make_batch(scans, chosen.out, build, board, options.jobs, options.language)
    finally:
        board.close()
    return show_batch(result, chosen.quiet)


def inspect(chosen: argparse.Namespace) -> int:
    """Show what a scan is like, the layers of a survey from the air, or the parts of a massing model."""
    source = source_of(chosen.scan)
    if source is not None:
        require(AIR)
    from carreau.models.flow import inspect_scan, inspect_source

    look: Callable[[Path, Cache, Progress], Any] = partial(inspect_source, source) if source else inspect_scan
    return _show_result_of(chosen, lambda cache, progress: look(chosen.scan, cache, progress))


def compare(chosen: argparse.Namespace) -> int:
    """Compare a model with its scan."""
    from carreau.models.flow import compare_model

    return _show_result_of(chosen, lambda cache, progress: compare_model(chosen.scan, chosen.model, cache, progress))


def _show_result_of(chosen: argparse.Namespace, compute: Callable[[Cache, Progress], Any]) -> int:
    cache, progress = open_cache(chosen.cache), progress_for(sys.stderr, translate=progress_translator())
    try:
        with watching(cache, progress):
            result = compute(cache, progress)
    finally:
        progress.close()
    show(result, chosen.json)
    return 0


def cache(chosen: argparse.Namespace) -> int:
    """Show or prune the cache."""
    from carreau.runs.eviction import parse_age, parse_size, prune

    size = 0 if chosen.clear else parse_size("--max-size", chosen.max_size)
    age = parse_age("--older-than", chosen.older_than)
    show(prune(open_cache(chosen.cache), size, age, chosen.prune), chosen.json)
    return 0
