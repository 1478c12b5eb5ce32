"""Link headers of paged lists (RFC 8288)."""

from __future__ import annotations

from fastapi import Response


def add_next_link(response: Response, next_url: str | None) -> Response:
    """Return a response with a Link header to the next page, where there is one."""
    if next_url:
        response.headers["Link"] = f'<{next_url}>; rel="next"'
    return response
