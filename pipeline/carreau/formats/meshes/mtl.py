"""Read the MTL libraries of an OBJ as materials.

Which lines are read, and why:
- `map_Kd` is the colour, and `Kd` is then ignored: photogrammetry programs write 0.2, 0.8 or 1 there by habit.
  `Kd` alone is sRGB, as in every OBJ viewer.
- `norm`, `map_Kn`, `map_norm`, and `map_Bump` or `bump` are normal maps, unless the image is grey by its header: that
  is a height map, which is left out with a warning. A height map saved as RGB is not recognised, because that needs
  decoding.
- `map_AO`, `map_occlusion` are occlusion. `map_Ka` is a copy of `map_Kd` in most exports: it is occlusion only by
  its file name, and the colour only where there is no `map_Kd`.
- `map_Pr` and `map_Pm` (or `Pr` and `Pm`) are roughness and metal, `map_Ke` (or `Ke`) is emission; a factor beside its
  map is ignored as `Kd` is. `Pr` alone is left out: exporters write 0.5 for every scan. `Pm` counts from 0.5 on.
- Clear coat, sheen, anisotropy (`Pc`, `Ps`, `aniso` …) and maps of shine (`map_Ks`, `map_Ns`) are left out with a
  warning. `Ks` and `Ns` alone are ignored: programs write them by habit, and no capture measures them.
- `map_d` is opacity: the alpha of its image, or its grey where it has none; the image of `map_Kd` without any alpha
  says nothing. `d`, or else 1 - `Tr`, counts where there is no map. One that hides the material altogether is taken
  for a habit of the program, as some write `Tr 1` for what is opaque.
- `illum` and displacement are left out.

A texture whose name contains `<UDIM>` is one texture for each tile that its faces use. So is one whose name contains
1001, where faces use another tile and its file exists.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePath

import numpy as np

from carreau.base.messages import Message, decode_text, message, plural_message
from carreau.base.model import AlphaMode, IntArray, Material, Texture, TextureSlot, Wrap, hidden, left_out_of_material
from carreau.formats.images.image import has_alpha, is_gray, open_texture
from carreau.formats.rows import number
from carreau.formats.safe_paths import FIRST, beside, has_token, may_be_tiled, tile_name

_KINDS = {"map_kd": "base", "map_ka": "ambient", "map_bump": "bump", "bump": "bump"}
_KINDS |= dict.fromkeys(("norm", "map_kn", "map_norm", "map_normal"), "normal")
_KINDS |= dict.fromkeys(("map_ao", "map_occ", "map_occlusion", "map_ambientocclusion"), "occlusion")
_KINDS |= {"map_d": "opacity"}
_KINDS |= {"map_pr": "roughness", "map_pm": "metallic", "map_ke": "emissive", "map_ks": "shine", "map_ns": "shine"}
_FACTORS = ("pr", "pm", "ke", "pc", "ps", "aniso", "d", "tr")
_LEFT_OUT = {"pc": "Pc", "ps": "Ps", "aniso": "aniso"}
_LEAST_METALLIC = 0.5
_SAYS_OCCLUSION = re.compile(r"(?:^|[^a-z])(?:ao|occ|occlusion|ambient.?occlusion)(?:[^a-z]|$)", re.IGNORECASE)


@dataclass(frozen=True)
class MtlMaterials:
    """Materials in the requested order and then those of further UDIM tiles, the files read, and warnings.

    tiles : by the index of a material whose textures are tiles, the index of its material for each tile in use
    """

    materials: tuple[Material, ...]
    files: tuple[Path, ...]
    warnings: tuple[Message, ...]
    tiles: Mapping[int, Mapping[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class MapLine:
    """An image as a map line names it.

    moves : whether its options shift or scale the texture
    """

    reference: str
    wrap: Wrap = Wrap.REPEAT
    moves: bool = False


@dataclass
class _Entry:
    """The lines after one `newmtl`; `folder` is the library's, from the scan's folder.

    factors : linear numbers after a keyword of `_FACTORS`
    """

    name: str
    folder: PurePath
    color: tuple[float, float, float] = (1.0, 1.0, 1.0)
    factors: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    maps: dict[str, MapLine] = field(default_factory=dict)


def _only_the_first(_material: int) -> tuple[int, ...]:
    return (FIRST,)


def read_all(
    scan: Path,
    libraries: tuple[str, ...],
    names: tuple[str, ...],
    tiles_in_use: Callable[[int], tuple[int, ...]] = _only_the_first,
) -> MtlMaterials:
    """Return a material for each of `names`, from the `mtllib` texts of an OBJ; see `MtlMaterials`.

    "" stands for faces before any `usemtl`. A library, material or texture that is missing is a warning.

    tiles_in_use : the UDIM tiles that the faces of a material use, by its index in names

    Raises TextureError for a texture that is no image, UnsafePathError for a reference out of the scan's folder.
    """
    library_reader = _MaterialLibrary(scan)
    entries: dict[str, _Entry] = {}
    for library in library_reader.find_libraries(libraries, names):
        for entry in _parse(library, PurePath(library.parent.relative_to(scan.parent))):
            entries.setdefault(entry.name, entry)
    if names == ("",) and len(entries) == 1:
        names = tuple(entries)
    materials: list[Material] = []
    further: list[Material] = []
    tiles: dict[int, dict[int, int]] = {}
    for index, name in enumerate(names):
        own = entries.get(name)
        used = library_reader.tiles(own, partial(tiles_in_use, index)) if own is not None else ()
        if own is None or not used:
            materials.append(library_reader.make(name, own, bool(entries)))
            continue
        first, *others = (library_reader.make(name, _of_tile(own, tile), bool(entries)) for tile in used)
        start = len(names) + len(further)
        tiles[index] = dict(zip(used, (index, *range(start, start + len(others))), strict=True))
        materials.append(first)
        further += others
    warnings = tuple(dict.fromkeys(library_reader.warnings))
    return MtlMaterials((*materials, *further), tuple(library_reader.files), warnings, tiles)


def _of_tile(entry: _Entry, tile: int) -> _Entry:
    maps = {kind: replace(line, reference=tile_name(line.reference, tile)) for kind, line in entry.maps.items()}
    return replace(entry, maps=maps)


def _parse(library: Path, folder: PurePath) -> list[_Entry]:
    """Return the entries of a library; invalid lines are ignored, as in other readers of MTL."""
    entries: list[_Entry] = []
    for line in library.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines():
        keyword, _, rest = unfold(line).partition(" ") if line.strip() else ("", "", "")
        keyword = keyword.lower()
        if keyword == "newmtl":
            entries.append(_Entry(rest, folder))
        elif entries and keyword == "kd":
            entries[-1].color = _linear(rest) or entries[-1].color
        elif entries and keyword in _FACTORS:
            numbers = _linear(rest) if keyword == "ke" else _numbers(rest.removeprefix("-halo "))
            entries[-1].factors |= {keyword: numbers} if numbers is not None else {}
        elif entries and keyword in _KINDS and (parsed := parse_map(rest)).reference:
            entries[-1].maps[_KINDS[keyword]] = parsed
    return entries


def _linear(text: str) -> tuple[float, float, float] | None:
    """Return the linear colour of the sRGB numbers after `Kd`, or None when they are none (`Kd spectral …`)."""
    values = _numbers(text)
    if values is None:
        return None
    r, g, b = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in values)
    return r, g, b


def _numbers(text: str) -> tuple[float, float, float] | None:
    """Return three numbers in 0..1, a single one repeated; None if they are not numbers."""
    try:
        values = [min(max(number(word.encode()), 0.0), 1.0) for word in text.split()[:3]]
    except ValueError:
        return None
    if len(values) == 1:
        values *= 3
    return (values[0], values[1], values[2]) if len(values) == 3 else None


@dataclass
class _MaterialLibrary:
    """Builds materials from entries; each file is opened once, and missing ones become warnings."""

    scan: Path
    files: list[Path] = field(default_factory=list)
    warnings: list[Message] = field(default_factory=list)
    textures: dict[Path, Texture] = field(default_factory=dict)

    def find_libraries(self, libraries: tuple[str, ...], names: tuple[str, ...]) -> list[Path]:
        """Return the libraries that exist: each text as one name, or else as several; the scan's own name at last."""
        paths: list[Path] = []
        for text in libraries:
            single = beside(self.scan, text)
            for name in [text] if single else text.split():
                path = single or beside(self.scan, name)
                if path is None:
                    self.warnings.append(message("the material library '%(name)s' is missing", name=name))
                else:
                    paths.append(path)
        own = None if paths else beside(self.scan, f"{self.scan.stem}.mtl", near=False)
        if own is not None:
            paths.append(own)
            self.warnings.append(message("'%(name)s' beside the scan is used as its material library", name=own.name))
        if not paths and not libraries and names != ("",):
            self.warnings.append(message("faces use materials, but no material library is named"))
        self.files.extend(dict.fromkeys(paths))
        return list(dict.fromkeys(paths))

    def tiles(self, entry: _Entry, in_use: Callable[[], tuple[int, ...]]) -> tuple[int, ...]:
        """Return the UDIM tiles that faces of a material use, none where its textures are no tiles."""
        names = [line.reference for line in entry.maps.values() if may_be_tiled(line.reference)]
        if not names:
            return ()
        tiles = in_use()
        if any(map(has_token, names)):
            return tiles
        others = (self._find(entry, tile_name(name, tile)) for name in names for tile in tiles if tile != FIRST)
        return tiles if any(others) else ()

    def make(self, name: str, entry: _Entry | None, has_others: bool) -> Material:
        """Return one material; the default one, under that name, when no library defines it.

        has_others : whether a library defines any material
        """
        if entry is None:
            if name and has_others:
                self.warnings.append(message("the material '%(name)s' is not defined; its faces are white", name=name))
            return Material(name)
        maps = entry.maps
        base = self._slot(entry, maps.get("base") or self._find_ambient(entry, occlusion=False))
        normal = self._normal(entry)
        occlusion = self._slot(entry, maps.get("occlusion") or self._find_ambient(entry, occlusion=True))
        material = Material(name, (1.0, 1.0, 1.0) if base else entry.color, base, normal, occlusion)
        return self._lit(entry, self._cut(entry, material))

    def _cut(self, entry: _Entry, material: Material) -> Material:
        """Return a material with its opacity."""
        if "opacity" in entry.maps:
            slot = self._slot(entry, entry.maps["opacity"])
            is_base = slot is not None and material.base is not None and slot.texture is material.base.texture
            if slot is None or (is_base and not has_alpha(slot.texture)):
                return material
            return replace(material, alpha_mode=AlphaMode.BLEND, opacity_map=slot)
        factors = {key: values[0] for key, values in entry.factors.items()}
        opacity = factors.get("d", 1.0 - factors.get("tr", 0.0))
        if opacity <= 0:
            self.warnings.append(hidden(entry.name))
        return replace(material, alpha_mode=AlphaMode.BLEND, opacity=opacity) if 0 < opacity < 1 else material

    def _lit(self, entry: _Entry, material: Material) -> Material:
        """Return a material with its metal, roughness and emission, and warn of what else reflects light."""
        slots = {key: self._slot(entry, entry.maps.get(key)) for key in ("metallic", "roughness", "emissive")}
        factors = {key: values[0] for key, values in entry.factors.items()}
        metallic = 1.0 if slots["metallic"] else factors.get("pm", 0.0) if "metallic" not in entry.maps else 0.0
        is_metal = metallic >= _LEAST_METALLIC
        glow = (1.0, 1.0, 1.0) if slots["emissive"] else entry.factors.get("ke", (0.0, 0.0, 0.0))
        if "emissive" in entry.maps and (slots["emissive"] is None or self._is_base(entry, "emissive")):
            glow, slots["emissive"] = (0.0, 0.0, 0.0), None
        self._warn_of_shine(entry, factors)
        return replace(
            material,
            metallic=metallic if is_metal else 0.0,
            roughness=factors.get("pr", 1.0) if is_metal and not slots["roughness"] else 1.0,
            metallic_map=slots["metallic"],
            roughness_map=slots["roughness"],
            emissive_color=glow,
            emissive=slots["emissive"],
        )

    def _is_base(self, entry: _Entry, key: str) -> bool:
        """Return whether a map is the colour again, as programs without lighting write it."""
        base = entry.maps.get("base")
        return base is not None and base.reference == entry.maps[key].reference

    def _warn_of_shine(self, entry: _Entry, factors: dict[str, float]) -> None:
        parts = [label for key, label in _LEFT_OUT.items() if factors.get(key)]
        if "shine" in entry.maps and not self._is_base(entry, "shine"):
            parts.append(f"'{PurePath(entry.maps['shine'].reference).name}'")
        if parts:
            self.warnings.append(left_out_of_material(entry.name, ", ".join(parts)))

    def _find_ambient(self, entry: _Entry, *, occlusion: bool) -> MapLine | None:
        """Return `map_Ka` where it is occlusion, or where it is the only colour there is."""
        ambient, base = entry.maps.get("ambient"), entry.maps.get("base")
        if ambient is None or (base is not None and base.reference == ambient.reference):
            return None
        says_so = _SAYS_OCCLUSION.search(PurePath(ambient.reference).stem) is not None
        return ambient if says_so == occlusion and (occlusion or base is None) else None

    def _normal(self, entry: _Entry) -> TextureSlot | None:
        slot = self._slot(entry, entry.maps.get("normal") or entry.maps.get("bump"))
        if slot is None or not isinstance(slot.texture.data, Path) or not is_gray(slot.texture.data):
            return slot
        self.warnings.append(
            message("'%(name)s' is a height map instead of a normal map, and is left out", name=slot.texture.name)
        )
        return None

    def _slot(self, entry: _Entry, line: MapLine | None) -> TextureSlot | None:
        if line is None:
            return None
        path = self._find(entry, line.reference)
        if path is None:
            self.warnings.append(
                message(
                    "the texture '%(name)s' of the material '%(material)s' is missing",
                    name=line.reference,
                    material=entry.name,
                )
            )
            return None
        if line.moves:
            self.warnings.append(
                message("the offset or scale of the texture '%(name)s' is ignored", name=line.reference)
            )
        if path not in self.textures:
            self.textures[path] = open_texture(PurePath(line.reference.replace("\\", "/")).name, path, self.scan)
            self.files.append(path)
        return TextureSlot(self.textures[path], 0, line.wrap, line.wrap)

    def _find(self, entry: _Entry, reference: str) -> Path | None:
        """Search the folder of the library, then that of the scan."""
        beside_library = entry.folder.parts and beside(self.scan, f"{entry.folder.as_posix()}/{reference}")
        return beside_library or beside(self.scan, reference)


_ARGUMENTS = dict.fromkeys(("-blendu", "-blendv", "-cc", "-clamp", "-imfchan", "-bm", "-boost", "-texres", "-type"), 1)
_ARGUMENTS |= {"-mm": 2, "-colorspace": 1}
_VECTORS = {"-o": "0", "-s": "1", "-t": "0"}
_TRAILING = re.compile(r"\s+(?=(?:" + "|".join([*_ARGUMENTS, *_VECTORS]) + r")\s)", re.IGNORECASE)


def parse_map(text: str) -> MapLine:
    """Parse a map line after its keyword, with options before the file name or, as some programs write, after it.

    >>> parse_map("-bm 1 -o 0 0 0 brick wall.png").reference
    'brick wall.png'
    """
    options, rest = _options(text.strip())
    reference, *trailing = _TRAILING.split(rest, maxsplit=1) if rest else [""]
    if trailing:
        options |= _options(trailing[0])[0]
    wrap = Wrap.CLAMP if options.get("-clamp", "").lower() == "on" else Wrap.REPEAT
    moves = any(_moves(options.get(name, ""), rest_value) for name, rest_value in _VECTORS.items())
    return MapLine(reference.strip().strip('"'), wrap, moves)


def _options(text: str) -> tuple[dict[str, str], str]:
    """Return the options that begin a text, and what follows them."""
    options: dict[str, str] = {}
    while text.startswith("-"):
        name, _, rest = text.partition(" ")
        key = name.lower()
        if key not in _ARGUMENTS and key not in _VECTORS:
            break
        taken: list[str] = []
        most = _ARGUMENTS.get(key, 3)
        while len(taken) < most and rest.strip():
            word, _, after = rest.lstrip().partition(" ")
            if key in _VECTORS and not _is_number(word):
                break
            taken.append(word)
            rest = after
        options[key], text = " ".join(taken), rest.lstrip()
    return options, text


def _is_number(word: str) -> bool:
    try:
        number(word.encode())
    except ValueError:
        return False
    return True


def _moves(values: str, neutral: str) -> bool:
    return any(number(word.encode()) != float(neutral) for word in values.split())


#: Lines, points, parameter-space vertices, free-form curves and surfaces.
_LEFT_OUT_OF_OBJ = ("l", "p", "vp", "curv", "curv2", "surf")
#: Smoothing, display and the grammar of free-form surfaces, none of which matters for a mesh.
_SILENT = re.compile(
    "s|mg|lod|bevel|[cd]_interp|shadow_obj|trace_obj|[cs]tech|usemap|maplib|call|csh"
    "|cstype|deg|bmat|step|parm|trim|hole|scrv|sp|end|con|bsp|bzp|cdc|cdp|res"
)
_SHOWN_WORDS = 3
_FOLD = re.compile(rb"[ \t]*\\(?:\r\n|\n|\r)[ \t]*")


@dataclass
class ObjLines:
    """The contents of those lines.

    libraries : the texts after `mtllib`
    materials : names in order of first use; "" for faces before any `usemtl`
    face_materials : (m,) int32, indices into materials
    parts : names of the groups and objects that hold a face
    """

    libraries: tuple[str, ...]
    materials: tuple[str, ...]
    face_materials: IntArray
    parts: tuple[str, ...]
    warnings: tuple[Message, ...]


@dataclass
class _Runs:
    """Names by runs of triangles."""

    names: list[str] = field(default_factory=lambda: [""])
    firsts: list[int] = field(default_factory=lambda: [0])

    def change(self, first: int, name: str) -> None:
        """Begin a new run at triangle `first`."""
        self.names.append(name)
        self.firsts.append(first)

    def of_triangles(self, count: int) -> tuple[tuple[str, ...], IntArray]:
        """Return the names that hold for any triangle, in order of first use, and (count,) int32 indices into them."""
        lengths = np.diff(np.array([*self.firsts, count], np.int64))
        numbers: dict[str, int] = {}
        used = [(name, length) for name, length in zip(self.names, lengths.tolist(), strict=True) if length > 0]
        indices = np.array([numbers.setdefault(name, len(numbers)) for name, _ in used], np.int32)
        return tuple(numbers), np.repeat(indices, [length for _, length in used])


def read_lines(events: list[tuple[int, bytes]], triangle_count: int) -> ObjLines:
    """Return what the lines say, each given with the number of triangles before it."""
    libraries: list[str] = []
    materials, parts, others = _Runs(), _Runs(), Counter[str]()
    for first, line in events:
        keyword, _, rest = unfold(line).partition(" ")
        if keyword == "mtllib":
            libraries.append(rest)
        elif keyword == "usemtl":
            materials.change(first, rest)
        elif keyword in ("g", "o"):
            parts.change(first, rest)
        elif not _SILENT.fullmatch(keyword):
            others[keyword] += 1
    names, face_materials = materials.of_triangles(triangle_count)
    groups = tuple(name for name in parts.of_triangles(triangle_count)[0] if name)
    return ObjLines(tuple(dict.fromkeys(libraries)), names, face_materials, groups, _warnings(others))


def unfold(line: bytes) -> str:
    r"""Return a line as text without blanks around it, its continuations joined; UTF-8, or else Windows-1252.

    >>> unfold(b"usemtl\tbrique \\\r\n rouge ")
    'usemtl brique rouge'
    """
    keyword, *rest = _FOLD.sub(b" ", line).strip().split(None, 1)
    return decode_text(b" ".join([keyword, *rest]))


def _warnings(others: Counter[str]) -> tuple[Message, ...]:
    """Return the warnings about lines that are left out, counted by their keyword."""
    elements = [keyword for keyword in others if keyword in _LEFT_OUT_OF_OBJ]
    unknown = [keyword for keyword in others if keyword not in _LEFT_OUT_OF_OBJ]
    warnings = []
    if elements:
        warnings.append(
            plural_message(
                "%(count)s element other than a face is left out (%(keywords)s)",
                "%(count)s elements other than faces are left out (%(keywords)s)",
                sum(others[keyword] for keyword in elements),
                keywords=tuple(elements),
            )
        )
    if unknown:
        warnings.append(
            plural_message(
                "%(count)s line is not valid OBJ and is left out (%(keywords)s)",
                "%(count)s lines are not valid OBJ and are left out (%(keywords)s)",
                sum(others[keyword] for keyword in unknown),
                keywords=tuple(f"'{keyword[:20]}'" for keyword in unknown[:_SHOWN_WORDS]),
            )
        )
    return tuple(warnings)
