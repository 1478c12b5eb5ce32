"""Say when what is published about a site or route last changed, by the release that is served.

Nothing of it is invented: what is as it was keeps its time, and anything else has the time of this publication.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pipeline.bundle.content_store import ContentStore
from pipeline.bundle.media_types import MEDIA_TYPES
from pipeline.bundle.releases import served_release
from pipeline.errors import OptionError
from pipeline.messages import message
from pipeline.publish.answers import Answers
from pipeline.schema.bundle import FILES
from pipeline.schema.files import File

CLOCK = "SOURCE_DATE_EPOCH"
"""Variable that stands for the clock, in seconds since 1970: https://reproducible-builds.org/specs/source-date-epoch/"""
_LATEST = 253_402_300_799  # the end of the year 9999, after which RFC 3339 has no times
_TIMES = "SELECT 'sites', slug, modified FROM site UNION ALL SELECT 'routes', slug, modified FROM route"


@dataclass(frozen=True)
class FormerRelease:
    """What the served release answers; empty where there is none, or none that says when it changed.

    modified : by "sites" or "routes", and slug
    digests : of what is answered, by address and language
    """

    modified: Mapping[tuple[str, str], str] = field(default_factory=dict)
    digests: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def has(self, part: Answers) -> bool:
        """Say whether all answers of a part are as they were."""
        return all(self.digests.get(key) == answer.sha256 for key, answer in part.found.items())


class HashOnly(ContentStore):
    """Takes files without writing them, to see what would be published."""

    def add_bytes(self, content: bytes, ext: str, media_type: str = "") -> File:
        """Return the file that the bytes would be."""
        digest = hashlib.sha256(content).hexdigest()
        return File(sha256=digest, ext=ext, media_type=media_type or MEDIA_TYPES[ext], bytes=len(content))


def former_release(bundle: Path) -> FormerRelease:
    """Return what is served; of a release before schema 2, and of a damaged one, nothing is known."""
    try:
        release = served_release(bundle)
        database = bundle / FILES / f"{release.database}.sqlite" if release else None
        if database is None or not database.is_file():
            return FormerRelease()
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            modified = {(kind, slug): time for kind, slug, time in connection.execute(_TIMES)}
            rows = connection.execute("SELECT path, lang, sha256 FROM answer")
            return FormerRelease(modified, {(path, language): digest for path, language, digest in rows})
    except (OptionError, sqlite3.Error):
        return FormerRelease()


def publication_time() -> str:
    """Return the time of this publication, in UTC and to the second (RFC 3339); raises OptionError.

    It is that of the clock, or of the variable SOURCE_DATE_EPOCH, with which the same inputs have the same bytes.
    """
    told = os.environ.get(CLOCK, "")
    if not told:
        return _rfc3339(datetime.now(UTC))
    if not (told.isascii() and told.isdigit()) or int(told[:20]) > _LATEST:
        raise OptionError(
            message(
                "%(variable)s=%(value)s is not a whole number of seconds since 1970; correct or unset it",
                variable=CLOCK,
                value=told[:40],
            )
        )
    return _rfc3339(datetime.fromtimestamp(int(told), UTC))


def _rfc3339(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
