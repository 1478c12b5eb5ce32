"""Copy a release to a folder or object store: only new files, the manifest last."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from carreau.base.errors import OptionError, StorageError
from carreau.base.messages import Message, Number, message, plural_message
from carreau.site.bundle.copy_plan import Item, copy_plan
from carreau.site.bundle.releases import current, refuse_damage
from carreau.site.bundle.remotes import RemoteStore, open_remote, refusals


@dataclass(frozen=True)
class SyncResult:
    """The result of copying a release.

    sent, sent_bytes : number and size of the files that were sent
    kept : number of the files that the target had already
    """

    target: str
    release: str
    sent: int
    sent_bytes: int
    kept: int

    def lines(self) -> list[Message]:
        """Return it for a person."""
        sent = plural_message("%(count)s file sent", "%(count)s files sent", self.sent)
        return [
            message(
                "%(target)s: release %(release)s, %(sent)s (%(size)s MB), %(unchanged)s already there",
                target=self.target,
                release=self.release,
                sent=sent,
                size=Number(self.sent_bytes / 1e6, ",.1f"),
                unchanged=self.kept,
            )
        ]

    def as_json(self) -> dict[str, object]:
        """Return plain values."""
        return {
            "target": self.target, "release": self.release, "sent": self.sent, "sent_bytes": self.sent_bytes,
            "kept": self.kept,
        }  # fmt: skip


def sync(root: Path, target: str, on_progress: Callable[[int, int], None] | None = None) -> SyncResult:
    """Copy the served release to a folder or an object store (any URL of fsspec).

    Files named by their content come first, then those with a static path, then the manifest.
    Raises OptionError for a damaged release and for an unreachable target, StorageError where a file cannot be written.
    """
    manifest = current(root)
    if manifest is None:
        raise OptionError(
            message("%(path)s: nothing has been published there yet; run `carreau publish` first", path=str(root))
        )
    refuse_damage(root, manifest)
    try:
        remote = open_remote(target)
        with closing(remote):
            return _send_all(copy_plan(root, manifest), remote, target, manifest.release, on_progress or _nobody)
    except refusals() as error:
        raise StorageError(
            message(
                "--to %(target)s: a file could not be written: %(error)s; the former release is still served there",
                target=target,
                error=str(error),
            )
        ) from error


def _send_all(
    steps: tuple[list[Item], ...],
    remote: RemoteStore,
    target: str,
    release: str,
    on_progress: Callable[[int, int], None],
) -> SyncResult:
    done, total = 0, sum(map(len, steps))
    sent = sent_bytes = 0
    for items in steps:
        new = [item for item in items if not remote.has(item)]
        done += len(items) - len(new)
        with ThreadPoolExecutor(remote.threads) as pool:
            for item, _ in zip(new, pool.map(remote.send, new), strict=True):
                done, sent, sent_bytes = done + 1, sent + 1, sent_bytes + item.size
                on_progress(done, total)
        remote.settle()
        on_progress(done, total)
    return SyncResult(target, release, sent, sent_bytes, total - sent)


def _nobody(done: int, total: int) -> None:
    """Ignore progress."""
