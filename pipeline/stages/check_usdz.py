"""Refuse a USDZ in which USD's own validators find anything."""

from __future__ import annotations

import tempfile
from pathlib import Path

from pxr import Tf, Usd, UsdValidation

from pipeline.errors import ValidationError


def check_usdz(usdz: bytes, name: str = "model") -> int:
    """Return how many validators found nothing: all that USD has.

    Raises ValidationError for any finding, a warning too.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.usdz"
        path.write_bytes(usdz)
        validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
        findings = _findings(path, validators)
    if findings:
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        raise ValidationError(f"{name} is not valid USDZ: {findings[0]}{more}")
    return len(validators)


def _findings(path: Path, validators: list[UsdValidation.Validator]) -> list[str]:
    """Return what the validators find, in an order of its own: they run side by side."""
    try:
        stage = Usd.Stage.Open(str(path))
    except Tf.ErrorException as error:
        return [f"it cannot be opened ({str(error).splitlines()[0]})"]
    found = UsdValidation.ValidationContext(validators).Validate(stage)
    return sorted(f"{finding.GetName()}: {finding.GetMessage()}" for finding in found)
