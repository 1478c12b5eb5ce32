"""Arguments of the command stats."""

from __future__ import annotations

import argparse
from pathlib import Path

from carreau.command.arguments.shared_options import add_page_options
from carreau.command.arguments.value_types import day


def add_stats(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau stats`."""
    add = command.add_argument
    add(
        "logs", nargs="+", metavar="LOG",
        help="access log of our server or its nginx, or one in the combined format; also compressed (.gz); - for the "
        "standard input",
    )  # fmt: skip
    add(
        "--bundle", type=Path, default=Path("bundle"), metavar="DIR",
        help="bundle that was served, with its kept releases (default: %(default)s)",
    )  # fmt: skip
    add("--since", type=day("--since"), metavar="DAY", help="first day to count, such as 2026-11-01")
    add("--until", type=day("--until"), metavar="DAY", help="last day to count")
    add("--csv", type=Path, metavar="FILE", help="write a row for each day, place and language")
    add_page_options(command, "visits")
    add("--json", action="store_true", help="print JSON instead of text")
    add("--quiet", action="store_true", help="print failures only")
