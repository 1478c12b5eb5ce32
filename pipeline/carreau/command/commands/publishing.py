"""The commands build, publish, verify and serve."""

from __future__ import annotations

import argparse
import gc
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carreau.base.errors import OptionError
from carreau.base.extras import AIR, require
from carreau.base.messages import message
from carreau.base.options import ModelOptions
from carreau.base.process import own_command, own_environment
from carreau.command.commands.models import build_scan, open_executor
from carreau.command.commands.output import LANGUAGE, progress_translator, rendered, show, show_batch
from carreau.exports.records.record import Publication
from carreau.exports.records.urls import is_public, published_address
from carreau.models.reports.report import Report
from carreau.runs.cache import open_cache
from carreau.runs.failures import INTERRUPTED
from carreau.runs.progress import Progress
from carreau.runs.progress_file import progress_file
from carreau.runs.streams import dashboard_for, share_for
from carreau.site.bundle.releases import is_due
from carreau.site.publish.incremental import unchanged
from carreau.site.publish.types import PublishOptions

if TYPE_CHECKING:
    from carreau.site.publish.publish import LoadedCatalogue

_MAIL = re.compile(r"[^\s@/:]+@[^\s@/:]+\.[^\s@/:]+")
_PAGE = re.compile(r"https?://[^\s/]+\.[^\s/]+(/\S*)?")


def build(chosen: argparse.Namespace) -> int:
    """Build the changed states, then publish; return at once if nothing changed."""
    options = _publishing(chosen)
    if not chosen.draft and _is_unchanged(options, chosen):
        return 0
    require(AIR)  # for the table model, which most catalogues have
    from carreau.site.publish.model_builds import state_builds
    from carreau.site.publish.publish import load_catalogue
    from carreau.site.publish.types import READ

    file = progress_file()
    file.report(0.0, (READ.doing,))
    with _without_garbage_collection():
        sources = load_catalogue(options)
        named = state_builds(options, sources.catalogue, sources.translations, chosen.lang)
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
    from carreau.site.publish.model_builds import build_states, samples_of

    require_tools({level for each in states for level in each.options.levels})
    board = dashboard_for(sys.stderr, {each.name: 0 for each in states}, chosen.quiet, progress_translator())
    with open_executor(chosen) as executor:
        cache = open_cache(chosen.cache, executor)

        def make(scan: Path, options: ModelOptions, progress: Progress) -> Report:
            return build_scan(scan, options, cache.with_own_listeners(), progress)

        samples, jobs = samples_of(_publishing(chosen)), executor.limiter.slots or 1
        try:
            return show_batch(
                build_states(states, chosen.models, samples, make, board, jobs, chosen.lang, cache), chosen.quiet
            )
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
    from carreau.site.bundle.releases import current

    manifest = current(chosen.bundle)
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
        from carreau.site.bundle.releases import exclusive_lock, roll_back

        with exclusive_lock(chosen.bundle):
            manifest = roll_back(chosen.bundle, chosen.rollback)
        line = message(
            "%(path)s: release %(release)s is served again", path=str(chosen.bundle), release=manifest.release
        )
        print(*rendered([line]))
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
        from carreau.runs.streams import counter_for
        from carreau.site.bundle.sync import sync

        show(sync(chosen.bundle, chosen.to, counter_for(sys.stderr)), chosen.json, chosen.quiet)
    return 0


def _is_unchanged(options: PublishOptions, chosen: argparse.Namespace) -> bool:
    """Print that nothing changed, if so, before anything else is imported; return whether it did.

    Former releases beyond the number to keep are removed all the same, if that number was given now or before.
    """
    same = unchanged(options)
    if same is not None and (options.keep is not None or is_due(options.bundle)):
        from carreau.site.bundle.releases import exclusive_lock
        from carreau.site.publish.incremental import prune_releases

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
    from carreau.site.bundle.releases import current

    try:
        served = current(chosen.bundle)
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
    from carreau.runs.streams import counter_for
    from carreau.site.bundle.verify import verify

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
    from carreau.desk.web.publishing import Publishing

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
