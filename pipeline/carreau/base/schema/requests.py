"""What is told of requests: the problem types (RFC 9457), and which requests come from programs."""

from __future__ import annotations

import re
from dataclasses import dataclass

TYPE_PREFIX = "/problems/"


@dataclass(frozen=True)
class ProblemType:
    """A problem type, in English; `locales/*/LC_MESSAGES/server.po` has the other languages.

    title : the same for every occurrence
    detail : sentence about one occurrence; `%(name)s` is a placeholder
    meaning : what the problem is, whatever the occurrence; code stands in backticks
    remedy : what a client should do about it, likewise
    """

    status: int
    title: str
    detail: str
    meaning: str
    remedy: str


PROBLEMS: dict[str, ProblemType] = {
    "invalid-parameter": ProblemType(
        400,
        "Invalid parameter",
        "One or more query parameters are invalid; see “errors”.",
        "A query parameter is unknown, missing or has an invalid value.",
        "Correct the parameters listed in `errors`: each entry has the name of one (`parameter`) and what is wrong "
        "with it (`message`).",
    ),
    "invalid-host": ProblemType(
        400,
        "Invalid Host header",
        "A request must have exactly one valid Host header.",
        "The request has no `Host` header, more than one, or an invalid one.",
        "Send exactly one `Host` header. HTTP libraries do so on their own; check proxies and hand-written requests.",
    ),
    "not-found": ProblemType(
        404,
        "Not found",
        "There is nothing at this address.",
        "No page, document or file has this address.",
        "Check the spelling. Take addresses from responses of the API instead of composing them: those under `/a/` "
        "change with every new version of a file.",
    ),
    "site-not-found": ProblemType(
        404,
        "Site not found",
        "There is no site “%(slug)s”.",
        "No site has this slug.",
        "Take the slug from `/v1/sites` or `/v1/search`.",
    ),
    "route-not-found": ProblemType(
        404,
        "Route not found",
        "There is no route “%(slug)s”.",
        "No route has this slug.",
        "Take the slug from `/v1/routes`.",
    ),
    "trail-not-found": ProblemType(
        404,
        "Trail not found",
        "There is no trail “%(slug)s”.",
        "No trail has this slug.",
        "Take the slug from `/v1/trails`.",
    ),
    "state-not-found": ProblemType(
        404,
        "State not found",
        "The site “%(slug)s” has no state “%(state)s”.",
        "The site exists, but it has no state with this identifier.",
        "Take the identifier from `states` in the site’s JSON document.",
    ),
    "export-not-found": ProblemType(
        404,
        "Export not found",
        "“%(slug)s” is not available as “%(ending)s”.",
        "The site or route is not available in this format.",
        "Choose one of the formats listed in `links` in its JSON document.",
    ),
    "pack-not-found": ProblemType(
        404,
        "Offline pack not found",
        "The route “%(slug)s” has no offline pack of this level.",
        "The route has no offline pack of this level.",
        "Choose one of the levels listed in `packs` in the route’s JSON document.",
    ),
    "model-not-found": ProblemType(
        404,
        "Model not found",
        "This state has no model for this use yet.",
        "The state has no 3D model for the use named by `for`.",
        "Request a model for another use, or show the site’s picture instead.",
    ),
    "no-model-fits": ProblemType(
        404,
        "No model within the limits",
        "Every model of this state is over the limits; the smallest has %(bytes)s bytes and takes %(gpu_bytes)s "
        "bytes of graphics memory.",
        "The state has models, but each of them exceeds `max_bytes` or `max_gpu_bytes`.",
        "Raise the limits (`detail` gives the size of the smallest model), or show the site’s picture instead.",
    ),
    "page-not-found": ProblemType(
        404,
        "Page not found",
        "This address is not a site or route page on this server.",
        "The `url` passed to `/oembed` is not the page of a site or route on this server.",
        "Pass the full address of such a page, as the browser shows it.",
    ),
    "method-not-allowed": ProblemType(
        405,
        "Method not allowed",
        "Only GET, HEAD and OPTIONS are allowed.",
        "The API is read-only: it accepts `GET`, `HEAD` and `OPTIONS`.",
        "Use `GET`, or `HEAD` for the headers alone.",
    ),
    "not-acceptable": ProblemType(
        406,
        "Not acceptable",
        "Available media types: %(media_types)s.",
        "None of the media types in the `Accept` header is available.",
        "Send one of the media types named in `detail`, or `*/*`.",
    ),
    "content-too-large": ProblemType(
        413,
        "Content too large",
        "Requests must not have a body.",
        "The request has a body, which the API never needs.",
        "Send the request without a body, and parameters in the query string.",
    ),
    "uri-too-long": ProblemType(
        414,
        "URI too long",
        "The query string is longer than %(limit)s characters.",
        "The query string is longer than the server accepts.",
        "Use fewer or shorter parameter values; `detail` gives the limit.",
    ),
    "range-not-satisfiable": ProblemType(
        416,
        "Range not satisfiable",
        "The file has %(size)s bytes, and none of them is in the requested range.",
        "The `Range` header asks only for bytes beyond the end of the file.",
        "Take the size of the file from `Content-Range`, then request a range within it, or the whole file.",
    ),
    "too-many-requests": ProblemType(
        429,
        "Too many requests",
        "Try again in %(seconds)s s.",
        "This client has sent too many requests in a short time.",
        "Wait as many seconds as `Retry-After` says, then send requests more slowly. Cache responses, and revalidate "
        "them with `If-None-Match`.",
    ),
    "header-fields-too-large": ProblemType(
        431,
        "Request header fields too large",
        "The address and headers are longer than %(limit)s bytes.",
        "The request line and headers together are larger than the server accepts.",
        "Send fewer or shorter headers; the API needs no cookies.",
    ),
    "internal-error": ProblemType(
        500,
        "Internal server error",
        "The error was logged as request %(id)s.",
        "The server failed unexpectedly.",
        "Try again later. If the error persists, report it to the publisher with the number of the request in "
        "`detail`.",
    ),
    "format-not-supported": ProblemType(
        501,
        "Format not supported",
        "Supported formats: %(choices)s.",
        "The `format` passed to `/oembed` is not supported.",
        "Use `json` or `xml`.",
    ),
    "bundle-corrupt": ProblemType(
        503,
        "Data missing or damaged",
        "A file is missing or damaged; the server's log names it.",
        "A file of the published data is missing or damaged on the server.",
        "Try again later. If the error persists, report it to the publisher with the `X-Request-ID` of the response.",
    ),
    "shutting-down": ProblemType(
        503,
        "Shutting down",
        "This server is shutting down; use another one.",
        "The server is about to stop. Only its readiness check (`/readyz`) responds with this problem.",
        "In a load balancer, send requests to another server until `/readyz` responds with 200.",
    ),
}
"""Every problem type by its code. A code never changes its meaning; clients may rely on it."""

ROBOT = (
    "(?<!cu)bot|crawl|spider|slurp|archiver|externalhit|embedly|iframely|whatsapp|bingpreview|linkpreview|headless|"
    "lighthouse|pingdom|uptime|monitoring|validator|wordpress|drupal|feed|curl|wget|python|scrapy|perl|ruby|php/|java/|"
    "go-http|httpclient|node-fetch|undici|axios|libwww"
)
"""What the User-Agent of a program has in it, whatever the case; as a regular expression of Python and of PCRE, because
nginx has it too. Phones by CUBOT are no robots, nor are the AR viewers of phones, which name no browser."""

_ROBOT = re.compile(ROBOT, re.IGNORECASE)


def is_robot(user_agent: str) -> bool:
    """Return whether a User-Agent is that of a program, or missing, as no browser leaves it out.

    >>> is_robot("Mozilla/5.0 (compatible; Googlebot/2.1)"), is_robot(""), is_robot("Mozilla/5.0 (X11) Firefox/140.0")
    (True, True, False)
    >>> is_robot("Mozilla/5.0 (Linux; Android 13; CUBOT KINGKONG 9) Chrome/137.0 Mobile Safari/537.36")
    False
    """
    return user_agent in ("", "-") or _ROBOT.search(user_agent) is not None
