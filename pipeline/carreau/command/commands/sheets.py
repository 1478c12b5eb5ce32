"""Spreadsheets of the catalogue: out, and in."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carreau.base.errors import OptionError, ScanError, cannot_read
from carreau.base.messages import Message, message
from carreau.command.commands.output import show

if TYPE_CHECKING:
    from carreau.desk.spreadsheets.changes import Plan
    from carreau.desk.spreadsheets.saving import Outcome


@dataclass(frozen=True)
class _Result:
    """What sheets change, and what became of it where it was written."""

    plan: Plan
    outcome: Outcome | None

    def lines(self) -> list[Message]:
        """Return a line for each change, each remark, and what was saved."""
        return [*self.plan.lines(), *(self.outcome.lines() if self.outcome else [])]

    def as_json(self) -> Mapping[str, Any]:
        """Return it for a program."""
        return {**self.plan.as_json(), **(self.outcome.as_json() if self.outcome else {})}


def sheets(chosen: argparse.Namespace) -> int:
    """Write spreadsheets, or read them."""
    return _export(chosen) if chosen.action == "export" else _import(chosen)


def _export(chosen: argparse.Namespace) -> int:
    from carreau.base.atomic_write import write_all
    from carreau.desk.spreadsheets.export import csv_of, ods_of

    out: Path = chosen.out
    if out.suffix.lower() == ".ods":
        files = {out: ods_of(chosen.assets)}
    elif out.suffix:
        raise OptionError(message("--out: name a file that ends in .ods, or a folder for CSV files"))
    else:
        files = {out / name: content for name, content in csv_of(chosen.assets, chosen.separator).items()}
    write_all(files)
    for path in files:
        print(path)
    return 0


def _import(chosen: argparse.Namespace) -> int:
    from carreau.desk.history import History
    from carreau.desk.spreadsheets.plan import planned
    from carreau.desk.spreadsheets.saving import prepared, read_sheets, saved

    found = [sheet for path in chosen.files for sheet in read_sheets(path.name, _content(path))]
    plan = planned(chosen.assets, found)
    outcome = None
    if chosen.write:
        history = History(chosen.assets)
        outcome = saved(chosen.assets, prepared(plan), history, history.own_editor(_user()))
    show(_Result(plan, outcome), chosen.json)
    return 2 if outcome is not None and outcome.refused else 0


def _content(path: Path) -> bytes:
    from carreau.desk.spreadsheets.saving import LARGEST_BYTES

    try:
        content = path.read_bytes()
    except OSError as error:
        raise ScanError(path, "", cannot_read(error), message("check its name and its permissions")) from error
    if len(content) > LARGEST_BYTES:
        cause = message("the file is over %(limit)s MB", limit=LARGEST_BYTES // 10**6)
        raise ScanError(path, "", cause, message("leave out what is not needed"))
    return content


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "carreau"
