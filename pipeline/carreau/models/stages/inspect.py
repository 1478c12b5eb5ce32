"""Inspect a scan: its properties, its defects, and what a build does about them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from carreau.base.errors import TextureError
from carreau.base.messages import Message, Number, join_messages, message, printable
from carreau.base.model import Material, Mesh, Scan, Texture
from carreau.formats.images.image import decode
from carreau.formats.location.poses import NO_CAMERAS, CamerasBeside
from carreau.geometry.clouds.cloud_facts import CloudInspection, inspect_cloud, triple
from carreau.geometry.defects import Defects, Finding, count_defects, finding_lines, some
from carreau.geometry.location.placement import guess_unit, source_message, unit_warning
from carreau.geometry.location.stated_up import contradiction, contradiction_warning
from carreau.geometry.location.up_axis import (
    UpCandidate,
    likely_up,
    weak_up_warning,
)
from carreau.geometry.mesh_parts import bounding_box, find_body
from carreau.geometry.uv.layout import Layout, examine_layout

OVERLAPPING = 0.01
"""Share of the covered texels from which an atlas counts as overlapping: clean ones have 0.0003 of rounding."""


@dataclass(frozen=True)
class TextureFacts:
    """One texture of a scan.

    name : as the scan writes it
    uses : what it is for: "base", "normal", "occlusion", "metallic", "roughness", "emissive"
    materials : how many materials show it
    width, height : texels
    size_bytes : of the encoded image
    """

    name: str
    uses: tuple[str, ...]
    materials: int
    width: int
    height: int
    size_bytes: int


@dataclass(frozen=True)
class Inspection:
    """What a scan is.

    format, detail : "OBJ", "PLY", …, and its variant in words
    parts, materials, variants : names; a variant is a set of materials besides the default one
    triangles, vertices : as the file has them
    size : lengths along x, y, z in the scan's unit; `body` the same without fragments that float far off
    origin : the place its coordinates are counted from, in its own coordinates; zero unless they are very large
    unit : the unit the file says or probably means, None when the numbers fit none; `unit_stated` says which
    up : the axis the file says or probably means; `up_stated` says which
    up_sure : whether it is stated or guessed on strong evidence, and nothing contradicts it
    up_candidates : where it is not sure, the directions that may be up, the most likely first
    cameras : what the cameras beside it say about that, or why they are ignored, one sentence each
    has_normals, has_colors : whether corners have normals, and positions colours
    findings : what would be done, in the order it would be
    warnings : from reading, and about textures that cannot be decoded
    """

    name: str
    format: str
    detail: str
    files: tuple[str, ...]
    parts: tuple[str, ...]
    materials: tuple[str, ...]
    variants: tuple[str, ...]
    triangles: int
    vertices: int
    size: tuple[float, float, float]
    body: tuple[float, float, float]
    origin: tuple[float, float, float]
    unit: str | None
    unit_stated: bool
    unit_plausible: bool
    unit_reason: str
    up: str
    up_stated: bool
    up_reason: str
    up_sure: bool
    up_candidates: tuple[UpCandidate, ...]
    cameras: tuple[Message, ...]
    has_normals: bool
    has_colors: bool
    textures: tuple[TextureFacts, ...]
    missing_textures: tuple[str, ...]
    layout: Layout
    defects: Defects
    findings: tuple[Finding, ...]
    copyright: str
    warnings: tuple[Message, ...]

    def as_json(self) -> dict[str, object]:
        """Return the same as plain data."""
        return dataclasses.asdict(self)

    def lines(self) -> list[str]:
        """Return the same as messages, a fact a line."""
        rows = [*_facts(self), *_texture_rows(self)]
        lines = [self.name, *(message("  %(label)s: %(value)s", label=label, value=value) for label, value in rows)]
        lines += ["", message("What would be done"), *finding_lines(self.findings)]
        if self.warnings:
            lines += ["", message("Warnings"), *(message("  %(text)s", text=warning) for warning in self.warnings)]
        return lines


AnyInspection: TypeAlias = Inspection | CloudInspection
"""Of a mesh, or of a point cloud."""


def inspect(scan: Scan, cameras: CamerasBeside = NO_CAMERAS) -> AnyInspection:
    """Look at a scan as it was read, a mesh with the cameras beside it, or a point cloud."""
    return _inspect_mesh(scan, cameras) if scan.cloud is None else inspect_cloud(scan, scan.cloud)


def _inspect_mesh(scan: Scan, cameras: CamerasBeside) -> Inspection:
    mesh, facts = scan.mesh, scan.facts
    body = find_body(mesh)
    unit = guess_unit(mesh, facts.unit_m, facts.format)
    up = likely_up(mesh, cameras) if facts.up is None else None
    doubt = contradiction(mesh, facts.up, cameras, facts.unit_m) if facts.up and len(mesh.faces) else None
    guess = up or doubt
    is_sure = doubt is None and (up is None or up.confident)
    doubts = [unit_warning(unit, facts.unit_m) if len(mesh.faces) else None, weak_up_warning(up) if up else None]
    if facts.up and doubt:
        doubts.append(contradiction_warning(facts.up, facts.format, doubt))
    layout, defects = examine_layout(mesh), count_defects(mesh)
    textures = _textures(mesh.materials)
    missing = tuple(text for text in facts.warnings if "texture" in text and "missing" in text)
    return Inspection(
        name=scan.name,
        format=facts.format,
        detail=facts.detail,
        files=tuple(printable(path.name) for path in scan.files),
        parts=facts.parts,
        materials=tuple(material.name for material in mesh.materials),
        variants=facts.variants,
        triangles=len(mesh.faces),
        vertices=len(mesh.positions),
        size=triple(bounding_box(mesh.positions, mesh.faces).sides),
        body=triple(body.sides),
        origin=triple(mesh.origin),
        unit=unit.unit,
        unit_stated=facts.unit_m is not None,
        unit_plausible=unit.plausible,
        unit_reason=unit.reason,
        up=up.up if up else str(facts.up),
        up_stated=up is None,
        up_reason=up.reason if up else source_message(facts.format),
        up_sure=is_sure,
        up_candidates=guess.candidates if guess and not is_sure else (),
        cameras=guess.cameras if guess else (),
        has_normals=mesh.normals is not None,
        has_colors=mesh.colors is not None,
        textures=textures,
        missing_textures=missing,
        layout=layout,
        defects=defects,
        findings=tuple(_findings(mesh, defects, layout, textures)),
        copyright=facts.copyright,
        warnings=(
            *_undecodable(mesh.materials),
            *facts.warnings,
            *(text for text in doubts if text is not None),
        ),
    )


def describe(inspection: AnyInspection) -> str:
    """Return an inspection as text for people."""
    return "\n".join(inspection.lines())


def _textures(materials: tuple[Material, ...]) -> tuple[TextureFacts, ...]:
    """List each texture once, in the order materials name them."""
    textures: dict[object, tuple[Texture, list[str], set[int]]] = {}
    for number, material in enumerate(materials):
        for name, slot in material.slots.items():
            use = name.removesuffix("_map")
            _, uses, users = textures.setdefault(_image_key(slot.texture), (slot.texture, [], set()))
            users.add(number)
            if use not in uses:
                uses.append(use)
    return tuple(
        TextureFacts(texture.name, tuple(uses), len(users), texture.width, texture.height, texture.size_bytes)
        for texture, uses, users in textures.values()
    )


def _image_key(texture: Texture) -> object:
    return id(texture) if isinstance(texture.data, bytes) else texture.data


def _undecodable(materials: tuple[Material, ...]) -> Iterator[Message]:
    """Yield what is wrong with each texture whose header is readable and whose pixels are not, as a build refuses it.

    One is decoded at a time, since large scans have hundreds.
    """
    slots = (slot for material in materials for slot in material.slots.values())
    for texture in {_image_key(slot.texture): slot.texture for slot in slots}.values():
        try:
            decode(texture)
        except TextureError as error:
            yield message("no model can be built: %(error)s", error=error.message)


def _findings(mesh: Mesh, defects: Defects, layout: Layout, textures: tuple[TextureFacts, ...]) -> Iterator[Finding]:
    """Yield a finding for each kind of defect that the scan has, in the order of their treatment."""
    dropped, flipped = message("dropped"), message("flipped")
    loose = message("dropped: %(share)s of the surface", share=Number(defects.loose_share, ".3%"))
    spared = message("kept: together %(share)s of the surface", share=Number(defects.spared_share, ".1%"))
    findings = [
        Finding(message("triangles with non-finite coordinates"), defects.non_finite, dropped),
        Finding(message("unused vertices"), defects.unused, dropped),
        Finding(
            message("vertices at the same position as another"),
            defects.positions - defects.places,
            message("welded; UV seams are kept"),
        ),
        Finding(
            message("degenerate triangles (no area)"),
            defects.degenerate,
            message("dropped, and their neighbours joined"),
        ),
        Finding(message("duplicate triangles"), defects.duplicate, dropped),
        Finding(message("triangles on the back of another"), defects.opposite, dropped),
        Finding(message("triangles with inconsistent winding"), defects.turned, flipped),
        Finding(message("surface inside out"), int(defects.inside_out), flipped),
        Finding(
            message("boundary edges (holes and borders)"),
            defects.boundary,
            message("kept open; hairline cracks are closed"),
        ),
        Finding(message("non-manifold edges"), defects.non_manifold, message("kept, and welded without cracks")),
        Finding(message("loose pieces"), defects.loose, loose),
        Finding(message("more small pieces"), defects.spared, spared),
        *_texture_findings(mesh, layout, textures),
    ]
    return (finding for finding in findings if finding.count)


def _texture_findings(mesh: Mesh, layout: Layout, textures: tuple[TextureFacts, ...]) -> Iterator[Finding]:
    has_base = any("base" in texture.uses for texture in textures)
    overlap = round(100 * layout.overlap) if layout.overlap >= OVERLAPPING else 0
    colors = message("the vertex colours") if mesh.colors is not None else message("the material colours")
    yield Finding(
        message("triangles without UV coordinates"),
        layout.without if has_base else 0,
        message("shown in %(colors)s", colors=colors),
    )
    yield Finding(
        message("triangles with UV coordinates outside 0 to 1"),
        layout.outside,
        message("baked as the texture repeats"),
    )
    yield Finding(message("percent of the covered texels that overlap"), overlap, message("baked to a new atlas"))
    yield Finding(
        message("scan without a colour texture"),
        int(not has_base),
        message("given a texture baked from %(colors)s", colors=colors),
    )
    count = len(textures) if len(textures) > 1 else 0
    yield Finding(message("textures"), count, message("baked to one atlas, one material"))


def _facts(facts: Inspection) -> list[tuple[str, str]]:
    unit = facts.unit or message("unknown")
    rows = [
        (message("format"), join_messages([text for text in (facts.format, facts.detail) if text], ", ")),
        (message("files"), some(facts.files)),
        (message("parts"), _count(facts.parts)),
        (message("materials"), _count(facts.materials)),
        (message("variants"), _count(facts.variants) if facts.variants else ""),
        (message("triangles"), message("%(number)s", number=facts.triangles)),
        (
            message("vertices"),
            message(
                "%(vertices)s in the file, %(positions)s positions",
                vertices=facts.vertices,
                positions=facts.defects.places,
            ),
        ),
        (message("extent"), message("%(sides)s units (x, y, z)", sides=_sides(facts.size))),
        (message("without outliers"), _sides(facts.body) if max(facts.size) > 1.01 * max(facts.body) else ""),
        (message("origin"), "{:,.3f}, {:,.3f}, {:,.3f}".format(*facts.origin) if any(facts.origin) else ""),
        (
            message("unit"),
            message("%(unit)s: %(reason)s", unit=unit, reason=facts.unit_reason)
            if facts.unit_stated and facts.unit_plausible
            else message("likely %(unit)s: %(reason)s", unit=unit, reason=facts.unit_reason),
        ),
        (message("up"), message("%(axis)s: %(reason)s", axis=facts.up, reason=facts.up_reason)),
        *((message("may be up"), _candidate(candidate)) for candidate in facts.up_candidates),
        *((message("cameras"), text) for text in facts.cameras),
        (message("pieces"), message("%(number)s", number=facts.defects.pieces)),
        (message("attributes"), join_messages(_attributes(facts), ", ") or message("positions only")),
        (message("copyright"), facts.copyright),
    ]
    return [(label, value) for label, value in rows if value]


def _candidate(candidate: UpCandidate) -> Message:
    share = Number(candidate.share, ".0%")
    return message(
        "%(axis)s: %(share)s likely, %(option)s", axis=candidate.up, share=share, option=f"--up {candidate.up}"
    )


def _count(names: tuple[str, ...]) -> Message:
    if not names:
        return message("%(number)s", number=1)
    return message("%(number)s: %(names)s", number=len(names), names=some(names))


def _sides(sides: tuple[float, float, float]) -> str:
    return " × ".join(f"{side:,.4g}" for side in sides)


def _attributes(facts: Inspection) -> list[Message]:
    names = [
        (message("UV coordinates"), facts.layout.sets),
        (message("normals"), facts.has_normals),
        (message("vertex colours"), facts.has_colors),
    ]
    return [name for name, is_there in names if is_there]


def _texture_rows(facts: Inspection) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = [(message("texture"), _texture_text(texture)) for texture in facts.textures[:12]]
    if len(facts.textures) > len(rows):
        size = Number(sum(texture.size_bytes for texture in facts.textures) / 1e6, ",.1f")
        total = message("%(number)s in all, %(size)s MB", number=len(facts.textures), size=size)
        rows.append((message("textures"), total))
    rows += [(message("missing"), text) for text in facts.missing_textures]
    if facts.layout.sets:
        layout = message(
            "%(charts)s charts, %(covered)s covered, %(overlap)s overlapping",
            charts=facts.layout.charts,
            covered=Number(facts.layout.covered, ".0%"),
            overlap=Number(facts.layout.overlap, ".2%"),
        )
        rows.append((message("UV layout"), layout))
    return rows


def _texture_text(texture: TextureFacts) -> Message:
    return message(
        "%(name)s: %(uses)s, %(width)s × %(height)s, %(size)s MB",
        name=texture.name or message("(embedded)"),
        uses="+".join(texture.uses),
        width=Number(texture.width, "d"),
        height=Number(texture.height, "d"),
        size=Number(texture.size_bytes / 1e6, ",.2f"),
    )
