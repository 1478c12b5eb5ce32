"""Read a line of an access log: that of our server and of its nginx (JSON), or the common and combined formats."""

from __future__ import annotations

import json
import re
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from carreau.base.schema.robots import is_robot

MAX_LINE_BYTES = 65_536
"""Of a line that is read; servers write shorter ones."""
_MAX_PATH_CHARS = 500
_QUOTED = rb'"((?:[^"\\]|\\.)*)"'
_COMBINED = re.compile(
    rb"\S+ \S+ [^\[]{1,500}\[([^\]]{1,40})\] "
    + _QUOTED
    + rb" (\d{3}) (?:\d+|-)(?: "
    + _QUOTED
    + rb" "
    + _QUOTED
    + rb")?"
)
"""`host ident user [time] "request" status bytes`, and in the combined format `"referrer" "User-Agent"`; nginx and
Apache write them by default. More may follow."""
_LANGUAGE = re.compile("[a-z]{2}")


class Hit(NamedTuple):
    """What is counted of a request. Addresses, the User-Agent and the query are not in it.

    day : as the clock of the server that wrote the line has it, such as 2026-11-27
    path : decoded, without the query
    lang : that was asked for or answered, where the line tells it
    referrer : path of the page that asked; empty for one of another host, and where the line does not tell it
    is_robot, is_ahead, is_script : as in `carreau_server.http.access_log.Visit`; False where the line does not tell
    """

    day: str
    method: str
    path: str
    status: int
    lang: str
    referrer: str
    is_robot: bool
    is_ahead: bool
    is_script: bool


def read_line(line: bytes) -> Hit | None:
    """Return a request, None for a line that no format fits."""
    return _json(line) if line.startswith(b"{") else _combined(line)


def _json(line: bytes) -> Hit | None:
    try:
        entry: dict[str, Any] = json.loads(line)
        day, path, status, lang = str(entry["time"])[:10], str(entry["path"]), int(entry["status"]), str(entry["lang"])
        flags = entry["robot"] is True, entry["ahead"] is True, entry["script"] is True
        method = str(entry["method"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not _is_day(day):
        return None
    return Hit(day, method, path[:_MAX_PATH_CHARS], status, _language(lang), "", *flags)


def _combined(line: bytes) -> Hit | None:
    match = _COMBINED.match(line)
    if match is None:
        return None
    time, request, status, referrer, agent = match.groups()
    day, parts = _day(time), request.decode("latin-1").split(" ")
    if not day or len(parts) != 3:
        return None
    method, target, _ = parts
    path, query = _split(target)
    langs = parse_qs(query, max_num_fields=50).get("lang", [""]) if "lang=" in query and query.count("&") < 50 else [""]
    # The common format has no User-Agent: nothing can be left out there.
    is_program = agent is not None and _is_robot(agent)
    source = _split(referrer.decode("latin-1"))[0] if referrer and referrer != b"-" else ""
    return Hit(day, method, path, int(status), _language(langs[0]), source, is_program, False, False)


@lru_cache(maxsize=4096)
def _is_robot(agent: bytes) -> bool:
    return is_robot(agent.decode("latin-1"))


@lru_cache(maxsize=4096)
def _split(target: str) -> tuple[str, str]:
    """Return path and query of a target or an address; both empty where it is none."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return "", ""
    return unquote(parts.path)[:_MAX_PATH_CHARS], parts.query


def _language(text: str) -> str:
    return text if _LANGUAGE.fullmatch(text) else ""


@lru_cache(maxsize=4096)
def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _day(time: bytes) -> str:
    """Return the day of `27/Nov/2026:17:20:41 +0000`; empty where it is none."""
    return _day_of(time[:11])


@lru_cache(maxsize=4096)
def _day_of(text: bytes) -> str:
    day, _, rest = text.decode("latin-1").partition("/")
    month, _, year = rest.partition("/")
    number = _MONTHS.get(month)
    try:
        return date(int(year), number or 0, int(day)).isoformat() if len(year) == 4 else ""
    except ValueError:
        return ""


_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
"""English whatever the locale, as servers write them."""
