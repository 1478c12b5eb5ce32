"""Say what about a scan asks for doing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something about a scan that asks for doing, how often it is there, and what would be done."""

    what: str
    count: int
    action: str


def finding_lines(findings: tuple[Finding, ...]) -> list[str]:
    """Return findings for people, one a line."""
    if not findings:
        return ["  nothing: the scan is clean"]
    width = max(len(f"{finding.count:,}") for finding in findings)
    return [f"  {finding.count:>{width},} {finding.what}: {finding.action}" for finding in findings]


def some(names: tuple[str, ...], most: int = 6) -> str:
    """Return the first names for people."""
    shown = ", ".join(name or "(unnamed)" for name in names[:most])
    return f"{shown}, …" if len(names) > most else shown or "none"
