"""Line numbers of the keys of a TOML text."""

from __future__ import annotations

from carreau.base.diagnostics import KeyPath
from carreau.base.toml_statements import statements


def key_lines(text: str) -> dict[KeyPath, int]:
    r"""Return the first line of each key and table of valid TOML, in linear time.

    >>> key_lines('a = 1\n[[b]]\nc.d = 2\n[[b]]\n')
    {('a',): 1, ('b',): 2, ('b', 0): 2, ('b', 0, 'c'): 3, ('b', 0, 'c', 'd'): 3, ('b', 1): 4}
    """
    lines: dict[KeyPath, int] = {}
    for each in statements(text):
        for end in range(len(each.table) if each.key else 1, len(each.path) + 1):
            if end:
                lines.setdefault(each.path[:end], each.line)
    return lines
