"""The coordinate system that a tile of points states, in the records before its points or behind them."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

from carreau.base.messages import Message, message
from carreau.formats.location.crs import CrsError, horizontal, parsed_crs

if TYPE_CHECKING:
    from pyproj import CRS

_FAR_RECORD = struct.Struct("<2x16sHQ32x")
"""Head of an extended record: user, number and length of what follows. Source: LAS 1.4 R15, table 10."""

MOST_FAR_RECORDS, MOST_SYSTEM_BYTES = 64, 1 << 17
"""Extended records that are looked at, and bytes of one that is read: a WKT has 3,000."""


class TileSystemError(ValueError):
    """Records that cannot be true, or a system that PROJ does not know; `reason` is a clause for a sentence."""

    def __init__(self, reason: Message) -> None:
        """Keep the reason."""
        self.reason = reason
        super().__init__(reason)


def tile_system(header: Any, stream: IO[bytes]) -> CRS | None:
    """Return the horizontal coordinate system of a tile, None if it states none.

    `laspy.CopcReader` reads the records before the points alone; those behind them may have it as well.

    header : laspy's
    stream : seekable, of the whole file
    Raises TileSystemError.
    """
    from carreau.formats.clouds.las import PROJECTION, read_system

    near = [
        (PROJECTION, int(each.record_id), each.record_data_bytes())
        for each in header.vlrs
        if each.user_id == PROJECTION
    ]
    far = [(PROJECTION, number, data) for number, data in _far_records(header, stream, PROJECTION)]
    text = read_system((*near, *far)).crs
    if not text:
        return None
    try:
        return horizontal(parsed_crs(text))
    except CrsError as error:
        raise TileSystemError(message("its coordinate system cannot be read")) from error


def _far_records(header: Any, stream: IO[bytes], wanted: str) -> Iterator[tuple[int, bytes]]:
    """Yield number and content of the extended records of a user; others, as the index of a tile, are skipped."""
    count, at = int(header.number_of_evlrs or 0), int(header.start_of_first_evlr or 0)
    if not count:
        return
    size = stream.seek(0, io.SEEK_END)
    damaged = TileSystemError(message("its records are damaged"))
    if count > MOST_FAR_RECORDS:
        raise damaged
    for _number in range(count):
        stream.seek(min(at, size))
        head = stream.read(_FAR_RECORD.size)
        if len(head) < _FAR_RECORD.size:
            raise damaged
        user, number, length = _FAR_RECORD.unpack(head)
        at += _FAR_RECORD.size
        is_wanted = user.partition(b"\0")[0] == wanted.encode()
        if length > size - at or (is_wanted and length > MOST_SYSTEM_BYTES):
            raise damaged
        if is_wanted:
            yield number, stream.read(length)
        at += length
