"""Validation of USDZ files with USD's own validators."""

from __future__ import annotations

import tempfile
from pathlib import Path

from pxr import Tf, Usd, UsdValidation

from carreau.base.errors import ValidationError
from carreau.base.messages import message


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
        raise ValidationError.from_issues(name, "USDZ", findings)
    return len(validators)


def _findings(path: Path, validators: list[UsdValidation.Validator]) -> list[str]:
    """Return the validators' errors, sorted: they run in parallel, in any order."""
    try:
        stage = Usd.Stage.Open(str(path))
    except Tf.ErrorException as error:
        return [message("it cannot be opened (%(error)s)", error=str(error).splitlines()[0])]
    errors = UsdValidation.ValidationContext(validators).Validate(stage)
    return sorted(f"{error.GetName()}: {error.GetMessage()}" for error in errors)
