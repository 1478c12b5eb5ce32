"""The notice at the top of a report's page where it is not sure which side of the scan is up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from carreau.base.i18n.translator import Translator
from carreau.models.reports.page_pictures import data_uri
from carreau.models.reports.page_rows import mapping

if TYPE_CHECKING:
    from carreau.models.stages.pictures import UpPicture


def upright_part(
    report: Mapping[str, Any], pictures: Sequence[UpPicture], wording: Translator
) -> dict[str, Any] | None:
    """Return the candidates with their pictures and options, the most likely first; None where up is sure."""
    scan = mapping(report.get("scan"))
    candidates = [mapping(candidate) for candidate in scan.get("up_candidates") or ()]
    if scan.get("up_sure", True) or not candidates:
        return None
    by_name = {picture.up: picture for picture in pictures}
    rows = []
    for candidate in candidates:
        up = str(candidate.get("up", ""))
        picture = by_name.get(up)
        is_taken = up == scan.get("up")
        share = wording.percent(candidate.get("share"))
        alt = (
            wording.text("The scan as it was built, with its %(axis)s axis up.", axis=up)
            if is_taken
            else wording.text("The scan with its %(axis)s axis up.", axis=up)
        )
        rows.append(
            {
                "option": str(candidate.get("option", f"--up {up}")),
                "share": wording.text("%(share)s likely", share=share),
                "is_taken": is_taken,
                "alt": alt,
                "uri": data_uri(picture.image) if picture else "",
                "width": picture.width if picture else 0,
                "height": picture.height if picture else 0,
            }
        )
    return {"rows": rows, "up": str(scan.get("up", ""))}
