"""Tell whether two names are one, however somebody has typed them."""

from __future__ import annotations

import re

_APOSTROPHES = re.compile("['’‘ʼ´`′]")


def normalize(name: str) -> str:
    r"""Return a name that others are compared with: small, with one apostrophe, and one space where there are spaces.

    >>> normalize("Cité d’Arenberg\u00a0") == normalize("cité  d'Arenberg")
    True
    """
    return " ".join(_APOSTROPHES.sub("'", name).casefold().split())
