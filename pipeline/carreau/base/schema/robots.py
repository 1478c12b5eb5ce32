"""The rule by which requests of programs are told from those of visitors, in the access log and in statistics."""

from __future__ import annotations

import re

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
