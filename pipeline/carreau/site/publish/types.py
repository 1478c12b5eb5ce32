"""Options and result of publishing."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from carreau.base.messages import Message, Number, joined, message, plural_message
from carreau.exports.records.publication import Publication
from carreau.site.bundle.leaving import GRACE_S

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
