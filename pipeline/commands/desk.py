"""The curator's desk."""

from __future__ import annotations

import argparse

from pipeline.commands.output import LANGUAGE


def desk(chosen: argparse.Namespace) -> int:
    """Serve the desk on this machine until Ctrl-C."""
    from pipeline.desk.web.run import run

    run(chosen.assets, chosen.port, not chosen.no_browser, LANGUAGE.get(), chosen.models)
    return 0
