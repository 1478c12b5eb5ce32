"""Return at once where nothing changed: this imports nothing of what makes a bundle."""

from __future__ import annotations

from pipeline.bundle.inputs_note import read_note
from pipeline.languages.languages import locales_beside
from pipeline.publishing.asked import Publishing
from pipeline.publishing.inputs import fingerprint
from pipeline.publishing.published import Published


def inputs_of(asked: Publishing) -> str:
    """Return a digest of all that a bundle is made from."""
    return fingerprint((asked.assets, locales_beside(asked.assets), asked.models), asked.options)


def unchanged(asked: Publishing, inputs: str = "") -> Published | None:
    """Return the served release where nothing changed since, and nobody touched its files; writes nothing.

    inputs : digest of these, where somebody has taken it
    """
    summary = read_note(asked.bundle, inputs or inputs_of(asked))
    return Published(asked.bundle, **summary, is_new=False) if summary else None
