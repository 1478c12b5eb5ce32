"""Record each save as a commit of its own, beside whatever the person has changed or staged."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from carreau.base.messages import Message, message

_TRIES, _PAUSE_S = 20, 0.1
"""While another git works in the repository."""

_FILE = "100644"

Change = Callable[[bytes], bytes | None]
"""Makes a save in another version of the file; None where it cannot be made there."""


@dataclass(frozen=True)
class Editor:
    """Who saves."""

    name: str
    email: str


@dataclass(frozen=True)
class Commit:
    """An entry of the history; `at` in seconds since 1970."""

    name: str
    author: str
    at: int
    subject: str


class History:
    """The history of a catalogue, in the repository that its folder is in."""

    def __init__(self, folder: Path) -> None:
        """Look for the repository; without one, nothing is recorded, and `missing` tells why."""
        self._folder = folder
        self._git: Git | None = None
        self.missing: Message | None = None
        try:
            self._git = Git(folder)
        except GitError as error:
            is_none = "not a git repository" in str(error)
            cause = message("the folder is in no git repository") if is_none else str(error)
            self.missing = message("saves are not recorded: %(error)s", error=cause)

    def own_editor(self, fallback: str) -> Editor:
        """Return the editor that the person's git names, else one with another name."""
        name, email = (self._setting(f"user.{each}") for each in ("name", "email"))
        return Editor(name or fallback, email or "desk@localhost")

    def _setting(self, key: str) -> str:
        try:
            return self._git.line("config", "--get", key) if self._git else ""
        except GitError:
            return ""

    def latest(self, count: int, *also: Path) -> list[Commit]:
        """Return the last commits in the folder and in others of the repository, the newest first."""
        if self._git is None or not self._git.head():
            return []
        try:
            form = "--format=%h%x00%an%x00%at%x00%s%x01"
            top = self._git.top.resolve()
            paths = [str(path) for each in (self._folder, *also) if (path := each.resolve()).is_relative_to(top)]
            log = self._git.run("log", f"-{count}", form, "--", *paths).decode("utf-8", "replace")
        except GitError:
            return []
        entries = [each.strip("\n").split("\0") for each in log.split("\1") if each.strip("\n")]
        return [Commit(name, author, int(at), subject) for name, author, at, subject in entries]

    def is_ignored(self, path: Path) -> bool:
        """Return whether the repository leaves a file out."""
        if self._git is None:
            return False
        try:
            name = (path.parent.resolve() / path.name).relative_to(self._git.top.resolve()).as_posix()
            return self._git.is_ignored(name)
        except (OSError, ValueError):
            return False

    def is_as_committed(self, path: Path) -> bool:
        """Return whether a file has no changes that are not committed, also where it is not there at all."""
        if self._git is None:
            return False
        try:
            name = (path.parent.resolve() / path.name).relative_to(self._git.top.resolve()).as_posix()
            committed, staged = self._git.read_committed(self._git.head(), name), self._git.read_staged(name)
            if committed is None:
                return staged is None and not path.exists()
            return committed == staged and self._git.store(path.read_bytes(), name) == committed.name
        except (GitError, OSError, ValueError):
            return False

    def record(
        self, path: Path, change: Change, editor: Editor, subject: str, beside: Sequence[Path] = ()
    ) -> Message | None:
        """Commit a save that is on disk; return why that was not possible, None where it was.

        change : makes the save in what is committed and in what is staged, which may be other versions than that on
            disk: what the person has changed or staged stays uncommitted
        beside : files that belong to the save, as they are on disk, or removed where they are not there
        """
        if self._git is None:
            return self.missing
        try:
            return _Record(self._git, path, change, beside).commit(editor, subject)
        except (GitError, OSError, ValueError) as error:
            return message("saved, but not recorded: %(error)s", error=str(error))


class _Record:
    def __init__(self, git: Git, path: Path, change: Change, beside: Sequence[Path]) -> None:
        self._git, self._path, self._change = git, path, change
        self._name = self._git_name(path)
        self._beside = {self._git_name(each): self._store(each) for each in beside}
        self._staged: tuple[str, Blob | None] | None = None  # what we staged, and what was staged before

    def _git_name(self, path: Path) -> str:
        return (path.parent.resolve() / path.name).relative_to(self._git.top.resolve()).as_posix()

    def _store(self, path: Path) -> Blob | None:
        return Blob(_FILE, self._git.store(path.read_bytes(), self._git_name(path))) if path.is_file() else None

    def commit(self, editor: Editor, subject: str) -> Message | None:
        for _ in range(_TRIES):
            if self._git.is_busy():
                return message(
                    "saved, but not recorded: a merge or rebase waits to be finished; finish it, then commit"
                )
            head = self._git.head()
            committed, staged = self._git.read_committed(head, self._name), self._git.read_staged(self._name)
            if self._staged and staged and staged.name == self._staged[0]:
                staged = self._staged[1]
            if (committed is None) != (staged is None):
                return message("saved, but not recorded: the file is staged otherwise than it is committed; commit it")
            if committed is None and self._git.is_ignored(self._name):
                return message("saved, but not recorded: git ignores the file (.gitignore)")
            after = self._after(committed)
            after_staged = after if staged == committed else self._after(staged)
            if after is None or after_staged is None:
                return message("saved, but not recorded: the file has other changes that are not committed; commit it")
            if committed and after.name == committed.name and not self._beside:
                return None
            if self._publish(head, after, after_staged, staged, editor, subject):
                return None
            time.sleep(_PAUSE_S)
        return message("saved, but not recorded: another git works in the repository; commit it later")

    def _after(self, blob: Blob | None) -> Blob | None:
        """Return a version with the save in it; a file that git does not know yet as it is on disk."""
        content = self._change(self._git.content(blob)) if blob else self._path.read_bytes()
        return Blob(blob.mode if blob else _FILE, self._git.store(content, self._name)) if content is not None else None

    def _publish(
        self, head: str, after: Blob, after_staged: Blob, staged: Blob | None, editor: Editor, subject: str
    ) -> bool:
        """Commit, unless another git works there at the same time.

        The index comes first: if this process ends in between, the save is staged, and nothing is undone by the
        person's next commit.
        """
        commit = self._commit(head, after, editor, subject)
        try:
            self._git.stage(self._name, after_staged)
            self._stage_beside(None)
            self._staged = after_staged.name, staged
            self._git.run("update-ref", "-m", f"desk: {subject}", "HEAD", commit, head or "0" * len(commit))
        except GitError:
            return False
        return True

    def _stage_beside(self, index: Path | None) -> None:
        for name, blob in self._beside.items():
            if blob is None:
                self._git.unstage(name, index)
            elif not self._git.is_ignored(name):
                self._git.stage(name, blob, index)

    def _commit(self, head: str, after: Blob, editor: Editor, subject: str) -> str:
        with tempfile.TemporaryDirectory() as folder:
            index = Path(folder) / "index"
            variables = {"GIT_INDEX_FILE": str(index)}
            if head:
                self._git.run("read-tree", head, variables=variables)
            self._git.stage(self._name, after, index)
            self._stage_beside(index)
            tree = self._git.line("write-tree", variables=variables)
        parents, own = ("-p", head) if head else (), signature(editor)
        return self._git.line("commit-tree", tree, *parents, "-F", "-", data=subject.encode(), variables=own)


def signature(editor: Editor) -> dict[str, str]:
    """Return the variables with which git commits as an editor."""
    return {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", editor.name), ("EMAIL", editor.email))
    }


LONGEST_S = 20
"""Time limit of one command; a commit in a repository of 20,000 files takes 0.1 s."""

_OPTIONS = (
    *("-c", f"core.hooksPath={os.devnull}"), *("-c", "core.fsmonitor=false"), *("-c", "core.quotePath=false"),
    *("-c", "log.showSignature=false"), *("-c", "gc.auto=0"),
    # Of a large file of texts, most of the time of a save went into packing it well; git packs it again later.
    *("-c", "core.looseCompression=1"),
)  # fmt: skip
_PATHS: Mapping[str, tuple[str, ...]] = {"check-ignore": ()}
"""Options about paths: they are literal, where a command takes that."""


class GitError(Exception):
    """git is missing, failed, or took too long; the text is its output."""


@dataclass(frozen=True)
class Blob:
    """A file as git has it: its mode, and the name of its content."""

    mode: str
    name: str


class Git:
    """The repository that a folder is in."""

    def __init__(self, folder: Path) -> None:
        """Find it; raises GitError where there is none, or no git."""
        self._at = folder
        top, own = self.run("rev-parse", "--show-toplevel", "--absolute-git-dir").decode().splitlines()[:2]
        self.top, self._own = Path(top), Path(own)
        self._at = self.top

    def run(self, *arguments: str, data: bytes = b"", variables: Mapping[str, str] | None = None) -> bytes:
        """Run a command and return what it prints; raises GitError."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
        try:
            done = subprocess.run(
                ["git", *_OPTIONS, *_PATHS.get(arguments[0], ("--literal-pathspecs",)), *arguments], cwd=self._at,
                env={**inherited, **quiet, **(variables or {})}, input=data, capture_output=True, check=False,
                timeout=LONGEST_S,
            )  # fmt: skip
        except FileNotFoundError as error:
            raise GitError("git is not installed") from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise GitError(str(error)) from error
        if done.returncode:
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise GitError(lines[-1] if lines else f"git {arguments[0]}: {done.returncode}")
        return done.stdout

    def line(self, *arguments: str, data: bytes = b"", variables: Mapping[str, str] | None = None) -> str:
        """Run a command and return the line that it prints."""
        return self.run(*arguments, data=data, variables=variables).decode("utf-8", "replace").strip()

    def head(self) -> str:
        """Return the commit that is checked out, empty before the first."""
        try:
            return self.line("rev-parse", "--verify", "--quiet", "HEAD")
        except GitError:
            return ""

    def is_busy(self) -> bool:
        """Return whether a merge, a rebase or the like waits to be finished."""
        waits = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")
        return any((self._own / name).exists() for name in waits)

    def read_committed(self, commit: str, name: str) -> Blob | None:
        """Return a file in a commit, None where it is not in it."""
        entry = self.line("ls-tree", "-z", commit, "--", name) if commit else ""
        return Blob(entry.split()[0], entry.split()[2]) if entry else None

    def read_staged(self, name: str) -> Blob | None:
        """Return a file in the index, None where it is not in it; raises GitError for a conflict."""
        entries = [each for each in self.line("ls-files", "-s", "-z", "--", name).split("\0") if each]
        if len(entries) > 1:
            raise GitError(f"{name}: unmerged")
        return Blob(*entries[0].split()[:2]) if entries else None

    def is_ignored(self, name: str) -> bool:
        """Return whether the repository leaves a file out."""
        try:
            self.run("check-ignore", "--quiet", "--", f"./{name}")
        except GitError:
            return False
        return True

    def content(self, blob: Blob) -> bytes:
        """Return the content of a file."""
        return self.run("cat-file", "blob", blob.name)

    def store(self, content: bytes, name: str) -> str:
        """Store the content of a file, with the line ends that the repository wants, and return its name."""
        return self.line("hash-object", "-w", "--stdin", "--path", name, data=content)

    def stage(self, name: str, blob: Blob, index: Path | None = None) -> None:
        """Put a file into the index, or into another one."""
        at = {"GIT_INDEX_FILE": str(index)} if index else None
        self.run("update-index", "--add", "--cacheinfo", f"{blob.mode},{blob.name},{name}", variables=at)

    def unstage(self, name: str, index: Path | None = None) -> None:
        """Take a file out of the index, or out of another one."""
        at = {"GIT_INDEX_FILE": str(index)} if index else None
        self.run("update-index", "--force-remove", "--", name, variables=at)


_TRAILER = "Carreau-Release"
_RELEASE = re.compile(r"[0-9a-f]{16}")


def agree(folder: Path, release: str, editor: Editor) -> Message | None:
    """Record that somebody agrees to a release; return why that was not possible, None where it was."""
    try:
        git = Git(folder)
        for _ in range(_TRIES):
            if git.is_busy():
                return message("a merge or rebase waits to be finished; finish it, then agree again")
            if _commit(git, release, editor):
                return None
            time.sleep(_PAUSE_S)
    except GitError as error:
        return message("it cannot be recorded who agrees: %(error)s", error=str(error))
    return message("another git works in the repository; agree again")


def list_agreed(folder: Path, release: str) -> list[Editor]:
    """Return who has agreed to a release, none where there is no history."""
    if not _RELEASE.fullmatch(release):
        return []
    try:
        git = Git(folder)
        log = git.run(
            "log", "--fixed-strings", f"--grep={_TRAILER}: {release}",
            f"--format=%an%x00%ae%x00%(trailers:key={_TRAILER},valueonly,separator=%x2C)%x01",
        )  # fmt: skip
    except GitError:
        return []
    lines = (each.strip("\n") for each in log.decode("utf-8", "replace").split("\1"))
    entries = [line.split("\0") for line in lines if line]
    return [Editor(name, email) for name, email, names in entries if release in names.split(",")]


def is_other(one: Editor, another: Editor) -> bool:
    """Return whether two editors are two people, as far as their names and addresses tell."""
    return one.email.casefold() != another.email.casefold() and one.name.casefold() != another.name.casefold()


def _commit(git: Git, release: str, editor: Editor) -> bool:
    """Commit the agreement on what is checked out; return whether no other git was faster."""
    head = git.head()
    if not head:
        raise GitError("nothing is committed yet")
    name = " ".join(editor.name.split())
    text = f"Agree to publish {release}\n\n{_TRAILER}: {release}\nReviewed-by: {name} <{editor.email}>\n"
    tree = git.line("rev-parse", "--verify", f"{head}^{{tree}}")
    commit = git.line("commit-tree", tree, "-p", head, "-F", "-", data=text.encode(), variables=signature(editor))
    try:
        git.run("update-ref", "-m", f"desk: agree to publish {release}", "HEAD", commit, head)
    except GitError:
        return False
    return True
