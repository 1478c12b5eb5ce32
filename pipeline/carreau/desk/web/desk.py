"""What the pages of the desk work on: catalogue, history, who is signed in, commands that run beside, publishing.

Commands are processes of their own: whatever becomes of them, the desk goes on, and what they wrote is whole, as it is
when a person runs them. How far they are they write into a file, see `carreau.runs.progress_display`.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from carreau.base.errors import CarreauError, OptionError
from carreau.base.languages import locales_beside
from carreau.base.messages import from_json, message
from carreau.base.process import own_command, own_environment
from carreau.catalogue.check_catalogue import CheckResult, check_folder
from carreau.catalogue.i18n.check_translations import check_texts
from carreau.catalogue.i18n.text_exchange import TranslationService
from carreau.desk.accounts import Account, Accounts, Backoff, Session, Sessions
from carreau.desk.entry_checks import CatalogueAround
from carreau.desk.history import Editor, History
from carreau.desk.scans import ScanInbox, latest_model
from carreau.desk.summaries import Summaries
from carreau.desk.text_lists import TextLists
from carreau.desk.web.open_draft import OpenDraft
from carreau.runs.cache import Cache
from carreau.runs.progress_display import VARIABLE
from carreau.site.publish.difference import Difference, difference
from carreau.site.publish.previews import Preview, Previews
from carreau.site.publish.publication import PublishOptions, fingerprint
from carreau.site.releases import DRAFT, DraftRelease, ReleaseAnswers, read_draft

MODELS = Path("build/models")
"""Where `carreau build` writes the models."""


@dataclass(frozen=True)
class Team:
    """The people of a desk, and how often somebody has guessed."""

    accounts: Accounts
    backoff: Backoff = field(default_factory=Backoff)

    def sign_in(self, login: str, password: str, address: str) -> tuple[Account | None, float]:
        """Return the account, None for a wrong name or password; and how many seconds to wait before the next try."""
        by_login, by_address = f"login {login.strip().lower()[:100]}", f"address {address}"
        wait = self.backoff.begin({by_login: FREE_OF_LOGIN, by_address: FREE_OF_ADDRESS})
        if wait > 0:
            return None, wait
        account = self.accounts.verify(login, password)
        if account is not None:
            self.backoff.succeed(by_login, by_address)
        return account, 0.0


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

    def read_draft(self) -> Drafted | None:
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
        drafted, served = self.read_draft(), self.previews.release()
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
        """Stop running jobs, and stop showing the draft."""
        self.jobs.close()
        self.open_draft.close()

    def shown(self, session: str) -> Preview | None:
        """Return the last preview of a session."""
        return self._shown.get(session)


@dataclass(frozen=True)
class Desk:
    """A desk over the catalogue of a folder.

    port : it listens on
    editor : who saves; where there is a team, the person of the request (see `carreau.desk.web.requests.get_desk`)
    language : code, of a browser that is not signed in, and of a new session
    team : who may sign in, None for the one person of this machine
    public : origin that it has behind a server with HTTPS, empty on this machine alone
    service : for drafts of translations, None for none
    publishing : the bundle, None for a desk that only edits
    models : folder of the built models, with SITE/STATE/
    """

    root: Path
    locales: Path
    port: int
    history: History
    editor: Editor
    summaries: Summaries
    around: CatalogueAround
    sessions: Sessions
    language: str
    texts: TextLists
    team: Team | None = None
    public: str = ""
    service: TranslationService | None = None
    publishing: Publishing | None = None
    models: Path = MODELS

    @property
    def address(self) -> str:
        """Return the address of its first page."""
        return f"{self.public}/" if self.public else f"http://127.0.0.1:{self.port}/"

    def find_model(self, slug: str, state: str) -> Path | None:
        """Return the model of a state that was built last, None where there is none."""
        folders = (self.models, self.publishing.trial_models) if self.publishing else (self.models,)
        return latest_model(folders, slug, state)

    @property
    def cookie(self) -> str:
        """Return the name of its cookie; browsers send cookies to all ports of a machine."""
        return "__Host-carreau-desk" if self.public else f"carreau-desk-{self.port}"

    def find_session(self, cookie: str) -> Session | None:
        """Return the session of a cookie; that of a person ends when she leaves the team, or her password changes."""
        session = self.sessions.of(cookie)
        if session is None or self.team is None:
            return session
        account = self.team.accounts.of(session.login)
        if account is None or account.password != session.secret:
            return None
        session.role, session.editor = account.role, account.editor
        return session


FREE_OF_LOGIN, FREE_OF_ADDRESS = 5, 20
"""Failures that cost nothing: of one name, and of one address, behind which a whole office may be."""

_MOST_SHOWN = 50

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
        if (cached := self._find_result(now)) is not None:
            return cached
        with self._lock:
            thread = self._thread
            if thread is None or not thread.is_alive():
                thread = self._thread = threading.Thread(target=self._check, args=(now,), daemon=True)
                thread.start()
        thread.join(wait_s)
        return self._find_result(now)

    def _find_result(self, inputs: str) -> CheckResult | None:
        cached = self._kept
        if cached is None or cached[0] != inputs:
            return None
        if isinstance(cached[1], CarreauError):
            raise cached[1]
        return cached[1]

    def _check(self, inputs: str) -> None:
        try:
            self._kept = inputs, check_folder(self._root, check_texts)
        except CarreauError as error:
            self._kept = inputs, error


RUNNING, DONE, FAILED, STOPPED = "running", "done", "failed", "stopped"

_MOST_LINES, _LONGEST_LINE = 300, 500
_GRACE_S = 5.0
"""For a process to end by itself before it is killed."""
_LARGEST_RESULT, _LONGEST_LINES = 4_000_000, 16_000


@dataclass(frozen=True)
class JobProgress:
    """How far a job is.

    share : of all its commands that is done, 0 to 1; it never falls
    doing : what is being done: messages, labels of steps and names
    seconds_left : of the rest, None where that is not known
    """

    share: float = 0.0
    doing: tuple[str, ...] = ()
    seconds_left: float | None = None


@dataclass
class Job:
    """Commands that run one after the other, or have run.

    kind : what for, such as "draft"
    subject : what it is about, such as the name of a scan; empty for none
    state : `RUNNING`, `DONE`, `FAILED` or `STOPPED`
    lines : the last that it has printed, in the language of the person who began it; of a failure, why
    progress : file in which its command writes how far it is
    results : what each of its commands has printed that is done
    commands : how many it has
    """

    number: int
    kind: str
    subject: str
    commands: int = 1
    state: str = RUNNING
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=_MOST_LINES))
    results: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.time)
    ended: float = 0.0
    progress: Path | None = None
    _latest: JobProgress = JobProgress()

    @property
    def line(self) -> str:
        """Return the last line, empty before the first."""
        return self.lines[-1] if self.lines else ""

    def current(self) -> JobProgress:
        """Return how far it is, as its commands write it."""
        if self.state == DONE:
            return JobProgress(1.0)
        done, written = len(self.results), _last_written(self.progress) if self.progress else None
        if written is not None:
            is_last = done == self.commands - 1
            share, left = (done + written.share) / self.commands, written.seconds_left if is_last else None
            self._latest = JobProgress(max(self._latest.share, share), written.doing, left)
        return self._latest


def _last_written(path: Path) -> JobProgress | None:
    """Return what a command has written last, None before that."""
    try:
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - _LONGEST_LINES, 0))
            lines = file.read().rpartition(b"\n")[0].splitlines()
        state = json.loads(lines[-1])
        return JobProgress(float(state["share"]), tuple(map(from_json, state["doing"])), state["seconds_left"])
    except (OSError, IndexError, KeyError, TypeError, ValueError):
        return None


class Jobs:
    """The commands of one desk."""

    def __init__(self) -> None:
        """Run nothing yet."""
        self._lock = threading.Lock()
        self._job: Job | None = None
        self._process: subprocess.Popen[str] | None = None

    @property
    def last(self) -> Job | None:
        """Return the job that runs, or that ran last."""
        return self._job

    def start(
        self, kind: str, subject: str, commands: Sequence[Sequence[str]], language: str,
        done: Callable[[int, str], None] = lambda *_: None,
    ) -> Job:  # fmt: skip
        """Begin a job; raises OptionError while another one runs.

        commands : arguments of `carreau`; one that fails is the last
        language : of what they tell
        done : called with the number of each command that is done, from 0, and what it has printed
        """
        with self._lock:
            if self._job is not None and self._job.state == RUNNING:
                raise OptionError(message("something else is running; wait until it is done, or stop it"))
            number = self._job.number + 1 if self._job else 1
            job = self._job = Job(number, kind, subject, len(commands))
        threading.Thread(target=self._run, args=(job, commands, language, done), daemon=True).start()
        return job

    def stop(self, number: int) -> None:
        """Stop a job; nothing happens where it has ended."""
        with self._lock:
            job, process = self._job, self._process
            if job is None or job.number != number or job.state != RUNNING:
                return
            job.state = STOPPED
        if process is not None:
            _signal(process, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE_S)
            _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))  # whatever it has started

    def close(self) -> None:
        """Stop what runs."""
        if self._job is not None:
            self.stop(self._job.number)

    def _run(
        self, job: Job, commands: Sequence[Sequence[str]], language: str, done: Callable[[int, str], None]
    ) -> None:
        try:
            for number, arguments in enumerate(commands):
                code, printed = self._one(job, ["--lang", language, *arguments])
                if code:
                    break
                done(number, printed)
                job.results.append(printed)
        except (OSError, CarreauError) as error:
            job.lines.append(str(error)[:_LONGEST_LINE])
        with self._lock:
            self._process = None
            if job.state == RUNNING:
                job.state = DONE if len(job.results) == len(commands) else FAILED
            job.ended = time.time()

    def _one(self, job: Job, arguments: Sequence[str]) -> tuple[int, str]:
        """Run a command; return its exit code, and what it has printed."""
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as printed,
            tempfile.TemporaryDirectory(prefix="carreau-progress-") as folder,
        ):
            progress = Path(folder) / "progress.jsonl"
            with self._lock:
                if job.state != RUNNING:
                    return 1, ""
                self._process = process = subprocess.Popen(
                    [*own_command("carreau.command.cli"), *arguments], stdin=subprocess.DEVNULL, stdout=printed,
                    stderr=subprocess.PIPE, text=True, encoding="utf-8", errors="replace", env=_variables(progress),
                    start_new_session=True,
                )  # fmt: skip
            job.progress = progress
            with process:
                for line in process.stderr or ():
                    if text := line.strip()[:_LONGEST_LINE]:
                        job.lines.append(text)
            code = process.wait()
            printed.seek(0)
            return code, printed.read(_LARGEST_RESULT)


def _variables(progress: Path) -> dict[str, str]:
    """Return the environment of a command.

    progress : file in which the command writes how far it is
    """
    return {**own_environment(), "PYTHONUNBUFFERED": "1", VARIABLE: str(progress)}


def _signal(process: subprocess.Popen[str], number: int) -> None:
    """Send a signal to a process, and to all that it has started."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, number)
        else:
            process.terminate()
