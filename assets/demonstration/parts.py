"""Numbers of the parts that paint and texel density tell apart."""

from __future__ import annotations

GROUND = 1
HALL = 2
HOUSES = 3
CONCRETE = 4
STONE = 5
ZINC = 6
CART = 7
SHEAVE = 8
DECK = 9
CANOPY = 10
FRAGMENT = 11
ENGINE = 12  # of the winding engine house, which stands only in the earlier state
STEEL = 13  # bars as they were when the paint was new
WHEEL = 14
ROPE = 15
CAGE = 16
BEAMS = 100  # and upwards, one number a bar, so that rivets can follow it
