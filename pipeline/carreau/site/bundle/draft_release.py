"""A release that was built to be looked at: its files are in the bundle, and nothing serves it yet.

It may be deleted at any time; the next pruning then removes its files.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError as SchemaError

from carreau.base.schema.bundle import SCHEMA_VERSION, Manifest
from carreau.base.schema.frozen_model import FrozenModel
from carreau.site.bundle.durable import write_durable

DRAFT = ".draft.json"


class DraftRelease(FrozenModel):
    """A release that is not served.

    inputs : digest of all that it was built from
    """

    inputs: str
    manifest: Manifest


def write_draft(root: Path, draft: DraftRelease) -> None:
    """Keep a draft in place of the one before; raises StorageError."""
    write_durable(root / DRAFT, draft.model_dump_json().encode())


def read_draft(root: Path) -> DraftRelease | None:
    """Return the draft of a bundle, None where there is none that can be read."""
    try:
        draft = DraftRelease.model_validate_json((root / DRAFT).read_bytes())
    except (OSError, SchemaError):
        return None
    return draft if draft.manifest.schema_version == SCHEMA_VERSION else None


def remove_draft(root: Path) -> None:
    """Forget the draft."""
    (root / DRAFT).unlink(missing_ok=True)
