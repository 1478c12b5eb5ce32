"""Show what the cache holds, after dropping what was asked for."""

from __future__ import annotations

import re
import time
from dataclasses import asdict, dataclass

from pipeline.cache.cache import Cache, default_root
from pipeline.errors import OptionError

_BYTES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True)
class StageShare:
    """What one stage's values take: how many, bytes, and seconds since the last use of the newest and the oldest."""

    stage: str
    entries: int
    size_bytes: int
    newest_s: float
    oldest_s: float


@dataclass(frozen=True)
class PruneResult:
    """What a cache holds now, and what was just dropped from it."""

    folder: str
    stages: tuple[StageShare, ...]
    dropped_entries: int
    dropped_bytes: int

    def as_json(self) -> dict[str, object]:
        """Return plain values."""
        return asdict(self)

    def lines(self) -> tuple[str, ...]:
        """Return it as text, a line a stage."""
        rows = [
            f"{row.stage:<24}{row.entries:>8}{size(row.size_bytes):>12}{age(row.newest_s):>14}{age(row.oldest_s):>14}"
            for row in self.stages
        ]
        head = f"{'stage':<24}{'values':>8}{'size':>12}{'last used':>14}{'first used':>14}"
        total = sum(row.size_bytes for row in self.stages)
        dropped = f"dropped {self.dropped_entries} values, {size(self.dropped_bytes)}"
        said = [dropped] if self.dropped_entries else []
        return (*said, *([head, *rows] if rows else []), f"{size(total)} in {self.folder}")


def prune(
    max_bytes: int | None = None, older_than_s: float | None = None, stale: bool = False, cache: Cache | None = None
) -> PruneResult:
    """Drop what was asked for from a cache, the user's by default, and return what it holds; see `Cache.prune`."""
    cache = cache or Cache(default_root())
    gone = cache.prune(max_bytes, older_than_s, stale)
    now, stages = time.time(), dict[str, list[tuple[int, float]]]()
    for entry in cache.store.entries():
        stages.setdefault(entry.stage, []).append((entry.size_bytes, max(now - entry.used, 0.0)))
    shares = tuple(_share(stage, rows) for stage, rows in sorted(stages.items()))
    return PruneResult(str(cache.root), shares, len(gone), sum(entry.size_bytes for entry in gone))


def _share(stage: str, rows: list[tuple[int, float]]) -> StageShare:
    ages = [age_s for _, age_s in rows]
    return StageShare(stage, len(rows), sum(size_bytes for size_bytes, _ in rows), min(ages), max(ages))


def parse_size(option: str, text: str | None) -> int | None:
    """Return the bytes of a size such as 500M or 20G; OptionError for anything else."""
    return None if text is None else round(_number(option, text, _BYTES, "a size such as 500M or 20G"))


def parse_age(option: str, text: str | None) -> float | None:
    """Return the seconds of an age such as 12h or 30d; OptionError for anything else."""
    return None if text is None else _number(option, text, _SECONDS, "an age such as 12h or 30d")


def _number(option: str, text: str, units: dict[str, float] | dict[str, int], wanted: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]?)B?", text.strip())
    if match is None or match[2] not in units:
        raise OptionError(f"{option}: {text!r} is not {wanted}")
    return float(match[1]) * units[match[2]]


def size(size_bytes: float) -> str:
    """Return a number of bytes as a person says it.

    >>> size(0), size(1_500_000)
    ('0 B', '1.5 MB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if size_bytes < 1000 or unit == "GB":
            return f"{size_bytes:.0f} B" if unit == "B" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1000
    raise AssertionError("the last unit takes everything")


def age(seconds: float) -> str:
    """Return an age as a person says it.

    >>> age(5), age(7200), age(200_000)
    ('just now', '2 h ago', '2 d ago')
    """
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f} {unit} ago"
    return "just now"
