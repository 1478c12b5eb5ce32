"""The curator's desk."""

from __future__ import annotations

import argparse

from pipeline.cache.cache import open_cache
from pipeline.commands.output import LANGUAGE
from pipeline.commands.publishing import desk_options


def desk(chosen: argparse.Namespace) -> int:
    """Serve the desk on this machine until Ctrl-C."""
    from pipeline.desk.web.publishing import Publishing
    from pipeline.desk.web.run import run

    options, has_address = desk_options(chosen)
    publishing = Publishing(options, open_cache(chosen.cache), has_address, chosen.review)
    run(chosen.assets, chosen.port, not chosen.no_browser, LANGUAGE.get(), publishing)
    return 0
