"""The memory a run may use, as far as it is known, for those that hold values from one stage to the next."""

from __future__ import annotations

_limit_bytes: int | None = None


def limit_run(limit_bytes: int | None) -> None:
    """Tell how much memory the run may use, None for any amount."""
    global _limit_bytes
    _limit_bytes = limit_bytes


def share_of_run(share: float) -> float:
    """Return the bytes of a share of what the run may use; infinite where nothing was told."""
    return float("inf") if _limit_bytes is None else _limit_bytes * share
