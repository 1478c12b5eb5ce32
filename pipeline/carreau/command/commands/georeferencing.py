"""The command georeference."""

from __future__ import annotations

import argparse

from pipeline.commands.output import show
from pipeline.errors import OptionError
from pipeline.messages import message


def georeference(chosen: argparse.Namespace) -> int:
    """Georeference a scan of an old map."""
    from pipeline.georeference.georeference import GeoreferenceOptions
    from pipeline.georeference.georeference import georeference as run

    for name in ("source", "licence", "credit"):
        if not getattr(chosen, name).strip():
            raise OptionError(message("--%(name)s is empty: say whose the scan is", name=name))
    options = GeoreferenceOptions(
        chosen.scan, chosen.points, chosen.out, chosen.method, chosen.source, chosen.licence, chosen.credit
    )
    show(run(options), chosen.json)
    return 0
