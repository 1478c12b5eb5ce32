"""Give an account of an export: what was written, and what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MOST_NAMED = 6


@dataclass(frozen=True)
class Exported:
    """What an export did.

    out : folder of the files
    written : of each file its format, and its path in the folder
    skipped : of each record left out its format, slug and the reason
    """

    out: Path
    written: tuple[tuple[str, str], ...]
    skipped: tuple[tuple[str, str, str], ...]

    @property
    def exit_code(self) -> int:
        """Return 0 where anything was written, 1 where there was nothing to write."""
        return 0 if self.written else 1

    def as_json(self) -> Mapping[str, Any]:
        """Return it for a program."""
        return {
            "out": str(self.out),
            "written": [{"format": name, "file": path} for name, path in self.written],
            "skipped": [{"format": name, "record": slug, "reason": reason} for name, slug, reason in self.skipped],
        }

    def lines(self) -> list[str]:
        """Return it for a person: what was left out first, so that what is there stands last."""
        reasons = dict[tuple[str, str], list[str]]()
        for name, slug, reason in self.skipped:
            reasons.setdefault((name, reason), []).append(slug)
        told = [f"skipped  {name}: {reason}: {_some(slugs)}" for (name, reason), slugs in reasons.items()]
        kinds = dict[tuple[str, str], list[str]]()
        for name, path in self.written:
            kinds.setdefault((name, path.rpartition("/")[0]), []).append(path)
        told += [f"wrote    {name}: {_files(folder, paths)}" for (name, folder), paths in kinds.items()]
        return [*told, f"{len(self.written)} files in {self.out}"]


def _some(slugs: list[str]) -> str:
    found = list(dict.fromkeys(slug for slug in slugs if slug)) or ["the catalogue"]
    rest = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    return ", ".join(found[:_MOST_NAMED]) + rest


def _files(folder: str, paths: list[str]) -> str:
    return ", ".join(paths) if len(paths) <= _MOST_NAMED // 2 else f"{len(paths)} files in {folder}/"
