"""The command stats."""

from __future__ import annotations

import argparse
import sys

from carreau.base.errors import OptionError
from carreau.base.messages import message
from carreau.command.commands.output import progress_translator, show
from carreau.runs.console.streams import transfer_for


def stats(chosen: argparse.Namespace) -> int:
    """Count the visits in access logs; print them, and write a page and a table."""
    from carreau.aids.stats.stats import count_visits
    from carreau.aids.stats.visits_csv import make_csv
    from carreau.aids.stats.visits_page import make_visits_page
    from carreau.base.atomic_write import write_whole

    if chosen.since and chosen.until and chosen.until < chosen.since:
        text = message(
            "--until %(until)s is before --since %(since)s; exchange them, or leave one out",
            until=chosen.until,
            since=chosen.since,
        )
        raise OptionError(text)
    progress = transfer_for(sys.stderr, chosen.quiet, progress_translator())
    try:
        result = count_visits(chosen.logs, chosen.bundle, chosen.since or "", chosen.until or "", progress)
    finally:
        progress.close()
    if chosen.page:
        write_whole(chosen.page, make_visits_page(result, chosen.lang))
    if chosen.csv:
        write_whole(chosen.csv, make_csv(result.counts, result.published))
    show(result, chosen.json, chosen.quiet)
    return 0
