"""Download a whole file, continued where it was cut."""

from __future__ import annotations

from pathlib import Path

from urllib3.exceptions import HTTPError

from carreau.air.survey.http_client import RUN_AGAIN, Asked
from carreau.air.survey.services import MEGABYTE, PointService
from carreau.air.survey.source import Source, not_kept
from carreau.base.errors import StorageError, UnreachableError, cannot_write
from carreau.base.messages import message


def whole_file(source: Source, address: str, points: PointService, title: str) -> Path:
    """Return a file that was downloaded now or before. Raises ServiceError, StorageError."""
    path = source.kept.file(address)
    if path.is_file():
        return path
    asked = Asked(title, points.per_s, int(points.most_file_mb * MEGABYTE))
    if source.offline:
        raise not_kept(asked)
    partial = path.with_suffix(".partial")
    for attempt in range(source.client.limits.retries + 1):
        try:
            _continue(source, address, asked, partial)
            partial.replace(path)
            return path
        except HTTPError as error:
            if attempt == source.client.limits.retries:
                answer = message("no whole answer (%(reason)s)", reason=type(error).__name__)
                raise UnreachableError(title, answer, RUN_AGAIN) from error
            source.client.sleep(2.0**attempt / 2)
        except OSError as error:
            raise StorageError(cannot_write(partial, error)) from error
    raise AssertionError("the last attempt returns or raises")


def _continue(source: Source, address: str, asked: Asked, partial: Path) -> None:
    partial.parent.mkdir(parents=True, exist_ok=True)
    there = partial.stat().st_size if partial.exists() else 0
    with source.client.download(address, asked, there) as (start, pieces), partial.open("ab") as file:
        file.truncate(start)
        for piece in pieces:
            file.write(piece)
