"""List the contents of the cache, and remove entries from it."""

from __future__ import annotations

import re
import time
from dataclasses import asdict, dataclass

from carreau.base.errors import OptionError
from carreau.base.messages import Line, Message, Number, message, plural_message
from carreau.runs.cache import Cache
from carreau.runs.fingerprint import code_digest
from carreau.runs.store import CacheEntry, Store, read_code

_BYTES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True)
class StageShare:
    """Entries of a stage: number, bytes, and seconds since the last use of the newest and of the oldest."""

    stage: str
    entries: int
    size_bytes: int
    newest_s: float
    oldest_s: float


@dataclass(frozen=True)
class PruneResult:
    """The remaining entries of a cache by stage, and those that were removed."""

    folder: str
    stages: tuple[StageShare, ...]
    dropped_entries: int
    dropped_bytes: int

    def as_json(self) -> dict[str, object]:
        """Return plain values."""
        return asdict(self)

    def lines(self) -> list[Line]:
        """Return what was removed, a table with a row for each stage, and the total."""
        lines: list[Line] = []
        if self.dropped_entries:
            lines.append(
                plural_message(
                    "%(count)s value removed, %(size)s",
                    "%(count)s values removed, %(size)s",
                    self.dropped_entries,
                    size=size(self.dropped_bytes),
                )
            )
        if self.stages:
            lines.append(
                (message("stage"), message("values"), message("size"), message("newest use"), message("oldest use"))
            )
        lines += [
            (
                row.stage,
                message("%(number)s", number=row.entries),
                size(row.size_bytes),
                age(row.newest_s),
                age(row.oldest_s),
            )
            for row in self.stages
        ]
        total = sum(row.size_bytes for row in self.stages)
        return [*lines, message("%(size)s in %(folder)s", size=size(total), folder=self.folder)]


def prune(
    cache: Cache, max_bytes: int | None = None, older_than_s: float | None = None, stale: bool = False
) -> PruneResult:
    """Remove entries from a cache; see `remove_entries`. Return the removed and the remaining ones, by stage."""
    gone = remove_entries(cache.store, max_bytes, older_than_s, stale)
    now, stages = time.time(), dict[str, list[tuple[int, float]]]()
    for entry in cache.store.entries():
        stages.setdefault(entry.stage, []).append((entry.size_bytes, max(now - entry.used, 0.0)))
    shares = tuple(_share(stage, rows) for stage, rows in sorted(stages.items()))
    return PruneResult(str(cache.root), shares, len(gone), sum(entry.size_bytes for entry in gone))


def remove_entries(
    store: Store, max_bytes: int | None = None, older_than_s: float | None = None, stale: bool = False
) -> list[CacheEntry]:
    """Remove entries and return them.

    max_bytes : remove the least recently used until the rest fits
    older_than_s : remove those that were not used for this time
    stale : remove those that no run can use, because their code or a library changed
    """
    entries = store.entries()
    dropped = [entry for entry in entries if stale and _is_stale(entry)]
    if older_than_s is not None:
        dropped += [entry for entry in entries if time.time() - entry.used >= older_than_s]
    if max_bytes is not None:
        left = sum(entry.size_bytes for entry in entries if entry not in dropped)
        for entry in (entry for entry in entries if entry not in dropped):
            if left <= max_bytes:
                break
            dropped.append(entry)
            left -= entry.size_bytes
    gone = list(dict.fromkeys(dropped))
    for entry in gone:
        entry.path.unlink(missing_ok=True)
    return gone


def _is_stale(entry: CacheEntry) -> bool:
    code_of_entry = read_code(entry.path)
    if code_of_entry is None:
        return True
    function, _, code = code_of_entry[0].partition(" ")
    try:
        return code_digest(function) != code
    except (ModuleNotFoundError, SyntaxError):
        return True


def _share(stage: str, rows: list[tuple[int, float]]) -> StageShare:
    ages = [age_s for _, age_s in rows]
    return StageShare(stage, len(rows), sum(size_bytes for size_bytes, _ in rows), min(ages), max(ages))


def parse_size(option: str, text: str | None) -> int | None:
    """Return the bytes of a size such as 500M or 20G; OptionError for anything else."""
    if text is None:
        return None
    number = _number(text, _BYTES)
    if number is None:
        raise OptionError(
            message("%(option)s: '%(text)s' is not a size; use one such as 500M or 20G", option=option, text=text)
        )
    return round(number)


def parse_age(option: str, text: str | None) -> float | None:
    """Return the seconds of an age such as 12h or 30d; OptionError for anything else."""
    if text is None:
        return None
    seconds = _number(text, _SECONDS)
    if seconds is None:
        raise OptionError(
            message("%(option)s: '%(text)s' is not an age; use one such as 12h or 30d", option=option, text=text)
        )
    return seconds


def _number(text: str, units: dict[str, float] | dict[str, int]) -> float | None:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]?)B?", text.strip())
    return float(match[1]) * units[match[2]] if match is not None and match[2] in units else None


def size(size_bytes: float) -> Message:
    """Return a number of bytes with its unit.

    >>> size(0), size(1_500_000)
    ('0 B', '1.5 MB')
    """
    if size_bytes < 1e3:
        return message("%(size)s B", size=Number(size_bytes, ".0f"))
    if size_bytes < 1e6:
        return message("%(size)s kB", size=Number(size_bytes / 1e3, ".1f"))
    if size_bytes < 1e9:
        return message("%(size)s MB", size=Number(size_bytes / 1e6, ".1f"))
    return message("%(size)s GB", size=Number(size_bytes / 1e9, ".1f"))


def age(seconds: float) -> Message:
    """Return an age with its unit.

    >>> age(5), age(7200), age(200_000)
    ('just now', '2 h ago', '2 d ago')
    """
    if seconds >= 86400:
        return message("%(days)s d ago", days=int(seconds // 86400))
    if seconds >= 3600:
        return message("%(hours)s h ago", hours=int(seconds // 3600))
    if seconds >= 60:
        return message("%(minutes)s min ago", minutes=int(seconds // 60))
    return message("just now")
