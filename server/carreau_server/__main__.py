"""Serve a bundle, `python -m carreau_server BUNDLE`; or preview output folders of `carreau model`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from carreau.base.schema.bundle import NAME
from carreau_server.errors import CorruptBundleError
from carreau_server.settings import Settings, parse_proxies
from carreau_server.uvicorn_server import GRACE_S, bind, serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal; return the exit code: 2 if the bundle is damaged or missing."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if _is_preview(words):
        from carreau_server.preview.app import main as preview

        return preview(words)
    options = _parser().parse_args(words)
    try:
        proxies = parse_proxies(options.trusted_proxies) if options.trusted_proxies else Settings.trusted_proxies
    except ValueError as error:
        print(f"--trusted-proxies: {error}", file=sys.stderr)
        return 2
    settings = Settings(
        options.bundle,
        trusted_proxies=proxies,
        base_url=options.base_url,
        frame_ancestors=tuple(options.frame_ancestors.split()),
        requests_per_s=options.rate,
        access_log=not options.no_access_log,
    )
    from carreau_server.app import create_app

    try:
        app = create_app(settings)
    except CorruptBundleError as error:
        print(f"{options.bundle}: {error.reason}", file=sys.stderr)
        return 2
    serve(app, bind(options.host, options.port), options.grace)
    return 0


def _is_preview(words: list[str]) -> bool:
    """Say whether there is a folder among the arguments, and no manifest in it."""
    folders = [Path(word) for word in words if not word.startswith("-") and Path(word).is_dir()]
    return bool(folders) and not any((folder / NAME).exists() for folder in folders)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m carreau_server", description="Serve a bundle.")
    parser.add_argument("bundle", type=Path, help="folder that `carreau build` publishes into")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, help="port to listen on (default: 8000, or the next free one)")
    parser.add_argument("--base-url", default="", help="origin of absolute URLs (default: that of the bundle)")
    parser.add_argument(
        "--frame-ancestors", default="*", help="who may frame /embed/…, as in a CSP (default: everybody)"
    )
    parser.add_argument("--rate", type=float, default=0.0, help="requests per second and client (default: no limit)")
    parser.add_argument(
        "--trusted-proxies",
        default="",
        metavar="LIST",
        help="addresses and networks of proxies that name the visitor in X-Forwarded-For, separated by commas; or none "
        "(default: this machine)",
    )
    parser.add_argument(
        "--grace",
        type=float,
        default=GRACE_S,
        help="seconds to finish requests after SIGTERM (default: %(default)s)",
    )
    parser.add_argument("--no-access-log", action="store_true", help="do not log requests")
    return parser


if __name__ == "__main__":
    sys.exit(main())
