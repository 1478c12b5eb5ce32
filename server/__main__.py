"""Serve a bundle: `python -m server BUNDLE`; or look at output folders of `carreau model`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.manifest.bundle import NAME
from server.errors import RottenError
from server.listening import listen
from server.settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal; return the exit code: 2 where there is no sound bundle."""
    said = list(sys.argv[1:] if arguments is None else arguments)
    if _is_preview(said):
        from server.preview.serve import main as preview

        return preview(said)
    chosen = _parser().parse_args(said)
    settings = Settings(
        chosen.bundle,
        base_url=chosen.base_url,
        frame_ancestors=tuple(chosen.frame_ancestors.split()),
        requests_per_s=chosen.rate,
        log_requests=not chosen.no_access_log,
    )
    from server.serving import serve

    try:
        serve(settings, listen(chosen.host, chosen.port))
    except RottenError as error:
        print(f"{chosen.bundle}: {error.values.get('why', error)}", file=sys.stderr)
        return 2
    return 0


def _is_preview(said: list[str]) -> bool:
    """Say whether there is a folder among the words, and no manifest in it."""
    folders = [Path(word) for word in said if not word.startswith("-") and Path(word).is_dir()]
    return bool(folders) and not any((folder / NAME).exists() for folder in folders)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m server", description="Serve a bundle.")
    parser.add_argument("bundle", type=Path, help="folder that `carreau build` publishes into")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="the next free one if taken (default: %(default)s)")
    parser.add_argument("--base-url", default="", help="origin of absolute addresses (default: that of the bundle)")
    parser.add_argument(
        "--frame-ancestors", default="*", help="who may frame /embed/…, as in a CSP (default: everybody)"
    )
    parser.add_argument("--rate", type=float, default=0.0, help="requests a second from one address (default: any)")
    parser.add_argument("--no-access-log", action="store_true", help="write no line for each request")
    return parser


if __name__ == "__main__":
    sys.exit(main())
