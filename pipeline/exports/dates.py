"""Write dates for formats that know ISO 8601 and no more; those that take any text get them as they are written."""

from __future__ import annotations

from pipeline.catalogue.dates import When


def iso_ends(when: When | None) -> tuple[str, str]:
    """Return the first and last date of a stretch of time, as exactly as it was written; an open end is empty.

    What is only about known loses its sign: say so beside it.

    >>> from pipeline.catalogue.dates import parse_when
    >>> iso_ends(parse_when("1899/1989-03")), iso_ends(parse_when("1924~")), iso_ends(parse_when("1946/.."))
    (('1899', '1989-03'), ('1924', '1924'), ('1946', ''))
    """
    if when is None:
        return "", ""
    ends = ["" if part.strip() in ("", "..") else part.strip().rstrip("~") for part in when.text.split("/")]
    return ends[0], ends[-1]
