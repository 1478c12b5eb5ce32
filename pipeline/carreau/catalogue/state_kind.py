"""Find the kind of state that a file is, from the `site.toml` near it."""

from __future__ import annotations

import tomllib
from pathlib import Path

from carreau.catalogue.state import MODEL, RECONSTRUCTION, SCAN

SHEET = "site.toml"
LEVELS_UP = 3
"""Number of parent folders in which `site.toml` is looked for."""


def state_kind(file: Path) -> str:
    """Return "scan", "reconstruction" or "model" where a `site.toml` near the file has a state with it, else "".

    Unreadable documents are ignored here; `carreau check` reports them.
    """
    path = file.absolute()
    for folder in path.parents[:LEVELS_UP]:
        for state in _states(folder / SHEET):
            named, kind = state.get("file"), state.get("kind")
            if isinstance(named, str) and (folder / named).absolute() == path:
                return str(kind) if kind in (SCAN, RECONSTRUCTION, MODEL) else ""
    return ""


def _states(document: Path) -> list[dict[str, object]]:
    try:
        states = tomllib.loads(document.read_text(encoding="utf-8")).get("state", [])
    except (OSError, ValueError, RecursionError):
        return []
    return [state for state in states if isinstance(state, dict)] if isinstance(states, list) else []
