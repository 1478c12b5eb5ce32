"""The INSEE code of a commune that was written by name."""

from __future__ import annotations

from collections.abc import Mapping

from carreau.formats.geodata import Commune


def missing_code(values: Mapping[str, str], communes: Mapping[str, Commune]) -> str:
    """Return the code that a form lacks: of the one commune with the name in it; empty where none is lacking or known.

    values : texts of a form by name
    communes : by INSEE code
    """
    name = _folded(values.get("commune", ""))
    if not name or values.get("insee", "x").strip():
        return ""
    codes = [each.insee for each in communes.values() if _folded(each.name) == name]
    return codes[0] if len(codes) == 1 else ""


def _folded(name: str) -> str:
    return " ".join(name.replace("’", "'").casefold().split())
