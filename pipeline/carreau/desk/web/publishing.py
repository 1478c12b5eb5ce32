"""What the desk publishes with, and what it shows before: previews, and what the served release has."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from carreau.base.errors import CarreauError
from carreau.base.languages import locales_beside
from carreau.catalogue.checks.check_catalogue import CheckResult, check_folder
from carreau.catalogue.i18n.check_translations import check_texts
from carreau.desk.filing import latest_model
from carreau.desk.jobs import Jobs
from carreau.desk.scan_inbox import ScanInbox
from carreau.desk.web.open_draft import OpenDraft
from carreau.runs.cache import Cache
from carreau.site.bundle.releases import DRAFT, DraftRelease, ReleaseAnswers, read_draft
from carreau.site.publish.difference import Difference, difference
from carreau.site.publish.incremental import fingerprint
from carreau.site.publish.previews import Preview, Previews
from carreau.site.publish.types import PublishOptions

_MOST_SHOWN = 50


@dataclass(frozen=True)
class Drafted:
    """The draft of a bundle."""

    draft: DraftRelease
    answers: ReleaseAnswers

    @property
    def release(self) -> str:
        """Return its id."""
        return self.draft.manifest.release


@dataclass
class Publishing:
    """The bundle of a desk.

    options : what is published, and where to
    cache : of what is built
    has_address : whether somebody has said where the bundle will be served; without that, nothing is published
    needs_review : whether somebody else has to agree before
    """

    options: PublishOptions
    cache: Cache
    has_address: bool = True
    needs_review: bool = False
    _shown: dict[str, Preview] = field(default_factory=dict)
    _drafted: tuple[object, Drafted | None] = (None, None)
    _compared: tuple[tuple[str, str], Difference | None] = (("", ""), None)

    def __post_init__(self) -> None:
        """Make what checks the catalogue, renders the previews, runs the commands, shows the draft and keeps scans."""
        self.check = CatalogueCheck(self.options.assets)
        self.previews = Previews(self.options, self.cache)
        self.jobs = Jobs()
        self.open_draft = OpenDraft()
        self.inbox = ScanInbox(self.options.models.parent / "desk-scans")

    @property
    def trial_models(self) -> Path:
        """Return the folder of models of scans that were filed since the last build, with SITE/STATE/."""
        return self.options.models.parent / "desk-models"

    def new_models(self) -> list[str]:
        """Return the states, SITE/STATE, whose scan was filed since their models were built."""
        folders = self.options.models, self.trial_models
        states = [(each.parent.name, each.name) for each in sorted(self.trial_models.glob("*/*"))]
        latest = {f"{slug}/{state}": latest_model(folders, slug, state) for slug, state in states}
        return [name for name, path in latest.items() if path and path.is_relative_to(self.trial_models)]

    def show(self, session: str, preview: Preview) -> None:
        """Keep the last preview of a session; of many sessions, those that looked last."""
        self._shown.pop(session, None)
        self._shown[session] = preview
        while len(self._shown) > _MOST_SHOWN:
            del self._shown[next(iter(self._shown))]

    def drafted(self) -> Drafted | None:
        """Return the draft, None where there is none; it is read once, until another one is built."""
        try:
            status = (self.options.bundle / DRAFT).stat()
        except OSError:
            return None
        stamp = status.st_mtime_ns, status.st_size, status.st_ino
        if stamp != self._drafted[0]:
            draft = read_draft(self.options.bundle)
            answers = ReleaseAnswers(self.options.bundle, draft.manifest) if draft else None
            self._drafted = stamp, Drafted(draft, answers) if draft and answers else None
        return self._drafted[1]

    def difference(self) -> Difference | None:
        """Return what the draft changes, None where there is none, or where a file of it was removed."""
        drafted, served = self.drafted(), self.previews.release()
        if drafted is None:
            return None
        releases = served.manifest.release if served else "", drafted.release
        if releases != self._compared[0]:
            try:
                self._compared = releases, difference(served, drafted.answers)
            except OSError:
                return None
        return self._compared[1]

    def command(self, verb: str, *more: str) -> list[str]:
        """Return the arguments of a command of `carreau` over this bundle."""
        options, edition = self.options, self.options.edition
        keep = ["--keep", str(options.keep)] if options.keep is not None else []
        return [
            verb, "--assets", str(options.assets), "--bundle", str(options.bundle), "--models", str(options.models),
            "--base-url", options.base_url, "--local", f"--publisher={edition.publisher}",
            f"--contact={edition.email or edition.homepage}", f"--aggregator={edition.aggregator}",
            "--cache", str(self.cache.root), *keep, *more,
        ]  # fmt: skip

    def close(self) -> None:
        """Stop what runs, and show the draft to nobody any more."""
        self.jobs.close()
        self.open_draft.close()

    def shown(self, session: str) -> Preview | None:
        """Return the last preview of a session."""
        return self._shown.get(session)


_WAIT_S = 2.0
"""Those of the 53 take 1 s."""


class CatalogueCheck:
    """The check of a catalogue and its translations, as before publishing; several threads may ask for it."""

    def __init__(self, root: Path) -> None:
        """Set the folder; nothing is checked yet."""
        self._root = root
        self._lock = threading.Lock()
        self._kept: tuple[str, CheckResult | CarreauError] | None = None
        self._thread: threading.Thread | None = None

    def result(self, wait_s: float = _WAIT_S) -> CheckResult | None:
        """Return what the check says of the files as they are now, None while it runs, which may take minutes.

        Raises CarreauError where the folder cannot be read.
        """
        now = fingerprint((self._root, locales_beside(self._root)), ())
        if (found := self._result_of(now)) is not None:
            return found
        with self._lock:
            thread = self._thread
            if thread is None or not thread.is_alive():
                thread = self._thread = threading.Thread(target=self._check, args=(now,), daemon=True)
                thread.start()
        thread.join(wait_s)
        return self._result_of(now)

    def _result_of(self, inputs: str) -> CheckResult | None:
        kept = self._kept
        if kept is None or kept[0] != inputs:
            return None
        if isinstance(kept[1], CarreauError):
            raise kept[1]
        return kept[1]

    def _check(self, inputs: str) -> None:
        try:
            self._kept = inputs, check_folder(self._root, check_texts)
        except CarreauError as error:
            self._kept = inputs, error
