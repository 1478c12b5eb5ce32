"""Write the simulated scan: `python -m assets.demonstration FOLDER`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from assets.demonstration.sample import SampleOptions, make_sample


def _say(message: str, share: float) -> None:
    sys.stderr.write(f"{share:4.0%}  {message}\n")


def main() -> None:
    """Read the folder from the command line, and say where the scan lies."""
    parser = argparse.ArgumentParser(prog="python -m assets.demonstration", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--detail", type=float, default=1.0, help="share of the full scan's triangles (default 1)")
    arguments = parser.parse_args()
    path = make_sample(arguments.folder, _say, SampleOptions(detail=arguments.detail))
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
