"""The `carreau` command: arguments in, an exit code out; what it does lies elsewhere."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence

from pipeline.arguments import parser
from pipeline.console.failures import INTERRUPTED

__all__ = ["main", "parser"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 done, 1 failed, 2 bad scan or option, 70 defect, 130 interrupted."""
    chosen = parser().parse_args(arguments)
    from pipeline.commands.run import run

    code = run(chosen)
    if code == INTERRUPTED and threading.active_count() > 1:
        # A step in a native library cannot be stopped, and Python would wait for it. Nothing half made is kept.
        sys.stderr.flush()
        os._exit(code)
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
