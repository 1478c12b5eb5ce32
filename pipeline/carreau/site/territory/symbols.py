"""How each kind of place stands on the table model: its form, its height and its colour.

Heights are symbols of kinds and measure nothing, except that of a spoil tip whose height is a fact of the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from carreau.air.relief.table_data import Color, Form
from carreau.catalogue.site import Site

TIP, HEIGHT_FACT = "terril", "height_m"
CONICAL, CONICAL_M = "conique", 60.0
"""The typology of the official list, and the symbolic height of spoil tips that are cones."""
HIGHEST_M = 300.0
"""A height beyond it is a mistake, such as one above the sea."""

BRICK: Color = (170, 68, 46)
GRASS: Color = (98, 112, 60)
COAL: Color = (52, 55, 60)
IRON: Color = (38, 68, 66)
BALLAST: Color = (110, 94, 80)
STONE: Color = (238, 232, 218)
SLATE: Color = (92, 100, 122)
POND: Color = (74, 124, 140)


@dataclass(frozen=True)
class Symbol:
    """How a kind of place is raised."""

    form: Form
    height_m: float
    color: Color


SYMBOLS: Mapping[str, Symbol] = MappingProxyType(
    {
        "cite": Symbol(Form.BLOCK, 9.0, BRICK),
        TIP: Symbol(Form.HEAP, 30.0, GRASS),
        "ecole": Symbol(Form.BLOCK, 16.0, STONE),
        "hopital/dispensaire": Symbol(Form.BLOCK, 16.0, STONE),
        "eglise": Symbol(Form.BLOCK, 34.0, SLATE),
        "fosse": Symbol(Form.BLOCK, 30.0, IRON),
        "cavalier/gare": Symbol(Form.BLOCK, 5.0, BALLAST),
        "chevalement": Symbol(Form.BLOCK, 40.0, IRON),
        "etang-affaissement": Symbol(Form.WATER, 0.0, POND),
        "salle-des-fetes": Symbol(Form.BLOCK, 18.0, STONE),
        "chateau/maison-directeur": Symbol(Form.BLOCK, 16.0, BRICK),
    }
)
"""By the code of the kind; any other kind is `OTHER`."""

OTHER = Symbol(Form.BLOCK, 18.0, COAL)


@dataclass(frozen=True)
class Raised:
    """The symbol of a place.

    is_sourced : whether its height is a fact of the catalogue
    """

    symbol: Symbol
    height_m: float
    is_sourced: bool


def raised(site: Site) -> Raised:
    """Return how a place is raised: a spoil tip to the height that a source gives, everything else by its kind."""
    symbol = SYMBOLS.get(site.kind, OTHER)
    for fact in site.fact if site.kind == TIP else ():
        is_sourced = fact.name == HEIGHT_FACT and fact.unit == "m" and bool(fact.source)
        if is_sourced and isinstance(fact.value, int | float) and 0 < fact.value <= HIGHEST_M:
            return Raised(symbol, float(fact.value), is_sourced=True)
    is_cone = site.kind == TIP and site.inscription is not None and site.inscription.typology.lower() == CONICAL
    return Raised(symbol, CONICAL_M if is_cone else symbol.height_m, is_sourced=False)
