"""Build all oddities, and write a page that shows each beside its truth: `python -m tests.real.oddities FOLDER`."""

from __future__ import annotations

import argparse
import html
import math
import sys
import tempfile
from base64 import b64encode
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from carreau.base.model import Mesh
from carreau.geometry.render.camera import FIELD_RAD, PinholeCamera
from carreau.geometry.render.views import render_views
from carreau.models.stages.read import read
from tests.real.oddities.checking import Outcome, build
from tests.real.oddities.table import LEVELS, Oddity, oddities
from tests.real.oddities.truth import Truth, column

SCANS = Path(__file__).parents[4] / "shared" / "scans"
PICTURE_PX = 220
EYE = (1.0, 0.55, 2.0)
"""Where the camera is, as seen from the middle: in front, to the right and a little above."""

STYLE = """
body { font: 15px/1.4 system-ui, sans-serif; margin: 1.5rem; }
table { border-collapse: collapse; }
th, td { border: 1px solid #ccc; padding: .4rem .6rem; text-align: left; vertical-align: top; }
.wrong { background: #fde8e6; }
img { display: block; background: #000; }
"""


def main() -> int:
    """Build them, write the page, and return 1 if any of them is not as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.real.oddities", description=__doc__)
    parser.add_argument("folder", type=Path, help="for index.html and the report of each build")
    parser.add_argument("--only", default="", help="part of the names of those to build")
    arguments = parser.parse_args()
    truth = column(SCANS)
    chosen = [oddity for oddity in oddities() if arguments.only in oddity.name]
    rows, wrong = [], 0
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        for number, oddity in enumerate(chosen):
            print(f"{number + 1} of {len(chosen)}: {oddity.name}", flush=True)
            text, is_wrong = _row(oddity, truth, Path(work) / str(number))
            rows.append(text)
            wrong += is_wrong
    page = arguments.folder / "index.html"
    page.write_text(_page(rows, wrong), "utf-8")
    print(f"{page}: {len(chosen)} oddities, {wrong} not as they must be")
    return int(wrong > 0)


def _row(oddity: Oddity, truth: Truth, folder: Path) -> tuple[str, bool]:
    """Return a row of the table, and whether something is wrong with it."""
    try:
        outcome = build(oddity, truth, folder)
    except AssertionError as error:
        return f'<tr class="wrong"><th>{html.escape(oddity.name)}<td colspan="4">{html.escape(str(error))}', True
    complaints = outcome.complaints(truth)
    pictures = "".join(f'<td><img src="{_data_url(each)}" alt="">' for each in _pictures(outcome))
    pictures += "<td>" * (len(LEVELS) - len(oddity.levels))
    figures = [*_figures(outcome), *complaints, *(f"warning: {each}" for each in outcome.warnings)]
    text = "<br>".join(map(html.escape, figures))
    kind = ' class="wrong"' if complaints else ""
    return f"<tr{kind}><th>{html.escape(oddity.name)}{pictures}<td>{text}", bool(complaints)


def _figures(outcome: Outcome) -> list[str]:
    lines = []
    for name in outcome.oddity.levels:
        size = " × ".join(f"{side:.4g}" for side in outcome.size_m[name])
        psnr, off = outcome.psnr_db[name], max(outcome.colors_off[name].values())
        likeness = "no pixel differs" if math.isinf(psnr) else f"{psnr:.1f} dB"
        lines.append(f"{name}: {size} m, {likeness}, colours within {off:.1f} levels")
    return lines


def _pictures(outcome: Outcome) -> list[Image.Image]:
    """Return pictures of the truth and of each level, from one side of the upright truth."""
    true = read(outcome.folder.parent / "truth" / "truth.obj").mesh
    places = true.positions @ outcome.matrix[:3, :3].T + outcome.matrix[:3, 3]
    model = [read(outcome.folder / f"{name}.glb").mesh for name in outcome.oddity.levels]
    low, high = places.min(axis=0), places.max(axis=0)
    upright = Mesh(places.astype(np.float32), true.faces, true.texcoords, materials=true.materials)
    return [
        _picture(mesh, (low + high) / 2 - mesh.origin, float(np.linalg.norm(high - low))) for mesh in (upright, *model)
    ]


def _picture(mesh: Mesh, middle: np.ndarray, size: float) -> Image.Image:
    toward = np.array(EYE) / np.linalg.norm(EYE)
    eye = middle + toward * 0.55 * size / np.tan(FIELD_RAD / 2)
    camera = PinholeCamera(eye, middle, np.array([0.0, 1.0, 0.0]), FIELD_RAD, 2 * PICTURE_PX, 2 * PICTURE_PX)
    return Image.fromarray(render_views(mesh, [camera]).colors[0])


def _data_url(picture: Image.Image) -> str:
    data = BytesIO()
    picture.save(data, "WEBP", quality=85)
    return "data:image/webp;base64," + b64encode(data.getvalue()).decode()


def _page(rows: list[str], wrong: int) -> str:
    heads = "".join(f"<th>{name}" for name in ("oddity", "truth", *LEVELS, "figures and warnings"))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Oddities of scans</title><style>{STYLE}</style>'
        f"<h1>Oddities of scans</h1><p>{len(rows)} oddities, {wrong} not as they must be.</p>"
        f"<table><tr>{heads}{''.join(rows)}</table></html>\n"
    )


if __name__ == "__main__":
    sys.exit(main())
