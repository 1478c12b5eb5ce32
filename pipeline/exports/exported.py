"""Give an account of an export: what was written, and what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.messages import Message, message, plural_message, shortened

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
    skipped: tuple[tuple[str, str, Message], ...]

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

    def lines(self) -> list[Message]:
        """Return it for a person: what was left out first, so that what is there stands last."""
        reasons = dict[tuple[str, Message], list[str]]()
        for name, slug, reason in self.skipped:
            reasons.setdefault((name, reason), []).append(slug)
        lines = [
            message("skipped  %(format)s: %(reason)s: %(records)s", format=name, reason=reason, records=_records(slugs))
            for (name, reason), slugs in reasons.items()
        ]
        kinds = dict[tuple[str, str], list[str]]()
        for name, path in self.written:
            kinds.setdefault((name, path.rpartition("/")[0]), []).append(path)
        lines += [
            message("wrote    %(format)s: %(files)s", format=name, files=_files(folder, paths))
            for (name, folder), paths in kinds.items()
        ]
        return [*lines, _count(len(self.written), str(self.out))]


def _records(slugs: list[str]) -> Message:
    named = list(dict.fromkeys(slug for slug in slugs if slug))
    return shortened(named, _MOST_NAMED) if named else message("the catalogue")


def _files(folder: str, paths: list[str]) -> Message:
    return shortened(paths, _MOST_NAMED) if len(paths) <= _MOST_NAMED // 2 else _count(len(paths), f"{folder}/")


def _count(files: int, folder: str) -> Message:
    return plural_message("%(count)s file in %(folder)s", "%(count)s files in %(folder)s", files, folder=folder)
