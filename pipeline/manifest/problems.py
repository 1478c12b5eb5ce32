"""Problem types of the API (RFC 9457): a code, an HTTP status and texts each; `/problems/<code>` is the type's URI."""

from __future__ import annotations

from dataclasses import dataclass

TYPE_PREFIX = "/problems/"


@dataclass(frozen=True)
class ProblemType:
    """A problem type.

    title : English, the same for every occurrence
    detail : English sentence about one occurrence; `%(name)s` is a placeholder
    """

    status: int
    title: str
    detail: str


PROBLEMS: dict[str, ProblemType] = {
    "invalid-parameter": ProblemType(
        400, "Invalid parameter", "One or more query parameters are invalid; see “errors”."
    ),
    "invalid-host": ProblemType(400, "Invalid Host header", "A request must have exactly one valid Host header."),
    "not-found": ProblemType(404, "Not found", "There is nothing at this address."),
    "site-not-found": ProblemType(404, "Site not found", "There is no site “%(slug)s”."),
    "route-not-found": ProblemType(404, "Route not found", "There is no route “%(slug)s”."),
    "state-not-found": ProblemType(404, "State not found", "The site “%(slug)s” has no state “%(state)s”."),
    "export-not-found": ProblemType(404, "Export not found", "“%(slug)s” is not available as “%(ending)s”."),
    "pack-not-found": ProblemType(
        404, "Offline pack not found", "The route “%(slug)s” has no offline pack of this level."
    ),
    "model-not-found": ProblemType(404, "Model not found", "This state has no model for this use yet."),
    "no-model-fits": ProblemType(
        404,
        "No model within the limits",
        "Every model of this state is over the limits; the smallest has %(bytes)s bytes and takes %(gpu_bytes)s bytes "
        "of graphics memory.",
    ),
    "page-not-found": ProblemType(404, "Page not found", "This address is not a page of a site or route here."),
    "method-not-allowed": ProblemType(405, "Method not allowed", "Only GET, HEAD and OPTIONS are allowed."),
    "not-acceptable": ProblemType(406, "Not acceptable", "Available media types: %(media_types)s."),
    "content-too-large": ProblemType(413, "Content too large", "Requests must not have a body."),
    "uri-too-long": ProblemType(414, "URI too long", "The query string is longer than %(limit)s characters."),
    "range-not-satisfiable": ProblemType(
        416, "Range not satisfiable", "The file has %(size)s bytes, and none of them is in the requested range."
    ),
    "too-many-requests": ProblemType(429, "Too many requests", "Try again in %(seconds)s s."),
    "header-fields-too-large": ProblemType(
        431, "Request header fields too large", "The address and headers are longer than %(limit)s bytes."
    ),
    "internal-error": ProblemType(500, "Internal server error", "The error was logged as request %(id)s."),
    "format-not-supported": ProblemType(501, "Format not supported", "Supported formats: %(choices)s."),
    "bundle-corrupt": ProblemType(
        503, "Data missing or damaged", "A file is missing or damaged; the server's log names it."
    ),
    "shutting-down": ProblemType(503, "Shutting down", "This server is shutting down; use another one."),
}
"""Every problem type by its code. A code never changes its meaning; clients may rely on it."""
