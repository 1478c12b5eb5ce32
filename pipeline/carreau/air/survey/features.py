"""Ask a WFS 2.0 for features in bounds, page by page until all have come.

Source: OGC 09-025r2 (WFS 2.0), clause 7.7.4.4 on paging.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from carreau.air.airborne_files.survey_record import Bounds
from carreau.air.survey.http_client import RUN_AGAIN, SEE_CHECK, Asked
from carreau.air.survey.services import BuildingService, IndexService
from carreau.air.survey.source import Source
from carreau.base.errors import ServiceError
from carreau.base.messages import message

JSON = "application/json"
_MOST_PAGES = 200


def features(
    source: Source, service: IndexService | BuildingService, bounds: Bounds, epsg: int, use_kept: bool
) -> list[dict[str, Any]]:
    """Return the features of a layer that touch bounds; none is no error, but "nothing is there".

    use_kept : whether an answer that was kept is taken
    Raises ServiceError where an answer is no list of features, or fewer come than the service says there are.
    """
    asked = Asked(service.layer, service.per_s, service.most_bytes)
    found = list[dict[str, Any]]()
    for _page in range(_MOST_PAGES):
        address = feature_address(service, bounds, epsg, len(found))
        page, matched = _page_of(source.get(address, asked, JSON, use_kept), asked)
        found += page
        if matched is not None and len(found) >= matched:
            return found
        if not page or (matched is None and len(page) < service.page):
            if matched is None:
                return found
            break
    answer = message("%(found)s of %(matched)s features came", found=len(found), matched=matched or 0)
    raise ServiceError(service.layer, answer, RUN_AGAIN)


def feature_address(service: IndexService | BuildingService, bounds: Bounds, epsg: int, start: int) -> str:
    """Return the address of a page that begins with a feature."""
    west, south, east, north = bounds
    return f"{service.address}?" + urlencode(
        {
            "SERVICE": "WFS", "VERSION": "2.0.0", "REQUEST": "GetFeature", "TYPENAMES": service.layer,
            "OUTPUTFORMAT": JSON, "SRSNAME": f"EPSG:{epsg}", "COUNT": service.page, "STARTINDEX": start,
            "BBOX": f"{west:.2f},{south:.2f},{east:.2f},{north:.2f},urn:ogc:def:crs:EPSG::{epsg}",
        },
        safe=":,/",
    )  # fmt: skip


def _page_of(body: bytes, asked: Asked) -> tuple[list[dict[str, Any]], int | None]:
    """Return the features of an answer, and how many the service says there are in all, None if it does not."""
    try:
        data = json.loads(body)
        page = data["features"]
        if not all(isinstance(each, dict) and isinstance(each.get("properties"), dict) for each in page):
            raise TypeError
        matched = data.get("numberMatched", data.get("totalFeatures"))
        return page, matched if isinstance(matched, int) else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ServiceError(asked.layer, message("the answer is not a list of features"), SEE_CHECK) from error
