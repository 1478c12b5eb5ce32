"""What the parts of a reconstruction are made of: colours as they look by day, and how rough and metallic each is.

The colours are of the region's materials in general, not measured on a building: brick of Flanders, Tournai limestone,
black tile, schist of the tips. A part says which one it has; a part that is hypothetical shows none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Material:
    """A material.

    color : sRGB, 0 to 255
    roughness, metallic : of glTF's metallic-roughness model, 0 to 1
    """

    color: tuple[int, int, int]
    roughness: float = 0.92
    metallic: float = 0.0


MATERIALS: Mapping[str, Material] = {
    "brick-red": Material((136, 76, 62)),
    "brick-dark": Material((112, 60, 52)),
    "brick-pale": Material((201, 174, 138)),
    "brick-white": Material((224, 219, 208)),
    "render-cream": Material((222, 206, 176)),
    "render-grey": Material((178, 174, 166)),
    "sandstone": Material((190, 176, 150)),
    "limestone": Material((206, 199, 184)),
    "concrete": Material((168, 164, 156)),
    "concrete-dark": Material((112, 110, 106)),
    "slate": Material((72, 78, 90), 0.7),
    "tile-red": Material((140, 78, 58), 0.85),
    "tile-dark": Material((94, 66, 60), 0.8),
    "sheet-steel": Material((126, 130, 130), 0.6, 0.2),
    "glass": Material((120, 150, 166), 0.2),
    "window-dark": Material((44, 54, 64), 0.25),
    "door-green": Material((46, 82, 62), 0.6),
    "door-brown": Material((92, 58, 38), 0.7),
    "door-blue": Material((56, 84, 122), 0.6),
    "door-turquoise": Material((58, 132, 130), 0.6),
    "white-paint": Material((234, 230, 222), 0.7),
    "steel-rust": Material((110, 66, 48), 0.85, 0.1),
    "steel-grey": Material((104, 108, 112), 0.6, 0.3),
    "steel-dark": Material((58, 58, 62), 0.6, 0.3),
    "steel-green": Material((70, 96, 82), 0.65, 0.1),
    "wood": Material((140, 104, 70), 0.85),
    "wood-dark": Material((82, 62, 46), 0.85),
    "schist": Material((80, 75, 72)),
    "schist-red": Material((132, 84, 68)),
    "schist-black": Material((58, 55, 54)),
    "birch-white": Material((206, 200, 190), 0.85),
    "leaf-birch": Material((126, 148, 74), 0.95),
    "leaf-green": Material((84, 118, 58), 0.95),
    "leaf-dark": Material((52, 84, 48), 0.95),
    "hedge": Material((62, 94, 50), 0.95),
    "grass": Material((98, 114, 66), 0.95),
    "meadow": Material((112, 120, 74), 0.95),
    "tip-grass": Material((84, 88, 60), 0.95),
    "soil": Material((116, 94, 70), 0.95),
    "gravel": Material((160, 150, 134), 0.95),
    "cobbles": Material((122, 118, 114), 0.8),
    "asphalt": Material((92, 92, 94), 0.9),
    "ballast": Material((126, 118, 110), 0.95),
    "rail": Material((120, 104, 96), 0.45, 0.5),
    "water": Material((58, 96, 122), 0.12),
    "reed": Material((156, 150, 88), 0.95),
    "sand": Material((204, 186, 146), 0.95),
    "bronze": Material((96, 82, 54), 0.45, 0.5),
    "copper-green": Material((110, 156, 136), 0.6),
    "plan-ground": Material((222, 212, 190), 0.95),
    "plan-line": Material((170, 142, 112), 0.95),
    # What solids of measures are drawn in: they say wall, roof or frame, not what it was made of.
    "stone": Material((196, 180, 152), 1.0),
    "plain-slate": Material((142, 148, 158), 1.0),
    "iron": Material((112, 108, 104), 1.0),
    "supposed": Material((150, 168, 190), 1.0),
}
"""The materials by their names in the file."""

ABSTRACT = ("stone", "plain-slate", "iron", "supposed")
"""Those that a file does not name."""
NAMED = tuple(key for key in MATERIALS if key not in ABSTRACT)
