"""Options and result of publishing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from carreau.base.messages import Message, Number, joined, message, plural_message
from carreau.exports.records.record import Publication
from carreau.site.bundle.releases import GRACE_S

KEEP = 3
"""Former releases that are kept by default."""


@dataclass(frozen=True)
class PublishOptions:
    """What to publish, and where to.

    assets : folder of the catalogue; its translations are beside it
    models, media : folders of built files: `models/SITE/STATE/`
    bundle : folder to publish into
    base_url : where the bundle will be served
    keep : number of former releases to keep; by default `KEEP` once something changed
    """

    assets: Path
    models: Path
    media: Path
    bundle: Path
    base_url: str
    keep: int | None = None
    edition: Publication = field(default=Publication())

    @property
    def options(self) -> tuple[str, ...]:
        """Return further inputs of the result."""
        return (self.base_url.rstrip("/"), repr(self.edition), version("carreau"))


@dataclass(frozen=True)
class PublishResult:
    """The result of publishing.

    release : the served release
    files, size_bytes, answers : number of its files, their size, and number of its responses
    is_new : whether another release was served before
    written : bytes that were missing or damaged in the bundle
    older : former releases that cannot be restored, because their schema is older
    gone, freed : former releases that were removed, and the bytes of unused files that were removed
    leaving : former releases that will be removed after the grace period
    """

    bundle: Path
    release: str
    sites: int
    routes: int
    files: int
    size_bytes: int
    answers: int
    is_new: bool
    written: int = 0
    older: int = 0
    gone: int = 0
    freed: int = 0
    leaving: int = 0
    trails: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return it for a program."""
        return {
            "bundle": str(self.bundle), "release": self.release, "new": self.is_new, "sites": self.sites,
            "routes": self.routes, "trails": self.trails, "files": self.files, "answers": self.answers,
            "written_bytes": self.written, "freed_bytes": self.freed, "leaving": self.leaving,
        }  # fmt: skip

    def lines(self) -> list[Message]:
        """Return it for a person."""
        lines = [self._first_line()]
        if self.written and not self.is_new:
            size = _megabytes(self.written)
            lines.append(
                message("%(path)s: missing or corrupt files restored, %(size)s MB", path=str(self.bundle), size=size)
            )
        if self.older and self.is_new:
            lines.append(
                plural_message(
                    "%(path)s: %(count)s former release has an older schema and cannot be restored",
                    "%(path)s: %(count)s former releases have an older schema and cannot be restored",
                    self.older,
                    path=str(self.bundle),
                )
            )
        if self.gone:
            lines.append(
                plural_message(
                    "%(count)s former release removed, %(size)s MB freed",
                    "%(count)s former releases removed, %(size)s MB freed",
                    self.gone,
                    size=_megabytes(self.freed),
                )
            )
        elif self.freed:
            lines.append(message("unused files removed, %(size)s MB freed", size=_megabytes(self.freed)))
        if self.leaving:
            lines.append(
                plural_message(
                    "%(path)s: %(count)s former release stays for visitors who may have it open; "
                    "publish again in %(minutes)s minutes to remove it",
                    "%(path)s: %(count)s former releases stay for visitors who may have them open; "
                    "publish again in %(minutes)s minutes to remove them",
                    self.leaving,
                    path=str(self.bundle),
                    minutes=round(GRACE_S / 60),
                )
            )
        return lines

    def _first_line(self) -> Message:
        path, release = str(self.bundle), self.release
        if not self.is_new:
            return message("%(path)s: release %(release)s is served; nothing changed", path=path, release=release)
        entries = [plural_message("%(count)s route", "%(count)s routes", self.routes)]
        entries += [plural_message("%(count)s trail", "%(count)s trails", self.trails)] if self.trails else []
        return message(
            "%(path)s: release %(release)s: %(sites)s, %(routes)s, %(responses)s, %(files)s, %(size)s MB, "
            "of which %(new)s MB are new",
            path=path,
            release=release,
            sites=plural_message("%(count)s site", "%(count)s sites", self.sites),
            routes=joined(entries, ", "),
            responses=plural_message("%(count)s response", "%(count)s responses", self.answers),
            files=plural_message("%(count)s file", "%(count)s files", self.files),
            size=_megabytes(self.size_bytes),
            new=_megabytes(self.written),
        )


def _megabytes(count: int) -> Number:
    return Number(count / 1e6, ",.1f")


OnProgress = Callable[[Message, float], None]
"""Called with what is being done, and the share of all that is done, 0 to 1."""

T = TypeVar("T")


@dataclass(frozen=True)
class Stage:
    """What is being done.

    percent : of the time of all, between that of a first draft of the 53 and that of one after a change
    """

    doing: Message
    percent: int


READ = Stage(message("reading and checking the catalogue"), 7)
GATHER = Stage(message("gathering models and media"), 15)
PLACE_DATA = Stage(message("writing the data of the places"), 13)
ROUTE_DATA = Stage(message("writing the data of the routes"), 3)
TRAIL_DATA = Stage(message("writing the data of the trails"), 3)
LISTS = Stage(message("writing lists and exports"), 12)
PAGES = Stage(message("writing the pages"), 42)
PACKS = Stage(message("making the offline copies"), 1)
LISTING = Stage(message("listing all files"), 4)
_ORDER = (READ, GATHER, PLACE_DATA, ROUTE_DATA, TRAIL_DATA, LISTS, PAGES, PACKS, LISTING)


def tell(on_progress: OnProgress, stage: Stage, done: int = 0, total: int = 1, name: str = "") -> None:
    """Tell how far a stage is.

    name : of what it is at
    """
    before = sum(each.percent for each in _ORDER[: _ORDER.index(stage)])
    percent = before + stage.percent * min(done / max(total, 1), 1.0)
    on_progress(joined([stage.doing, name], ": ") if name else stage.doing, percent / 100)


def followed(
    on_progress: OnProgress, stage: Stage, items: Collection[T], name: Callable[[T], str] = lambda _: ""
) -> Iterator[T]:
    """Yield the items of a stage, and tell before each how far it is."""
    for done, item in enumerate(items):
        tell(on_progress, stage, done, len(items), name(item))
        yield item
