"""Do what the `carreau` command was asked."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.batch import NOT_BEGUN, BatchResult, make_batch
from pipeline.errors import OptionError
from pipeline.kept.cache import Cache
from pipeline.kept.executors import Executor
from pipeline.kept.places import open_cache
from pipeline.languages.speech import ENGLISH, speech
from pipeline.making import asked
from pipeline.options import AUTO, ModelOptions
from pipeline.reports.report import Report
from pipeline.running.run import watching
from pipeline.running.workplaces import executor_for
from pipeline.scan_folder import NamedScan, is_many, scans_of, size_bytes
from pipeline.shown.board import board_for
from pipeline.shown.guard import INTERRUPTED, Attempt, Failure, attempt, told
from pipeline.shown.progress import Logged, Progress, for_stream

_SPEAKING = ("check", "new", "texts", "export", "build", "publish", "verify")
"""Commands whose results are told in the person's language; failures are, of all commands."""

_SPEECH = ContextVar("speech", default=ENGLISH)
"""The language of this run's results."""

_FROM_COMMAND = ("name", "unit", "up", "source", "licence", "credit", "epsg", "taken_as")


def run(chosen: argparse.Namespace) -> int:
    """Do what was asked, print one line for each failure, and return the exit code."""
    action: Callable[[argparse.Namespace], int] = {
        "model": _model, "inspect": _inspect, "compare": _compare, "check": _check, "new": _new, "texts": _texts,
        "export": _export, "build": _build, "publish": _publish, "verify": _verify, "serve": _serve, "cache": _cache,
    }[chosen.command]  # fmt: skip
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8 has no apostrophe as ours
    language = speech(getattr(chosen, "speech", None), os.environ)
    _SPEECH.set(language if chosen.command in _SPEAKING else ENGLISH)
    tried = attempt(lambda: action(chosen))
    return told(_translated(tried.failure, language)) or tried.result or 0


def _translated(failure: Failure | None, language: str) -> Failure | None:
    """Return what went wrong in a language; in English where saying it goes wrong too."""
    if failure is None or language == ENGLISH:
        return failure
    from pipeline.languages.telling import tell

    said = attempt(lambda: " ".join(tell([failure.line], language))).result
    return replace(failure, line=said or failure.line)


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
        return build_models(scan, _as_its_site_says(scan, options), cache, progress)


def _as_its_site_says(scan: Path, options: ModelOptions) -> ModelOptions:
    """Take a glTF as authored where its site says that it is a reconstruction or a model, and as a scan where that."""
    from pipeline.catalogue.said_kind import said_kind

    if options.taken_as != AUTO or scan.suffix.lower() not in (".glb", ".gltf"):
        return options
    kind = said_kind(scan)
    return replace(options, taken_as="scan" if kind == "scan" else "authored") if kind else options


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
    failures = dict.fromkeys(outcome.error for outcome in result.outcomes if outcome.error not in ("", NOT_BEGUN))
    for line in _in_speech(failures):
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
    from pipeline.languages.checks import check_texts

    found = check_folder(chosen.assets, check_texts)
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


def _texts(chosen: argparse.Namespace) -> int:
    from pipeline.catalogue.catalogue import read_catalogue
    from pipeline.languages.languages import locales_beside

    catalogue, locales = read_catalogue(chosen.assets), chosen.locales or locales_beside(chosen.assets)
    if chosen.action == "extract":
        from pipeline.languages.extraction import extract

        _show(extract(catalogue, locales))
    elif chosen.action == "status":
        from pipeline.languages.status import status_of

        status = status_of(catalogue, locales, chosen.site)
        if chosen.page:
            from pipeline.catalogue.writing import write_whole
            from pipeline.reports.texts_page import make_texts_page

            write_whole(chosen.page, make_texts_page(status.as_json(), chosen.lang))
        _show(status, chosen.json)
    elif chosen.action == "export":
        from pipeline.languages.sending import form_for, send

        form = chosen.format or form_for(chosen.out)
        _show(send(catalogue, locales, chosen.lang, chosen.out, chosen.site, form))
    else:
        from pipeline.languages.opening import open_delivery
        from pipeline.languages.taking_back import take_back

        _show(take_back(catalogue, locales, [open_delivery(path) for path in chosen.files]))
    return 0


def _export(chosen: argparse.Namespace) -> int:
    from pipeline.exports.edition import Edition
    from pipeline.exports.export import Asked, export
    from pipeline.exports.formats import listing
    from pipeline.shown.counter import counter_for

    if chosen.list or not chosen.format:
        print("\n".join(listing()))
        return 0
    asked = Asked(
        chosen.format, chosen.out, chosen.assets, tuple(chosen.site), tuple(chosen.route), chosen.lang,
        chosen.base_url, chosen.models, Edition(publisher=chosen.publisher, aggregator=chosen.aggregator),
    )  # fmt: skip
    exported = export(asked, counter_for(sys.stderr))
    _show(exported, chosen.json)
    return exported.exit_code


def _build(chosen: argparse.Namespace) -> int:
    from pipeline.publishing.publish import publish, unchanged
    from pipeline.shown.counter import counter_for
    from pipeline.shown.progress import Quiet

    asked = _publishing(chosen)
    same = unchanged(asked)
    if same is not None:
        _tell(same, chosen)
        return 0
    from pipeline.catalogue.catalogue import read_catalogue
    from pipeline.publishing.building import wanted
    from pipeline.publishing.publish import refuse_errors

    catalogue = read_catalogue(asked.assets)
    refuse_errors(catalogue, asked.assets)
    states = [each for each in wanted(asked, catalogue, chosen.lang) if not each.is_built]
    code = _build_states(chosen, states) if states else 0
    if code == INTERRUPTED:
        return code
    _tell(publish(asked, open_cache(chosen.cache), Quiet(), counter_for(sys.stderr), catalogue), chosen)
    return code


def _build_states(chosen: argparse.Namespace, states: list[Any]) -> int:
    from pipeline.publishing.build import build_states
    from pipeline.publishing.building import samples_of

    board = board_for(sys.stderr, {each.name: 0 for each in states}, chosen.quiet)
    with _workplace(chosen) as executor:
        cache = open_cache(chosen.cache, executor)

        def make(scan: Path, options: ModelOptions, progress: Progress) -> Report:
            return _built(scan, options, cache.apart(), progress)

        samples, jobs = samples_of(_publishing(chosen)), executor.gate.slots or 1
        try:
            return _told_all(build_states(states, chosen.models, samples, make, board, jobs, chosen.lang), chosen.quiet)
        finally:
            board.close()


def _publishing(chosen: argparse.Namespace) -> Any:
    from pipeline.exports.edition import Edition
    from pipeline.publishing.asked import Publishing

    edition = Edition(publisher=chosen.publisher, aggregator=chosen.aggregator)
    return Publishing(
        chosen.assets,
        chosen.models,
        chosen.models.parent / "media",
        chosen.bundle,
        chosen.base_url,
        chosen.keep,
        edition,
    )


def _publish(chosen: argparse.Namespace) -> int:
    from pipeline.bundle.mirror import mirror
    from pipeline.bundle.releases import alone, roll_back
    from pipeline.publishing.publish import publish
    from pipeline.shown.counter import counter_for
    from pipeline.shown.progress import Quiet

    if chosen.rollback is not None:
        with alone(chosen.bundle):
            manifest = roll_back(chosen.bundle, chosen.rollback)
        print(*_in_speech([f"{chosen.bundle}: release {manifest.release} is served again"]))
    elif not chosen.to or not (chosen.bundle / "manifest.json").is_file():
        asked = _publishing(chosen)
        _tell(publish(asked, open_cache(chosen.cache), Quiet(), counter_for(sys.stderr)), chosen)
    if chosen.to:
        _tell(mirror(chosen.bundle, chosen.to, counter_for(sys.stderr)), chosen)
    return 0


def _verify(chosen: argparse.Namespace) -> int:
    from pipeline.bundle.verify import verify
    from pipeline.shown.counter import counter_for

    found = verify(chosen.bundle, counter_for(sys.stderr))
    _show(found, chosen.json)
    return found.exit_code


def _serve(chosen: argparse.Namespace) -> int:
    """Let the server take this process over: it imports nothing of the pipeline, and hears signals itself."""
    said = ["--host", chosen.host, "--port", str(chosen.port), "--rate", str(chosen.rate)]
    said += ["--base-url", chosen.base_url, "--frame-ancestors", chosen.frame_ancestors]
    said += ["--no-access-log"] if chosen.no_access_log else []
    if not (chosen.bundle / "manifest.json").is_file():
        raise OptionError(f"{chosen.bundle}: holds no manifest.json; make a bundle with `carreau build`")
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "server", *said, str(chosen.bundle)])  # noqa: S606 - our own


def _tell(result: Any, chosen: argparse.Namespace) -> None:
    if not chosen.quiet:
        _show(result, chosen.json)


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
        return
    print("\n".join(_in_speech(result.lines())))


def _in_speech(lines: Iterable[str]) -> Iterable[str]:
    """Return lines in the language of this run's results."""
    language = _SPEECH.get()
    if language == ENGLISH:
        return lines
    from pipeline.languages.telling import tell

    return tell(lines, language)
