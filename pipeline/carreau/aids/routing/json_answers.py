"""Ask the services of routing, which answer in JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from carreau.air.survey.http_client import RUN_AGAIN, Asked
from carreau.air.survey.services import HttpService
from carreau.air.survey.source import Source
from carreau.base.errors import ServiceError
from carreau.base.messages import message

SEE_CHECK = message("see `carreau route --check`, and correct services.toml")
T = TypeVar("T")


def json_answer(
    source: Source, service: HttpService, address: str, read: Callable[[Any], T], use_kept: bool = True
) -> T:
    """Return what a function reads in the JSON that a service gives at an address.

    read : raises where the JSON is not what was asked for; such an answer is not kept
    use_kept : whether an answer that was kept is taken
    Raises ServiceError where the service refuses, or the answer is cut.
    """
    asked = Asked(service.title, service.per_s, service.most_bytes, SEE_CHECK)
    body = source.get(address, asked, "application/json", use_kept)
    try:
        return read(json.loads(body))
    except (ValueError, RecursionError) as error:
        source.kept.forget(address)
        raise ServiceError(service.title, message("the answer is cut, or no JSON"), RUN_AGAIN) from error
    except Exception:
        source.kept.forget(address)
        raise
