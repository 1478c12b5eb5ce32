"""Do what the `carreau` command was asked."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.batch import NOT_BEGUN, BatchResult, make_batch
from pipeline.errors import OptionError
from pipeline.kept.cache import Cache
from pipeline.kept.executors import Executor
from pipeline.kept.places import open_cache
from pipeline.making import asked
from pipeline.options import ModelOptions
from pipeline.reports.report import Report
from pipeline.running.run import watching
from pipeline.running.workplaces import executor_for
from pipeline.scan_folder import NamedScan, is_many, scans_of, size_bytes
from pipeline.shown.board import board_for
from pipeline.shown.guard import Attempt, attempt, told
from pipeline.shown.progress import Logged, Progress, for_stream

_FROM_COMMAND = ("name", "unit", "up", "source", "licence", "credit", "epsg")


def run(chosen: argparse.Namespace) -> int:
    """Do what was asked, print one line for each failure, and return the exit code."""
    action: Callable[[argparse.Namespace], int] = {
        "model": _model, "inspect": _inspect, "compare": _compare, "check": _check, "new": _new, "cache": _cache
    }[chosen.command]  # fmt: skip
    tried = attempt(lambda: action(chosen))
    return told(tried.failure) or tried.result or 0


def _model(chosen: argparse.Namespace) -> int:
    options = _options(chosen)
    with _workplace(chosen) as executor:
        cache = open_cache(chosen.cache, executor)
        options = replace(options, jobs=executor.gate.slots or 1)
        if len(chosen.scans) == 1 and not is_many(chosen.scans[0]):
            return _one(chosen, options, cache)
        return _several(chosen, options, cache)


def _options(chosen: argparse.Namespace) -> ModelOptions:
    levels = tuple(name.strip() for name in chosen.levels.split(",") if name.strip())
    said = {key: getattr(chosen, key) for key in _FROM_COMMAND}
    return ModelOptions(
        out=chosen.out,
        levels=levels,
        language=chosen.lang,
        jobs=1 if chosen.jobs is None else chosen.jobs,
        offset=asked.offset(chosen.offset),
        height=asked.height(chosen.height),
        crop=asked.crop(chosen.crop),
        ground=asked.ground(chosen.ground),
        **said,
    )


@contextmanager
def _workplace(chosen: argparse.Namespace) -> Iterator[Executor]:
    executor = executor_for(chosen.executor, chosen.jobs, chosen.memory)
    try:
        yield executor
    finally:
        executor.close()


def _one(chosen: argparse.Namespace, options: ModelOptions, cache: Cache) -> int:
    shown = for_stream(sys.stderr, chosen.quiet)
    opened = attempt(lambda: Logged(shown, chosen.out / "build.log"))
    log = opened.result
    if log is None:
        shown.close()
        return told(opened.failure)
    tried: Attempt[Report] = attempt(lambda: _built(chosen.scans[0], options, cache, log), log)
    if tried.result and not chosen.quiet:
        _show(tried.result)
    return told(tried.failure)


def _built(scan: Path, options: ModelOptions, cache: Cache, progress: Progress) -> Report:
    from pipeline.flow import build_models

    with watching(cache, progress):
        return build_models(scan, options, cache, progress)


def _several(chosen: argparse.Namespace, options: ModelOptions, cache: Cache) -> int:
    if chosen.name:
        raise OptionError("--name: names one scan, and several were given; leave it out to use their file names")
    scans = scans_of(chosen.scans, chosen.out)
    board = board_for(sys.stderr, {scan.name: size_bytes(scan.path) for scan in scans}, chosen.quiet)

    def build(scan: NamedScan, out: Path, progress: Progress) -> Report:
        return _built(scan.path, replace(options, out=out), cache.apart(), progress)

    try:
        result = make_batch(scans, chosen.out, build, board, options.jobs, options.language)
    finally:
        board.close()
    return _told_all(result, chosen.quiet)


def _told_all(result: BatchResult, quiet: bool) -> int:
    for outcome in result.outcomes:
        if outcome.report is not None and not quiet:
            _show(Report(outcome.report))
    for line in dict.fromkeys(outcome.error for outcome in result.outcomes if outcome.error not in ("", NOT_BEGUN)):
        print(f"carreau: {line}", file=sys.stderr)
    return result.exit_code


def _inspect(chosen: argparse.Namespace) -> int:
    from pipeline.flow import inspect_scan

    return _looked(chosen, lambda cache, progress: inspect_scan(chosen.scan, cache, progress))


def _compare(chosen: argparse.Namespace) -> int:
    from pipeline.flow import compare_model

    return _looked(chosen, lambda cache, progress: compare_model(chosen.scan, chosen.model, cache, progress))


def _looked(chosen: argparse.Namespace, look: Callable[[Cache, Progress], Any]) -> int:
    cache, progress = open_cache(chosen.cache), for_stream(sys.stderr)
    try:
        with watching(cache, progress):
            found = look(cache, progress)
    finally:
        progress.close()
    _show(found, chosen.json)
    return 0


def _check(chosen: argparse.Namespace) -> int:
    from pipeline.catalogue.check import check_folder

    found = check_folder(chosen.assets)
    if chosen.page:
        from pipeline.catalogue.writing import write_whole
        from pipeline.reports.check_page import make_check_page

        write_whole(chosen.page, make_check_page(found.as_json(), chosen.lang))
    _show(found, chosen.json)
    return found.exit_code


def _new(chosen: argparse.Namespace) -> int:
    from pipeline.catalogue.beginnings import begin

    print(begin(chosen.what, chosen.name, chosen.assets))
    return 0


def _cache(chosen: argparse.Namespace) -> int:
    from pipeline.kept.upkeep import keep_up, parse_age, parse_size

    size = 0 if chosen.clear else parse_size("--max-size", chosen.max_size)
    age = parse_age("--older-than", chosen.older_than)
    _show(keep_up(size, age, chosen.prune, open_cache(chosen.cache)), chosen.json)
    return 0


def _show(result: Any, as_json: bool = False) -> None:
    import json

    if as_json:
        print(json.dumps(result.as_json(), indent=2, ensure_ascii=False))
    else:
        print("\n".join(result.lines()))
