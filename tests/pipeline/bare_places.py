"""The 53 places without their reconstructions: for tests that give a place a state of their own, or need it quick."""

from __future__ import annotations

from pathlib import Path

STATE, FILE = "\n[[state]]\n", "reconstitution.massing.toml"


def remove_reconstructions(assets: Path) -> None:
    """Take the reconstruction out of every place of a copied catalogue, its file and the state that names it."""
    for drawn in sorted(assets.glob(f"sites/*/{FILE}")):
        path = drawn.with_name("site.toml")
        kept, _, last = path.read_text(encoding="utf-8").rpartition(STATE)
        assert FILE in last, path
        path.write_text(kept, encoding="utf-8")
        drawn.unlink()
