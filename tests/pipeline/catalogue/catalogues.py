"""Make small catalogues, whole and right until a test changes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.pipeline.site.media_files import jpeg, opus

SQUARE = [[[3.3, 50.3], [3.5, 50.3], [3.5, 50.4], [3.3, 50.4], [3.3, 50.3]]]
NEXT = [[[3.5, 50.3], [3.6, 50.3], [3.6, 50.4], [3.5, 50.4], [3.5, 50.3]]]

SITE = """\
name = "Fosse Une"
kind = "fosse"
theme = "exploitation"
commune = "Ici"
insee = "59001"
period = "1831/1862"
company = "Compagnie"
summary = "Une fosse."
description = '''
Voir [l’autre](site:deux).

[table.in.a.text]
'''
keywords = ["fosse"]
confidence = "high"
outline = "outline.geojson"

[position]
lon = 3.4
lat = 50.35
basis = "levé"

[inscription]
list = 1360
code = "1360-008"
component_number = 15
component = "Quinze"
element = "15A"
source = "liste"

[visit]
see_today = "Tout."
access = "Libre."
safety = "Rien à craindre."
accessibility = "De plain-pied."

[[date]]
event = "opened"
when = "1831"
source = "livre"

[[date]]
event = "closed"
when = 1862-08-30
source = "livre"

[[fact]]
name = "depth_m"
label = "profondeur"
value = 338
unit = "m"
source = "livre"

[[rights]]
of = "textes"
credit = "Équipe"
licence = "CC-BY-4.0"

[[state]]
id = "today"
title = "Aujourd’hui"
date = "2026-05-01"
kind = "scan"
file = "scan.ply"
evidence = "attested"
author = "Une équipe"
licence = "CC-BY-4.0"

[[state.part]]
name = "toit"
title = "toit"
evidence = "deduced"
sources = ["photographie"]

[state.geopose]
lon = 3.4
lat = 50.35

[[annotation]]
id = "door"
state = "today"
point = [0, 1, 2]
normal = [0, 0, 1]
title = "La porte"
media = ["facade"]
sources = ["livre"]

[[tour]]
id = "short"
state = "today"
title = "Petit tour"

[[tour.step]]
annotation = "door"
sound = "voice"
duration_s = 5

[[media]]
id = "facade"
kind = "image"
file = "facade.jpg"
credit = "Quelqu’un"
licence = "CC0-1.0"
alt = "Une façade de brique."

[[media]]
id = "voice"
kind = "sound"
file = "voice.opus"
credit = "Quelqu’un"
licence = "CC0-1.0"
transcript = "Bonjour."
"""

ROUTE = """\
name = "De l’une à l’autre"
standing = "tested"
mode = "walk"
loop = false
summary = "Deux arrêts."
path = "way.gpx"
path_measure = "measured"
length_km = 2.5
length_measure = "measured"
climb_m = 12
duration_min = 40
surface = "pavé"
step_free = true
transport = "bus"
safety = "Rues."

[[stop]]
site = "une"
text = "Départ."

[[stop]]
text = "Arrivée."

[stop.place]
name = "L’abbaye"
commune = "Là"
insee = "59002"

[stop.place.position]
lon = 3.55
lat = 50.35
basis = "carte"

[[rights]]
of = "textes"
credit = "Équipe"
licence = "CC-BY-4.0"
"""


SECOND = (
    SITE.replace('name = "Fosse Une"', 'name = "Fosse Deux"')
    .replace('summary = "Une fosse."', 'summary = "Une deuxième fosse."')
    .replace("Voir [l’autre](site:deux).", "Voir [la première](site:une).")
    .replace("[position]\nlon = 3.4\n", "[position]\nlon = 3.42\n")
    .replace("15A", "15B")
)
"""Of another place, near the first."""


def area(coordinates: Any, **properties: Any) -> dict[str, Any]:
    """Return a GeoJSON feature."""
    return {
        "type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": coordinates}
    }  # fmt: skip


def written(root: Path, site: str = SITE, route: str = ROUTE) -> Path:
    """Write a catalogue of two sites and a route that nothing is wrong with; the second site's element is another."""
    communes = [
        area(SQUARE, insee="59001", nom="Ici", codesPostaux=["59111"]),
        area(NEXT, insee="59002", nom="Là", codesPostaux=["59112"]),
    ]
    root.mkdir(exist_ok=True)
    collection = {"type": "FeatureCollection", "source": "plan", "features": communes}
    (root / "communes.geojson").write_text(json.dumps(collection))
    for slug, text in (("une", site), ("deux", SECOND)):
        folder = root / "sites" / slug
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "site.toml").write_text(text, encoding="utf-8")
        (folder / "outline.geojson").write_text(json.dumps(area(SQUARE)))
        for name, content in (("scan.ply", b"something"), ("facade.jpg", jpeg()), ("voice.opus", opus())):
            (folder / name).write_bytes(content)
    (root / "routes").mkdir(exist_ok=True)
    (root / "routes" / "way.toml").write_text(route, encoding="utf-8")
    (root / "routes" / "way.gpx").write_text(
        '<gpx><trkpt lat="50.35" lon="3.4"/><trkpt lon="3.55" lat="50.35"></trkpt></gpx>'
    )
    return root
