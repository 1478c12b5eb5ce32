"""The commands that make models and the bundle: model, inspect, compare, cache, build, publish and the like."""

from __future__ import annotations

import argparse
import gc
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carreau.base.errors import OptionError
from carreau.base.messages import Message, message
from carreau.base.options import AUTO, ModelOptions
from carreau.base.process import own_command, own_environment
from carreau.base.tools import AIR, require, require_tools
from carreau.command.output import LANGUAGE, print_failure, progress_translator, render_lines, show, show_batch
from carreau.exports.record import Publication
from carreau.exports.urls import is_public, published_address
from carreau.formats.registry import list_suffixes
from carreau.models.batch import NamedScan, is_many, make_batch, name_scans, size_bytes
from carreau.models.builders import inputs
from carreau.models.builders.sources import recognize_source
from carreau.models.given_scans import GivenScans, single_scan, unpacked_scans
from carreau.models.reports.report import Report
from carreau.runs.cache import Cache, open_cache
from carreau.runs.failures import INTERRUPTED, Attempt, run_safely
from carreau.runs.progress import Logged, Progress
from carreau.runs.progress_display import dashboard_for, progress_file, progress_for, share_for
from carreau.runs.scheduler import Executor, watching
from carreau.runs.select_executor import select_executor
from carreau.site.publish.publication import PublishOptions, awaits_levels, find_unchanged
from carreau.site.releases import is_due

if TYPE_CHECKING:
    from carreau.site.publish.publish import LoadedCatalogue

_FROM_COMMAND = (
    "name", "unit", "up", "source", "licence", "credit", "epsg", "taken_as", "allow_loss", "variant", "as_one",
)  # fmt: skip


def model(chosen: argparse.Namespace) -> int:
    """Build the models of scans."""
    options = _options(chosen)
    require_tools(options.levels)
    with open_executor(chosen) as executor, unpacked_scans(chosen.scans, chosen.out, chosen.as_one) as given:
        cache = open_cache(chosen.cache, executor)
        options = replace(options, jobs=executor.limiter.slots or 1)
        _tell(given.notes, chosen.quiet)
        if len(given.paths) == 1 and (chosen.as_one or not is_many(given.paths[0])):
            return _one(chosen, given, options, cache)
        return _several(chosen, given, options, cache)


def _tell(notes: Sequence[Message], quiet: bool) -> None:
    if notes and not quiet:
        print(*render_lines(notes), sep="\n", file=sys.stderr)


def _options(chosen: argparse.Namespace) -> ModelOptions:
    levels = tuple(name.strip() for name in chosen.levels.split(",") if name.strip())
    same_name = {key: getattr(chosen, key) for key in _FROM_COMMAND}
    return ModelOptions(
        out=chosen.out,
        levels=levels,
        language=chosen.lang,
        jobs=1 if chosen.jobs is None else chosen.jobs,
        offset=inputs.parse_offset(chosen.offset),
        height=inputs.parse_height(chosen.height),
        crop=inputs.parse_crop(chosen.crop),
        ground=inputs.parse_ground(chosen.ground),
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


def _one(chosen: argparse.Namespace, given: GivenScans, options: ModelOptions, cache: Cache) -> int:
    progress = progress_for(sys.stderr, chosen.quiet, progress_translator())
    opening = run_safely(lambda: Logged(progress, chosen.out / "build.log"))
    log = opening.result
    if log is None:
        progress.close()
        return print_failure(opening.failure)

    def build() -> Report:
        with given.naming():
            return build_scan(given.paths[0], options, cache, log)

    attempt: Attempt[Report] = run_safely(build, log)
    if attempt.result:
        show(attempt.result, quiet=chosen.quiet)
    return print_failure(attempt.failure)


def build_scan(scan: Path, options: ModelOptions, cache: Cache, progress: Progress) -> Report:
    """Build the models of one scan."""
    if recognize_source(scan) is not None:
        require(AIR)
    from carreau.models.flow import build_models

    with watching(cache, progress):
        return build_models(scan, _with_kind_of_state(scan, options), cache, progress)


def _with_kind_of_state(scan: Path, options: ModelOptions) -> ModelOptions:
    """Return options that read a glTF as its state in the catalogue says: as a scan, or as an authored model."""
    from carreau.catalogue.site import state_kind

    if options.taken_as != AUTO or scan.suffix.lower() not in list_suffixes("gltf"):
        return options
    kind = state_kind(scan)
    return replace(options, taken_as="scan" if kind == "scan" else "authored") if kind else options


def _several(chosen: argparse.Namespace, given: GivenScans, options: ModelOptions, cache: Cache) -> int:
    if chosen.name:
        raise OptionError(message("--name applies to a single scan; leave it out to use the names of the files"))
    from carreau.models.adjoining import list_adjoining

    scans = name_scans(given.paths, chosen.out, chosen.as_one)
    _tell(list_adjoining([scan.path for scan in scans], given, cache), chosen.quiet)
    board = dashboard_for(
        sys.stderr, {scan.name: size_bytes(scan.path) for scan in scans}, chosen.quiet, progress_translator()
    )

    def build(scan: NamedScan, out: Path, progress: Progress) -> Report:
        with given.naming():
            return build_scan(scan.path, replace(options, out=out), cache.with_own_listeners(), progress)

    try:
        result = make_batch(scans, chosen.out, build, board, options.jobs, options.language)
    finally:
        board.close()
    return show_batch(result, chosen.quiet)


def inspect(chosen: argparse.Namespace) -> int:
    """Show what a scan is like, the layers of a survey from the air, or the parts of a massing model."""
    with single_scan(chosen.scan, chosen.as_one) as scan:
        source = recognize_source(scan)
        if source is not None:
            require(AIR)
        from carreau.models.flow import inspect_scan, inspect_source

        look: Callable[[Path, Cache, Progress], Any] = partial(inspect_scan, as_one=chosen.as_one)
        if source is not None:
            look = partial(inspect_source, source)
        return _show_result(chosen, partial(look, scan))


def compare(chosen: argparse.Namespace) -> int:
    """Compare a model with its scan."""
    from carreau.models.flow import compare_model

    with single_scan(chosen.scan, chosen.as_one) as scan:
        return _show_result(chosen, partial(compare_model, scan, chosen.model, as_one=chosen.as_one))


def _show_result(chosen: argparse.Namespace, compute: Callable[[Cache, Progress], Any]) -> int:
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
    from carreau.runs.cache import parse_age, parse_size, prune

    size = 0 if chosen.clear else parse_size("--max-size", chosen.max_size)
    age = parse_age("--older-than", chosen.older_than)
    show(prune(open_cache(chosen.cache), size, age, chosen.prune), chosen.json)
    return 0


_MAIL = re.compile(r"[^\s@/:]+@[^\s@/:]+\.[^\s@/:]+")
_PAGE = re.compile(r"https?://[^\s/]+\.[^\s/]+(/\S*)?")


def build(chosen: argparse.Namespace) -> int:
    """Build the changed states, then publish; return at once if nothing changed and all levels are there."""
    options = _publishing(chosen)
    is_more_asked = chosen.whole is None and awaits_levels(chosen.models)
    if not chosen.draft and not is_more_asked and _is_unchanged(options, chosen):
        return 0
    require(AIR)  # for the table model, which most catalogues have
    from carreau.site.publish.model_builds import state_builds
    from carreau.site.publish.publication import READ
    from carreau.site.publish.publish import load_catalogue

    file = progress_file()
    file.report(0.0, (READ.doing,))
    with _without_garbage_collection():
        sources = load_catalogue(options)
        named = state_builds(options, sources.catalogue, sources.translations, chosen.lang, chosen.whole)
        states = [each for each in named if not each.is_built]
    publishing = 1 / (len(states) + 1)  # it takes about as long as the models of one state
    file.begin_part(0.0, 1 - publishing)
    code = _build_states(chosen, states) if states else 0
    if code == INTERRUPTED:
        return code
    file.begin_part(1 - publishing, 1.0)
    serve_or_show = _draft if chosen.draft else _publish
    serve_or_show(options, chosen, sources)
    return code


def _build_states(chosen: argparse.Namespace, states: list[Any]) -> int:
    from carreau.base.tools import require_tools
    from carreau.site.publish.model_builds import BuildFolders, build_states, samples_folder

    require_tools({level for each in states for level in each.options.levels})
    board = dashboard_for(sys.stderr, {each.name: 0 for each in states}, chosen.quiet, progress_translator())
    with open_executor(chosen) as executor:
        cache = open_cache(chosen.cache, executor)

        def make(scan: Path, options: ModelOptions, progress: Progress) -> Report:
            return build_scan(scan, options, cache.with_own_listeners(), progress)

        folders = BuildFolders(chosen.models, samples_folder(_publishing(chosen)))
        jobs = executor.limiter.slots or 1
        try:
            return show_batch(build_states(states, folders, make, board, jobs, chosen.lang, cache), chosen.quiet)
        finally:
            board.close()


def _publishing(chosen: argparse.Namespace) -> PublishOptions:
    _check_keep(chosen)
    return PublishOptions(
        chosen.assets,
        chosen.models,
        chosen.models.parent / "media",
        chosen.bundle,
        published_address(chosen.base_url, chosen.local),
        chosen.keep,
        _publication(chosen),
    )


def _publication(chosen: argparse.Namespace) -> Publication:
    contact = chosen.contact.strip()
    is_mail, is_page = bool(_MAIL.fullmatch(contact)), bool(_PAGE.fullmatch(contact))
    if contact and not is_mail and not is_page:
        raise OptionError(
            message(
                "--contact %(text)s is neither a mail address nor a web page; give one such as musee@example.org "
                "or https://example.org/contact",
                text=contact,
            )
        )
    email, homepage = (contact if is_mail else "", contact if is_page else "")
    return Publication(publisher=chosen.publisher, aggregator=chosen.aggregator, email=email, homepage=homepage)


def _check_keep(chosen: argparse.Namespace) -> None:
    if chosen.keep is not None and chosen.keep < 0:
        raise OptionError(message("--keep %(count)s is negative; give 0 or more", count=chosen.keep))


def _check_copied(chosen: argparse.Namespace) -> None:
    """Refuse to copy a bundle to its host whose pages carry the address of this machine."""
    from carreau.site.releases import read_current

    manifest = read_current(chosen.bundle)
    if manifest is not None and not chosen.local and not is_public(manifest.base_url):
        raise OptionError(
            message(
                "%(path)s was published with --local: its pages and embed codes carry %(url)s; "
                "publish it with --base-url, the public address of your server, then copy it",
                path=str(chosen.bundle),
                url=manifest.base_url,
            )
        )


def publish(chosen: argparse.Namespace) -> int:
    """Publish, restore a former release, or copy the bundle to another place."""
    _check_keep(chosen)
    if chosen.rollback is not None:
        from carreau.site.releases import exclusive_lock, roll_back

        with exclusive_lock(chosen.bundle):
            manifest = roll_back(chosen.bundle, chosen.rollback)
        line = message(
            "%(path)s: release %(release)s is served again", path=str(chosen.bundle), release=manifest.release
        )
        print(*render_lines([line]))
    elif chosen.draft:
        _draft(_publishing(chosen), chosen)
    elif chosen.to and (chosen.bundle / "manifest.json").is_file():
        pass  # the current release is copied
    else:
        options = _publishing(chosen)
        if not _is_unchanged(options, chosen):
            _publish(options, chosen)
    if chosen.to:
        _check_copied(chosen)
        from carreau.runs.progress_display import counter_for
        from carreau.site.sync import sync

        show(sync(chosen.bundle, chosen.to, counter_for(sys.stderr)), chosen.json, chosen.quiet)
    return 0


def _is_unchanged(options: PublishOptions, chosen: argparse.Namespace) -> bool:
    """Print that nothing changed, if so, before anything else is imported; return whether it did.

    Former releases beyond the number to keep are removed all the same, if that number was given now or before.
    """
    same = find_unchanged(options)
    if same is not None and (options.keep is not None or is_due(options.bundle)):
        from carreau.site.publish.publication import prune_releases
        from carreau.site.releases import exclusive_lock

        with exclusive_lock(options.bundle):
            same = prune_releases(options, same)
    if same is not None:
        show(same, chosen.json, chosen.quiet)
    return same is not None


def _publish(options: PublishOptions, chosen: argparse.Namespace, sources: LoadedCatalogue | None = None) -> None:
    from carreau.runs.progress import Quiet
    from carreau.site.publish.publish import publish as publish_all

    with _without_garbage_collection():
        on_progress = share_for(sys.stderr, progress_translator())
        result = publish_all(options, open_cache(chosen.cache), Quiet(), on_progress, sources)
    show(result, chosen.json, chosen.quiet)


def _draft(options: PublishOptions, chosen: argparse.Namespace, sources: LoadedCatalogue | None = None) -> None:
    from carreau.runs.progress import Quiet
    from carreau.site.publish.publish import draft

    with _without_garbage_collection():
        on_progress = share_for(sys.stderr, progress_translator())
        result = draft(options, open_cache(chosen.cache), Quiet(), on_progress, sources)
    show(result, chosen.json, chosen.quiet)


def desk_options(chosen: argparse.Namespace) -> tuple[PublishOptions, bool]:
    """Return what a desk publishes with, and whether the address is known that the bundle will be served at.

    Without an address on the command line it is that of the served release.
    """
    if chosen.base_url or chosen.local:
        return _publishing(chosen), True
    from carreau.site.releases import read_current

    try:
        served = read_current(chosen.bundle)
    except OptionError:
        served = None  # the page that publishes says so
    chosen.base_url, chosen.local = served.base_url if served else "", True
    return _publishing(chosen), served is not None


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Pause the garbage collector: all objects live to the end, and searching for cycles took a tenth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def verify(chosen: argparse.Namespace) -> int:
    """Verify the checksums of a bundle."""
    from carreau.runs.progress_display import counter_for
    from carreau.site.verify import verify

    result = verify(chosen.bundle, counter_for(sys.stderr))
    show(result, chosen.json)
    return result.exit_code


def serve(chosen: argparse.Namespace) -> int:
    """Replace this process by the server, which imports nothing of the pipeline and handles signals itself."""
    options = ["--host", chosen.host, "--rate", str(chosen.rate), "--grace", str(chosen.grace)]
    options += ["--base-url", chosen.base_url, "--frame-ancestors", chosen.frame_ancestors]
    options += ["--trusted-proxies", chosen.trusted_proxies] if chosen.trusted_proxies else []
    options += ["--port", str(chosen.port)] if chosen.port is not None else []
    options += ["--no-access-log"] if chosen.no_access_log else []
    if not (chosen.bundle / "manifest.json").is_file():
        raise OptionError(
            message("%(path)s has no manifest.json; make a bundle with `carreau build`", path=str(chosen.bundle))
        )
    sys.stdout.flush()
    command = [*own_command("carreau_server"), *options, str(chosen.bundle)]
    os.execve(sys.executable, command, own_environment())  # noqa: S606 - our own


def desk(chosen: argparse.Namespace) -> int:
    """Serve the desk until Ctrl-C, or add a person of its team."""
    from carreau.desk.web.app import TeamOptions, run
    from carreau.desk.web.desk import Publishing

    if chosen.add_user:
        return _add_user(chosen)
    team = TeamOptions(chosen.users, chosen.behind, chosen.translator)
    options, has_address = desk_options(chosen)
    publishing = Publishing(options, open_cache(chosen.cache), has_address, chosen.review)
    run(chosen.assets, chosen.port, not chosen.no_browser, LANGUAGE.get(), team, publishing)
    return 0


def _add_user(chosen: argparse.Namespace) -> int:
    """Add a person, or change hers; the password is asked for, or read from a pipe."""
    from carreau.base.errors import OptionError
    from carreau.base.messages import message
    from carreau.desk.accounts import add_account

    if chosen.users is None:
        raise OptionError(message("--add-user needs --users: the file that the person is added to"))
    person = {"login": chosen.add_user, "name": chosen.name, "email": chosen.email, "role": chosen.role}
    if sys.stdin.isatty():
        password = getpass()
        if getpass() != password:
            raise OptionError(message("the two passwords differ"))
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    add_account(chosen.users, person, password)
    print(chosen.users)
    return 0
