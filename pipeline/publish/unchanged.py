"""Return at once where nothing changed: this imports nothing of what makes a bundle."""

from __future__ import annotations

from pipeline.bundle.inputs_note import read_note
from pipeline.i18n.languages import locales_beside
from pipeline.publish.inputs import fingerprint
from pipeline.publish.options import PublishOptions
from pipeline.publish.result import PublishResult


def inputs_of(asked: PublishOptions) -> str:
    """Return a digest of all that a bundle is made from."""
    return fingerprint((asked.assets, locales_beside(asked.assets), asked.models), asked.options)


def unchanged(asked: PublishOptions, inputs: str = "") -> PublishResult | None:
    """Return the served release where nothing changed since, and nobody touched its files; writes nothing.

    inputs : digest of these, where somebody has taken it
    """
    summary = read_note(asked.bundle, inputs or inputs_of(asked))
    return PublishResult(asked.bundle, **summary, is_new=False) if summary else None
