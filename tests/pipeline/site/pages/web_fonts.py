"""Cut the fonts of the pages from npm packages of Fontsource; `python -m tests.pipeline.site.pages.web_fonts FOLDER`.

FOLDER : `node_modules` with `@fontsource-variable/bricolage-grotesque` 5.3.0 and `@fontsource-variable/source-serif-4`
    5.3.1, and, for the widths of what stands in until a font is there, `@fontsource/arimo`, `roboto`, `tinos`,
    `gelasio` and `noto-serif` 5.x, which are as wide as Arial, Roboto, Times New Roman, Georgia and Noto Serif
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

from carreau.site.pages.addresses import FONTS

_PUNCTUATION = "Œœ–—‘’‚“”„…‹›•€™\u2009\u202f−×≤≥"
LATIN = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x100)])) + _PUNCTUATION
POLISH = "ĄąĆćĘęŁłŃńŚśŹźŻż"
_FEATURES = ["kern", "liga", "mark", "mkmk", "ccmp", "locl", "calt"]
_SAMPLE = "Grande fosse d’Anzin avec ses trois chevalements, cas unique dans le Bassin minier. The pit opened in 1903."


@dataclass(frozen=True)
class Cut:
    """What is cut from a font.

    heaviest : the weights from 400 to this stay
    name : inside the file; "Source" is a reserved name, which a changed version may not bear
    """

    source: str
    file: str
    name: str
    heaviest: int


CUTS = (
    Cut("@fontsource-variable/bricolage-grotesque/files/bricolage-grotesque-{}-wght-normal.woff2",
        "bricolage-grotesque-{}.woff2", "Bricolage Grotesque", 800),
    Cut("@fontsource-variable/source-serif-4/files/source-serif-4-{}-wght-normal.woff2",
        "carreau-serif-{}.woff2", "Carreau Serif", 700),
)  # fmt: skip


def cut(content: Path, letters: str, name: str, heaviest: int) -> bytes:
    """Return a font with these letters and weights only, as WOFF2."""
    options = subset.Options(layout_features=_FEATURES, hinting=False, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14])
    font = TTFont(content, recalcTimestamp=False)
    chooser = subset.Subsetter(options)
    chooser.populate(text=letters)
    chooser.subset(font)
    font = instancer.instantiateVariableFont(font, {"wght": (400, 400, heaviest)})
    for number in (1, 3, 4, 6):
        font["name"].setName(name.replace(" ", "") if number == 6 else name, number, 3, 1, 0x409)
    font.flavor = "woff2"
    written = BytesIO()
    font.save(written)
    return written.getvalue()


def mean_width(font: Any, text: str = _SAMPLE) -> float:
    """Return the mean advance of the letters of a text, in ems."""
    names, advances = font.getBestCmap(), font["hmtx"]
    widths = [advances[names[ord(each)]][0] for each in text]
    return float(sum(widths) / len(widths) / font["head"].unitsPerEm)


def _stand_ins(folder: Path) -> None:
    """Print `size-adjust`, `ascent-override` and `descent-override` of what stands in, for `styles/fonts.css`."""
    pairs = {"bricolage-grotesque": ("arimo", "roboto"), "carreau-serif": ("tinos", "gelasio", "noto-serif")}
    for name, stand_ins in pairs.items():
        font = TTFont(FONTS / f"{name}-latin.woff2")
        em = font["head"].unitsPerEm
        for other in stand_ins:
            file = folder / f"@fontsource/{other}/files/{other}-latin-400-normal.woff2"
            ratio = mean_width(font) / mean_width(TTFont(file))
            ascent, descent = font["hhea"].ascent / em / ratio, -font["hhea"].descent / em / ratio
            print(f"{name} for {other}: {ratio:.2%}, {ascent:.2%}, {descent:.2%}")


def main(folder: Path) -> None:
    """Write the files and print what their stand-ins need."""
    for each in CUTS:
        for source, kept, letters in (("latin", "latin", LATIN), ("latin-ext", "polish", POLISH)):
            content = cut(folder / each.source.format(source), letters, each.name, each.heaviest)
            (FONTS / each.file.format(kept)).write_bytes(content)
            print(each.file.format(kept), len(content))
    _stand_ins(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
