"""What the licences say, in a few words for people who choose one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from carreau.base.licences import LICENCES

CHOICES = (*(each.name for each in LICENCES), "etalab-2.0 OR CC-BY-4.0")
"""Licences that a list offers."""

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "etalab-2.0": "French open licence: anything, with the author's name",
        "CC-BY-4.0": "anything, with the author's name",
        "CC-BY-SA-4.0": "anything, with the author's name, under the same licence",
        "CC-BY-ND-4.0": "with the author's name, unchanged",
        "CC-BY-NC-4.0": "with the author's name, not for sale",
        "CC-BY-NC-SA-4.0": "with the author's name, not for sale, under the same licence",
        "CC-BY-NC-ND-4.0": "with the author's name, not for sale, unchanged",
        "CC0-1.0": "the author has given up all rights",
        "PDM-1.0": "in the public domain",
        "InC": "protected; to be asked for each use",
        "InC-EDU": "protected; education may use it",
        "InC-OW-EU": "protected; its author cannot be found (European Union)",
        "NoC-NC": "free of copyright, not for sale",
        "NoC-OKLR": "free of copyright; other laws limit its use",
        "CNE": "nobody has found out yet",
        "etalab-2.0 OR CC-BY-4.0": "either of the two, as the user chooses",
    }
)
