"""Build what changed, publish it, verify what was published, and serve it."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.bundle.leaving import is_due
from pipeline.cache.open_cache import open_cache
from pipeline.commands.models import built, workplace
from pipeline.commands.telling import in_speech, show, tell_result, told_all
from pipeline.console.failures import INTERRUPTED
from pipeline.console.progress import Progress, dashboard_for
from pipeline.errors import OptionError
from pipeline.exports.records.edition import Edition
from pipeline.messages import message
from pipeline.options import ModelOptions
from pipeline.publish.types import PublishOptions
from pipeline.publish.unchanged import unchanged
from pipeline.reports.report import Report

if TYPE_CHECKING:
    from pipeline.publish.publish import LoadedCatalogue


def build(chosen: argparse.Namespace) -> int:
    """Build the states that changed, then publish; where nothing changed, return at once."""
    asked = _publishing(chosen)
    if _is_told_unchanged(asked, chosen):
        return 0
    from pipeline.publish.model_builds import state_builds
    from pipeline.publish.publish import load_catalogue

    with _without_collecting():
        found = load_catalogue(asked)
        named = state_builds(asked, found.catalogue, found.translations, chosen.lang)
        states = [each for each in named if not each.is_built]
    code = _build_states(chosen, states) if states else 0
    if code == INTERRUPTED:
        return code
    _publish(asked, chosen, found)
    return code


def _build_states(chosen: argparse.Namespace, states: list[Any]) -> int:
    from pipeline.publish.model_builds import build_states, samples_of

    board = dashboard_for(sys.stderr, {each.name: 0 for each in states}, chosen.quiet)
    with workplace(chosen) as executor:
        cache = open_cache(chosen.cache, executor)

        def make(scan: Path, options: ModelOptions, progress: Progress) -> Report:
            return built(scan, options, cache.apart(), progress)

        samples, jobs = samples_of(_publishing(chosen)), executor.gate.slots or 1
        try:
            return told_all(build_states(states, chosen.models, samples, make, board, jobs, chosen.lang), chosen.quiet)
        finally:
            board.close()


def _publishing(chosen: argparse.Namespace) -> PublishOptions:
    if chosen.keep is not None and chosen.keep < 0:
        raise OptionError(message("--keep %(count)s is negative; give 0 or more", count=chosen.keep))
    return PublishOptions(
        chosen.assets,
        chosen.models,
        chosen.models.parent / "media",
        chosen.bundle,
        chosen.base_url,
        chosen.keep,
        Edition(publisher=chosen.publisher, aggregator=chosen.aggregator),
    )


def publish(chosen: argparse.Namespace) -> int:
    """Publish, put a former release back, or copy the bundle to where it is served from."""
    asked = _publishing(chosen)
    if chosen.rollback is not None:
        from pipeline.bundle.releases import exclusive_lock, roll_back

        with exclusive_lock(chosen.bundle):
            manifest = roll_back(chosen.bundle, chosen.rollback)
        line = message(
            "%(path)s: release %(release)s is served again", path=str(chosen.bundle), release=manifest.release
        )
        print(*in_speech([line]))
    elif chosen.to and (chosen.bundle / "manifest.json").is_file():
        pass  # what is served is copied as it is
    elif not _is_told_unchanged(asked, chosen):
        _publish(asked, chosen)
    if chosen.to:
        from pipeline.bundle.sync import sync
        from pipeline.console.progress import counter_for

        tell_result(sync(chosen.bundle, chosen.to, counter_for(sys.stderr)), chosen)
    return 0


def _is_told_unchanged(asked: PublishOptions, chosen: argparse.Namespace) -> bool:
    """Tell that nothing changed, where nothing did, before anything else is imported.

    Former releases beyond those to keep go all the same, where somebody said how many these are, now or before.
    """
    same = unchanged(asked)
    if same is not None and (asked.keep is not None or is_due(asked.bundle)):
        from pipeline.bundle.releases import exclusive_lock
        from pipeline.publish.unchanged import prune_releases

        with exclusive_lock(asked.bundle):
            same = prune_releases(asked, same)
    if same is not None:
        tell_result(same, chosen)
    return same is not None


def _publish(asked: PublishOptions, chosen: argparse.Namespace, found: LoadedCatalogue | None = None) -> None:
    from pipeline.console.progress import Quiet, counter_for
    from pipeline.publish.publish import publish as publish_all

    with _without_collecting():
        made = publish_all(asked, open_cache(chosen.cache), Quiet(), counter_for(sys.stderr), found)
    tell_result(made, chosen)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Look for no rings of objects meanwhile: what is read is held to the end, and looking took a tenth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def verify(chosen: argparse.Namespace) -> int:
    """Hash what was published."""
    from pipeline.bundle.verify import verify
    from pipeline.console.progress import counter_for

    found = verify(chosen.bundle, counter_for(sys.stderr))
    show(found, chosen.json)
    return found.exit_code


def serve(chosen: argparse.Namespace) -> int:
    """Let the server take this process over: it imports nothing of the pipeline, and hears signals itself."""
    options = ["--host", chosen.host, "--rate", str(chosen.rate), "--grace", str(chosen.grace)]
    options += ["--base-url", chosen.base_url, "--frame-ancestors", chosen.frame_ancestors]
    options += ["--port", str(chosen.port)] if chosen.port is not None else []
    options += ["--no-access-log"] if chosen.no_access_log else []
    if not (chosen.bundle / "manifest.json").is_file():
        raise OptionError(
            message("%(path)s has no manifest.json; make a bundle with `carreau build`", path=str(chosen.bundle))
        )
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "server", *options, str(chosen.bundle)])  # noqa: S606 - our own
