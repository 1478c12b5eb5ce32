"""The command georeference."""

from __future__ import annotations

import argparse

from carreau.base.errors import OptionError
from carreau.base.messages import message
from carreau.command.commands.output import show


def georeference(chosen: argparse.Namespace) -> int:
    """Georeference a scan of an old map."""
    from carreau.aids.georeference.georeference import GeoreferenceOptions
    from carreau.aids.georeference.georeference import georeference as run

    for name in ("source", "licence", "credit"):
        if not getattr(chosen, name).strip():
            raise OptionError(message("--%(name)s is empty: say whose the scan is", name=name))
    options = GeoreferenceOptions(
        chosen.scan, chosen.points, chosen.out, chosen.method, chosen.source, chosen.licence, chosen.credit
    )
    show(run(options), chosen.json)
    return 0
