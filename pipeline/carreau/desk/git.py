"""Run git in the repository of a folder: with a time limit, without hooks, prompts and signatures."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

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
    """git is missing, failed, or took too long; the text is what it said."""


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
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
        try:
            done = subprocess.run(
                ["git", *_OPTIONS, *_PATHS.get(arguments[0], ("--literal-pathspecs",)), *arguments], cwd=self._at,
                env={**kept, **quiet, **(variables or {})}, input=data, capture_output=True, check=False,
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

    def committed(self, commit: str, name: str) -> Blob | None:
        """Return a file in a commit, None where it is not in it."""
        entry = self.line("ls-tree", "-z", commit, "--", name) if commit else ""
        return Blob(entry.split()[0], entry.split()[2]) if entry else None

    def staged(self, name: str) -> Blob | None:
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
