"""Who has agreed to a release, in the history of the catalogue: a commit for each, which changes no file.

Its trailers name the release, and the person (`git interpret-trailers` reads them).
"""

from __future__ import annotations

import re
import time
from pathlib import Path

from carreau.base.messages import Message, message
from carreau.desk.git import Git, GitError
from carreau.desk.history import Editor, signature

_TRAILER = "Carreau-Release"
_RELEASE = re.compile(r"[0-9a-f]{16}")
_TRIES, _PAUSE_S = 20, 0.1


def agree(folder: Path, release: str, editor: Editor) -> Message | None:
    """Record that somebody agrees to a release; return why that was not possible, None where it was."""
    try:
        git = Git(folder)
        for _ in range(_TRIES):
            if git.is_busy():
                return message("a merge or rebase waits to be finished; finish it, then agree again")
            if _committed(git, release, editor):
                return None
            time.sleep(_PAUSE_S)
    except GitError as error:
        return message("it cannot be recorded who agrees: %(error)s", error=str(error))
    return message("another git works in the repository; agree again")


def agreed(folder: Path, release: str) -> list[Editor]:
    """Return who has agreed to a release, none where there is no history."""
    if not _RELEASE.fullmatch(release):
        return []
    try:
        git = Git(folder)
        found = git.run(
            "log", "--fixed-strings", f"--grep={_TRAILER}: {release}",
            f"--format=%an%x00%ae%x00%(trailers:key={_TRAILER},valueonly,separator=%x2C)%x01",
        )  # fmt: skip
    except GitError:
        return []
    lines = (each.strip("\n") for each in found.decode("utf-8", "replace").split("\1"))
    entries = [line.split("\0") for line in lines if line]
    return [Editor(name, email) for name, email, names in entries if release in names.split(",")]


def is_other(one: Editor, another: Editor) -> bool:
    """Return whether two editors are two people, as far as their names and addresses tell."""
    return one.email.casefold() != another.email.casefold() and one.name.casefold() != another.name.casefold()


def _committed(git: Git, release: str, editor: Editor) -> bool:
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
