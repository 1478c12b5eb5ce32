"""Real places without their reconstructions: for tests that give a place a state of their own, or need it quick."""

from __future__ import annotations

from pathlib import Path

STATE, FILE = "\n[[state]]\n", "reconstitution.massing.toml"


def remove_reconstructions(assets: Path) -> None:
    """Take the reconstructions out of a copied catalogue: the state that names one, and its file where there is one."""
    for path in sorted(assets.glob("sites/*/site.toml")):
        kept, _, last = path.read_text(encoding="utf-8").rpartition(STATE)
        if FILE in last:
            path.write_text(kept, encoding="utf-8")
            path.with_name(FILE).unlink(missing_ok=True)
