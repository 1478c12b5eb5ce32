"""Findings of an inspection: defects of a scan and their treatment."""

from __future__ import annotations

from dataclasses import dataclass

from carreau.base.messages import Message, message


@dataclass(frozen=True)
class Finding:
    """A property of a scan that needs treatment.

    what : the property, such as "degenerate triangles"
    count : how many there are
    action : what a build does about them
    """

    what: str
    count: int
    action: str


def finding_lines(findings: tuple[Finding, ...]) -> list[Message]:
    """Return a line for each finding."""
    if not findings:
        return [message("  nothing: the scan is clean")]
    return [
        message("  %(what)s: %(number)s (%(action)s)", what=finding.what, number=finding.count, action=finding.action)
        for finding in findings
    ]


def some(names: tuple[str, ...], most: int = 6) -> Message:
    """Return the first of some names as a list."""
    if not names:
        return message("none")
    shown = tuple(name or message("(unnamed)") for name in names[:most])
    return message("%(names)s, …", names=shown) if len(names) > most else message("%(names)s", names=shown)
