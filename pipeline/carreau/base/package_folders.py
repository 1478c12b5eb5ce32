"""Where the files lie that come with the package: in a checkout, or installed."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parents[1]
_CHECKOUT = PACKAGE.parents[1]

SERVER = _CHECKOUT / "server" / "carreau_server"
if not SERVER.is_dir():
    SERVER = PACKAGE.parent / "carreau_server"
"""The package of the server."""

STATIC = SERVER / "static"
"""The viewer, as browsers get it."""

GENERATOR = _CHECKOUT / "assets" / "demonstration"
"""What makes the scan of the demonstration place; only in a checkout."""

LOCALES = next((folder for folder in (PACKAGE / "locales", _CHECKOUT / "locales") if folder.is_dir()), Path("locales"))
"""Translations of our own messages: in the installed package, or at the top of a checkout."""
