"""Write a scene of Voyager as the program writes it: in centimetres, with a model in millimetres, moved and turned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from carreau.exports.importing.voyager import MIME
from tests.pipeline.exports.importing.sources import CORNERS, box
from tests.pipeline.site.media_files import jpeg, opus

POSE = Rotation.from_euler("x", 90, degrees=True)
POSE_MM = np.array([0.0, 100.0, 0.0])
NODE = Rotation.from_euler("y", 90, degrees=True)
NODE_CM = np.array([10.0, 0.0, -20.0])
NODE_SCALE = 2.0


def annotated(point_mm: Any) -> list[float]:
    """Return a point of the model's file as Voyager Story writes it: after the pose, in the unit of the model."""
    found: list[float] = (POSE.apply(np.asarray(point_mm, np.float64)) + POSE_MM).tolist()
    return found


def in_metres(point_mm: Any) -> NDArray[np.float64]:
    """Return where a point of the model's file stands in the scene, in metres."""
    in_cm = np.asarray(annotated(point_mm)) / 10
    return np.asarray((NODE.apply(in_cm * NODE_SCALE) + NODE_CM) / 100, np.float64)


def document() -> dict[str, Any]:
    """Return a scene in French and English, with an annotation, a tour, a sound and articles."""
    annotation = {
        "id": "zH0MAqrRO3pJ",
        "titles": {"FR": "L’angle", "EN": "The corner"},
        "leads": {"FR": "Un angle <b>droit</b>.", "EN": "A right <i>angle</i>.", "ES": "Un ángulo."},
        "position": annotated(CORNERS[7]),
        "direction": POSE.apply([0, 0, 1]).tolist(),
        "articleId": "corner",
        "imageUri": "images/facade.jpg",
        "imageAltText": {"FR": "Une façade."},
        "audioId": "voice",
        "style": "Extended",
        "tags": ["angles"],
    }
    derivatives = [
        {"usage": "Web3D", "quality": "Thumb", "assets": [{"uri": "models/thumb.glb", "type": "Model"}]},
        {"usage": "Web3D", "quality": "High", "assets": [{"uri": "models/box.glb", "type": "Model"}]},
    ]
    targets = ("reader/articleId", "viewer/activeAnnotation", "navigation/orbit", "navigation/offset")
    return {
        "asset": {"type": MIME, "version": "1.0", "copyright": "© Musée de l’Angle, CC BY 4.0"},
        "scene": 0,
        "scenes": [{"units": "cm", "nodes": [0, 1, 2], "setup": 0, "meta": 0}],
        "nodes": [
            {"name": "Camera", "camera": 0},
            {"name": "Lights", "children": [3]},
            {
                "name": "Box",
                "model": 0,
                "meta": 1,
                "translation": NODE_CM.tolist(),
                "rotation": NODE.as_quat().tolist(),
                "scale": [NODE_SCALE] * 3,
            },
            {"name": "Key", "light": 0},
        ],
        "cameras": [{"type": "perspective", "perspective": {"yfov": 52, "znear": 0.1}}],
        "lights": [{"type": "directional"}],
        "models": [
            {
                "units": "mm",
                "translation": POSE_MM.tolist(),
                "rotation": POSE.as_quat().tolist(),
                "derivatives": derivatives,
                "annotations": [annotation],
            }
        ],
        "metas": [
            {
                "collection": {
                    "titles": {"FR": "La boîte", "EN": "The box"},
                    "intros": {"FR": "Une boîte.", "EN": "A box."},
                    "accession": "2026.1",
                },
                "articles": [
                    {"id": "story", "titles": {"FR": "L’histoire"}, "uris": {"FR": "articles/story-FR.html"}},
                    {
                        "id": "corner",
                        "titles": {"FR": "L’angle", "EN": "The corner"},
                        "uris": {"FR": "articles/corner-FR.html", "EN": "articles/corner-EN.html"},
                    },
                ],
                "leadArticle": 0,
                "audio": [{"id": "voice", "name": "Voix", "uris": {"FR": "audio/voice.opus"}}],
                "actions": [
                    {
                        "id": "a",
                        "type": "PlayAudio",
                        "trigger": "OnTourStep",
                        "triggerDetail": "Step2",
                        "audioId": "voice",
                    },
                    {"id": "b", "type": "PlayAnimation", "trigger": "OnClick"},
                ],
                "images": [{"uri": "thumb.jpg", "quality": "Thumb"}],
            },
            {"collection": {"titles": {"FR": "Boîte", "EN": "Box"}}},
        ],
        "setups": [
            {
                "units": "cm",
                "navigation": {"type": "Orbit", "orbit": {"orbit": [-15, 20, 0], "offset": [0, 0, 100]}},
                "background": {"style": "Solid"},
                "tours": [
                    {
                        "id": "9Ya68S8n2tnl",
                        "titles": {"FR": "Le tour", "EN": "The tour"},
                        "leads": {"FR": "Deux vues."},
                        "steps": [
                            {"id": "Step1", "titles": {"FR": "De loin", "EN": "From afar"}},
                            {"id": "Step2", "titles": {"FR": "De près", "EN": "Nearby"}},
                        ],
                    }
                ],
                "snapshots": {
                    "targets": [f"scenes/0/setup/{target}" for target in targets],
                    "states": [
                        {"id": "Step1", "duration": 1.5, "values": ["", "", [0, 0, 0], [0, 50, 400]]},
                        {"id": "Step2", "values": ["", "zH0MAqrRO3pJ", [0, 90, 0], [0, 0, 200]]},
                    ],
                },
            }
        ],
    }


def scene(folder: Path, of: dict[str, Any] | None = None) -> Path:
    """Write a scene with its files, and return its `scene.svx.json`."""
    for name in ("models", "images", "articles", "audio"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    box().write(folder / "models" / "box.glb")
    (folder / "images" / "facade.jpg").write_bytes(jpeg())
    (folder / "audio" / "voice.opus").write_bytes(opus())
    articles = {
        "story-FR": "<h1>L’histoire</h1><p>Il était une fois.</p><ul><li>un</li><li>deux</li></ul>",
        "corner-FR": (
            '<h1>L’angle</h1><p>Voir <a href="https://a.example/x">ici</a> <script>alert(1)</script>&amp; là.</p>'
        ),
        "corner-EN": "<h1>The corner</h1><p>Look <em>here</em>.</p><iframe src='x'></iframe>",
    }
    for name, html in articles.items():
        (folder / "articles" / f"{name}.html").write_text(html, encoding="utf-8")
    path = folder / "scene.svx.json"
    path.write_text(json.dumps(document() if of is None else of), encoding="utf-8")
    return path
