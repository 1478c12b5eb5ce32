"""Say what a scan is, what is wrong with it, and what would be done about each."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from pipeline.geometry.clouds.cloud_facts import CloudInspection, inspect_cloud
from pipeline.geometry.extent import body_box, box_of
from pipeline.geometry.findings import Finding, finding_lines, some
from pipeline.geometry.location.scale import likely_unit
from pipeline.geometry.location.up_axis import likely_up, projected_up
from pipeline.geometry.repair.defects import Defects, count_defects
from pipeline.geometry.uv.layout import Layout, layout_of
from pipeline.model import Material, Mesh, Scan, Texture

OVERLAPPING = 0.01
"""Share of the covered texels from which an atlas counts as overlapping: clean ones have 0.0003 of rounding."""


@dataclass(frozen=True)
class TextureFacts:
    """One texture of a scan.

    name : as the scan writes it
    uses : what it is for: "base", "normal", "occlusion"
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
    parts, materials : names
    triangles, vertices : as the file has them
    size : lengths along x, y, z in the scan's unit; `body` the same without fragments that float far off
    origin : the place its coordinates are counted from, in its own coordinates; zero unless they are very large
    unit : the unit the file says or probably means, None when the numbers fit none; `unit_stated` says which
    up : the axis the file says or probably means; `up_stated` says which
    has_normals, has_colors : whether corners have normals, and positions colours
    findings : what would be done, in the order it would be
    warnings : from reading
    """

    name: str
    format: str
    detail: str
    files: tuple[str, ...]
    parts: tuple[str, ...]
    materials: tuple[str, ...]
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
    has_normals: bool
    has_colors: bool
    textures: tuple[TextureFacts, ...]
    missing_textures: tuple[str, ...]
    layout: Layout
    defects: Defects
    findings: tuple[Finding, ...]
    copyright: str
    warnings: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Return the same as plain data."""
        return dataclasses.asdict(self)

    def lines(self) -> list[str]:
        """Return the same for people, a fact a line."""
        rows = [*_facts(self), *_texture_rows(self)]
        width = max(len(label) for label, _ in rows) + 2
        lines = [self.name, *(f"  {label:<{width}}{text}" for label, text in rows)]
        lines += ["", "What would be done", *finding_lines(self.findings)]
        if self.warnings:
            lines += ["", "Warnings", *(f"  {warning}" for warning in self.warnings)]
        return lines


AnyInspection: TypeAlias = Inspection | CloudInspection
"""Of a mesh, or of a point cloud."""


def inspect(scan: Scan) -> AnyInspection:
    """Look at a scan as it was read, a mesh or a point cloud."""
    return _inspect_mesh(scan) if scan.cloud is None else inspect_cloud(scan, scan.cloud)


def _inspect_mesh(scan: Scan) -> Inspection:
    mesh, facts = scan.mesh, scan.facts
    body = body_box(mesh.positions, mesh.faces)
    projected = facts.unit_m is None and projected_up(mesh) is not None
    unit = likely_unit(float(body.sides.max()), facts.unit_m, facts.format, projected)
    up = likely_up(mesh) if facts.up is None else None
    layout, defects = layout_of(mesh), count_defects(mesh)
    textures = _textures(mesh.materials)
    missing = tuple(text for text in facts.warnings if "texture" in text and "missing" in text)
    return Inspection(
        name=scan.name,
        format=facts.format,
        detail=facts.detail,
        files=tuple(path.name for path in scan.files),
        parts=facts.parts,
        materials=tuple(material.name for material in mesh.materials),
        triangles=len(mesh.faces),
        vertices=len(mesh.positions),
        size=_triple(box_of(mesh.positions, mesh.faces).sides),
        body=_triple(body.sides),
        origin=_triple(mesh.origin),
        unit=unit.unit,
        unit_stated=facts.unit_m is not None,
        unit_plausible=unit.plausible,
        unit_reason=unit.reason,
        up=up.up if up else str(facts.up),
        up_stated=up is None,
        up_reason=up.reason if up else f"{facts.format} says so",
        has_normals=mesh.normals is not None,
        has_colors=mesh.colors is not None,
        textures=textures,
        missing_textures=missing,
        layout=layout,
        defects=defects,
        findings=tuple(_findings(mesh, defects, layout, textures)),
        copyright=facts.copyright,
        warnings=facts.warnings,
    )


def describe(inspection: AnyInspection) -> str:
    """Return an inspection as text for people."""
    return "\n".join(inspection.lines())


def _triple(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z


def _textures(materials: tuple[Material, ...]) -> tuple[TextureFacts, ...]:
    """List each texture once, in the order materials name them."""
    known: dict[object, tuple[Texture, list[str], set[int]]] = {}
    for number, material in enumerate(materials):
        for use in ("base", "normal", "occlusion"):
            slot = getattr(material, use)
            if slot is None:
                continue
            data = slot.texture.data
            key = id(slot.texture) if isinstance(data, bytes) else data
            _, uses, users = known.setdefault(key, (slot.texture, [], set()))
            users.add(number)
            if use not in uses:
                uses.append(use)
    return tuple(
        TextureFacts(texture.name, tuple(uses), len(users), texture.width, texture.height, texture.size_bytes)
        for texture, uses, users in known.values()
    )


def _findings(mesh: Mesh, found: Defects, layout: Layout, textures: tuple[TextureFacts, ...]) -> list[Finding]:
    """Return what would be done about what there is, and nothing about what there is not."""
    merged = found.positions - found.places
    all_findings = [
        Finding("triangles with a corner that is not a finite number", found.non_finite, "dropped"),
        Finding("vertices that no triangle uses", found.unused, "dropped"),
        Finding("vertices at the place of another", merged, "welded; seams stay in the texture coordinates"),
        Finding("degenerate triangles (no area)", found.degenerate, "dropped, and what they held together is joined"),
        Finding("duplicate triangles", found.duplicate, "dropped"),
        Finding("triangles stuck to the back of another", found.opposite, "dropped"),
        Finding("triangles wound against their neighbours", found.turned, "turned"),
        Finding("piece inside out", int(found.inside_out), "turned as a whole"),
        Finding("boundary edges (holes and rims)", found.boundary, "kept open; rims a hair apart are joined"),
        Finding("non-manifold edges", found.non_manifold, "kept: welded, they do not crack"),
        Finding("loose pieces", found.loose, f"dropped: {found.loose_share:.3%} of the surface"),
        Finding("more small pieces", found.spared, f"kept: together {found.spared_share:.1%} of the surface"),
    ]
    return [finding for finding in all_findings if finding.count] + _look_findings(mesh, layout, textures)


def _look_findings(mesh: Mesh, layout: Layout, textures: tuple[TextureFacts, ...]) -> list[Finding]:
    base = any("base" in texture.uses for texture in textures)
    overlap = round(100 * layout.overlap) if layout.overlap >= OVERLAPPING else 0
    colors = "the vertex colours" if mesh.colors is not None else "the material colours"
    all_findings = [
        Finding("triangles without texture coordinates", layout.without if base else 0, f"wear {colors}"),
        Finding("triangles outside 0..1 in the texture", layout.outside, "shown as the texture wraps, then baked"),
        Finding("percent of the covered texels overlap", overlap, "baked to a new atlas: the layout cannot be kept"),
        Finding("scan without a colour texture", int(not base), f"gets a texture baked from {colors}"),
        Finding("textures", len(textures) if len(textures) > 1 else 0, "baked to one atlas, one material"),
    ]
    return [finding for finding in all_findings if finding.count]


def _facts(found: Inspection) -> list[tuple[str, str]]:
    unit = found.unit or "unknown"
    stated = "" if found.unit_stated and found.unit_plausible else "likely "
    sides = " x ".join(f"{side:,.4g}" for side in found.size)
    rows = [
        ("format", f"{found.format} {found.detail}".strip()),
        ("files", some(found.files)),
        ("parts", f"{len(found.parts):,}: {some(found.parts)}" if found.parts else "1"),
        ("materials", f"{len(found.materials):,}: {some(found.materials)}"),
        ("triangles", f"{found.triangles:,}"),
        ("vertices", f"{found.vertices:,} in the file, {found.defects.places:,} places"),
        ("extent", f"{sides} units (x, y, z)"),
        ("unit", f"{stated}{unit}: {found.unit_reason}"),
        ("up", f"{found.up}: {found.up_reason}"),
        ("pieces", f"{found.defects.pieces:,}"),
        ("corners have", _corners(found)),
    ]
    if any(found.origin):
        rows.insert(7, ("origin", "{:,.3f}, {:,.3f}, {:,.3f}".format(*found.origin)))
    if max(found.size) > 1.01 * max(found.body):
        rows.insert(7, ("without strays", " x ".join(f"{side:,.4g}" for side in found.body)))
    if found.copyright:
        rows.append(("copyright", found.copyright))
    return rows


def _corners(found: Inspection) -> str:
    has = {"texture coordinates": found.layout.sets, "normals": found.has_normals, "vertex colours": found.has_colors}
    return ", ".join(name for name, there in has.items() if there) or "positions only"


def _texture_rows(found: Inspection) -> list[tuple[str, str]]:
    rows = [("texture", _texture_text(texture)) for texture in found.textures[:12]]
    if len(found.textures) > len(rows):
        size = sum(texture.size_bytes for texture in found.textures)
        rows.append(("", f"… {len(found.textures):,} textures in all, {size / 1e6:,.1f} MB"))
    rows += [("missing", text) for text in found.missing_textures]
    if found.layout.sets:
        layout = found.layout
        shares = f"covers {layout.covered:.0%}, overlaps {layout.overlap:.2%}"
        rows.append(("texture layout", f"{layout.charts:,} charts, {shares}"))
    return rows


def _texture_text(texture: TextureFacts) -> str:
    size = f"{texture.width:,} x {texture.height:,}, {texture.size_bytes / 1e6:,.2f} MB"
    return f"{texture.name or '(embedded)'}: {'+'.join(texture.uses)}, {size}"
