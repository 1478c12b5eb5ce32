"""Mesh repair: the result is finite, welded and free of duplicates and dust, and does not crack when simplified.

Edges with three faces or more are kept: splitting their vertices would let the two sides drift apart in simplification,
whereas meshoptimizer keeps a vertex that is welded by position in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from carreau.base.messages import Message, Number, message, plural_message
from carreau.base.model import Mesh
from carreau.geometry.debris import LOOSE_SHARE, LOOSE_TOTAL, degenerate, doubles, loose_pieces, needles
from carreau.geometry.defects import check_winding, inward_piece, make_surface
from carreau.geometry.mesh_parts import (
    ConnectedMesh,
    compact,
    finite_faces,
    merge_positions,
    take_faces,
    tidy_normals,
    tidy_texcoords,
    weld_mesh,
)
from carreau.geometry.t_junctions import near_rim_pairs, split_tees, surroundings
from carreau.geometry.topology import BoolArray
from carreau.geometry.triangles import face_areas, vertex_normals

ROUNDS = 4
"""How often a step that can leave work behind is done again: real scans need two."""


@dataclass(frozen=True)
class CleanOptions:
    """What to mend, and how far to go.

    seam_tolerance : rims nearer than this part of the scan's diagonal are joined; 1e-5, 0 (never) to 1e-3
    loose_share : pieces with less than this share of the surface are dropped; 0.0005, 0 (never) to 0.1
    loose_total : share of the surface that all dropped pieces may make up together; 0.01, 0 to 1
    turn_faces : whether faces wound against their neighbours are turned; yes
    """

    seam_tolerance: float = 1e-5
    loose_share: float = LOOSE_SHARE
    loose_total: float = LOOSE_TOTAL
    turn_faces: bool = True


@dataclass(frozen=True)
class CleanFindings:
    """What was found and what was done about it; counts are of what the scan came with.

    non_finite : faces dropped because a corner is not a finite place
    welded : positions merged into another at the same place
    degenerate : faces dropped because they had no area
    duplicate, opposite : faces dropped because they lie on another, wound alike or against the surface around them
    stitched : rim vertices joined to another one across a hairline crack
    tees : rim edges split at a vertex of the rim across
    loose, loose_share : pieces dropped, and their share of the surface
    spared, spared_share : pieces as small that stayed, because all together they would have taken too much
    turned : faces turned to agree with their neighbours
    inside_out : whether the largest piece was turned as a whole
    unsure_winding : edges whose two faces still disagree
    unreferenced : positions dropped because no face used them
    doubled_area : of the duplicate and opposite faces, in the square of the mesh's unit
    lost_share : share of the surface, 0..1, that is not there any more; see `carreau.geometry.defects`
    boundary, non_manifold, pieces : edges with one face, edges with more than two, and pieces, of what is left
    """

    non_finite: int = 0
    welded: int = 0
    degenerate: int = 0
    duplicate: int = 0
    opposite: int = 0
    stitched: int = 0
    tees: int = 0
    loose: int = 0
    loose_share: float = 0.0
    spared: int = 0
    spared_share: float = 0.0
    turned: int = 0
    inside_out: bool = False
    unsure_winding: int = 0
    unreferenced: int = 0
    doubled_area: float = 0.0
    lost_share: float = 0.0
    boundary: int = 0
    non_manifold: int = 0
    pieces: int = 0

    @property
    def warnings(self) -> tuple[Message, ...]:
        """Return one sentence for each thing that a person should look at."""
        return tuple(_warnings(self))


@dataclass(frozen=True, eq=False)
class Cleaned:
    """A mended mesh, with what there was to mend."""

    mesh: Mesh
    findings: CleanFindings


def clean(mesh: Mesh, options: CleanOptions = CleanOptions()) -> Cleaned:
    """Return the mesh mended, with its faces in their order; it has no face at all when nothing had an area.

    Positions become places: one each, whatever texture coordinates and normals meet there. Cleaning a clean mesh
    changes nothing.
    """
    given = make_surface(mesh)
    state: State = ConnectedMesh(mesh), CleanFindings()
    # The order matters: welding shows collapsed faces, winding must agree before rims are joined, and pieces are
    # counted once cracks are closed.
    for step in (_drop_non_finite, _weld, _drop_collapsed, _turn, _close_cracks, _drop_loose, _turn_inside_out):
        state = step(*state, options)
    surface, findings = state
    left = replace(
        findings,
        lost_share=given.lost_share(surface.areas, findings.doubled_area),
        boundary=int(surface.edges.boundary.sum()),
        non_manifold=int(surface.edges.non_manifold.sum()),
        pieces=surface.components.count,
    )
    return Cleaned(_tidy(surface.mesh), left)


State = tuple[ConnectedMesh, CleanFindings]
Step = Callable[[ConnectedMesh, CleanFindings, CleanOptions], State]


def _drop_non_finite(surface: ConnectedMesh, findings: CleanFindings, _: CleanOptions) -> State:
    mesh = surface.mesh
    keep = finite_faces(mesh)
    return surface.over(take_faces(mesh, keep)), replace(findings, non_finite=int(np.count_nonzero(~keep)))


def _weld(surface: ConnectedMesh, findings: CleanFindings, _: CleanOptions) -> State:
    used = compact(surface.mesh)
    one = weld_mesh(used)
    unreferenced = len(surface.mesh.positions) - len(used.positions)
    merged = len(used.positions) - len(one.positions)
    return surface.over(one), replace(findings, unreferenced=unreferenced, welded=merged)


def _drop_collapsed(surface: ConnectedMesh, findings: CleanFindings, options: CleanOptions) -> State:
    """Drop faces without an area and faces that lie on one another, until what that brings together is dropped too."""
    for _round in range(ROUNDS):
        surface, findings, changed = _drop_once(surface, findings)
        if not changed.any():
            break
        mended = _clean_around(changed, _drop_collapsed, surface, findings, options)
        if mended is not None:
            surface, findings = mended
            break
    return surface.over(compact(surface.mesh)), findings


def _drop_once(surface: ConnectedMesh, findings: CleanFindings) -> tuple[ConnectedMesh, CleanFindings, BoolArray]:
    """Return what is left after one round, and (n,) the vertices around which there may be more to drop."""
    mesh = surface.mesh
    flat = degenerate(mesh.positions, mesh.faces)
    changed = np.zeros(len(mesh.positions), np.bool_)
    if flat.any():
        # A needle is more than dropped: the ends of its short side become one, or it would leave a crack.
        merged = needles(mesh.positions, mesh.faces[flat])
        mesh = merge_positions(take_faces(mesh, ~flat), merged.labels, merged.first)
        changed = np.bincount(merged.labels, minlength=len(merged.first)) > 1
    repeats, strays = doubles(mesh.faces, len(mesh.positions))
    changed[mesh.faces[strays].reshape(-1)] = True
    doubled = float(face_areas(mesh.positions, mesh.faces[repeats | strays]).sum())
    findings = replace(
        findings,
        degenerate=findings.degenerate + int(flat.sum()),
        duplicate=findings.duplicate + int(repeats.sum()),
        opposite=findings.opposite + int(strays.sum()),
        doubled_area=findings.doubled_area + doubled,
    )
    return surface.over(take_faces(mesh, ~(repeats | strays))), findings, changed


def _clean_around(
    vertices: BoolArray, step: Step, surface: ConnectedMesh, findings: CleanFindings, options: CleanOptions
) -> State | None:
    """Do a step on the surroundings of some vertices alone; return None if it must be done on the whole mesh."""
    # What is mended lies in a hundredth of a large scan: the step is repeated on that part, and put back if its
    # outermost faces did not change.
    part = surroundings(surface, vertices)
    if part is None:
        return None
    mended, noted = step(part.surface, findings, options)
    mesh = part.put_back(surface.mesh, mended.mesh)
    return None if mesh is None else (surface.over(mesh), noted)


def _turn(surface: ConnectedMesh, findings: CleanFindings, options: CleanOptions) -> State:
    """Turn faces that are wound against their neighbours: first, for a crack's two rims must run against each other."""
    if not options.turn_faces:
        return surface, findings
    winding = check_winding(surface)
    turned = findings.turned + int(winding.wrong.sum())
    return surface.turned(winding.wrong), replace(findings, turned=turned, unsure_winding=winding.unsure)


def _close_cracks(surface: ConnectedMesh, findings: CleanFindings, options: CleanOptions) -> State:
    """Join rims that all but touch; of a large mesh, only what lies around its rims is looked at more than once."""
    step = partial(_join_rims, options.seam_tolerance * surface.diagonal)
    for _round in range(ROUNDS):
        on_rim = np.zeros(len(surface.mesh.positions), np.bool_)
        on_rim[surface.rims.vertices[surface.rims.boundary].reshape(-1)] = True
        if not on_rim.any():
            break
        mended = _clean_around(on_rim, step, surface, findings, replace(options, turn_faces=False))
        if mended is None:
            return step(surface, findings, options)
        if mended[1].tees == findings.tees:
            return mended
        # Only in the whole can be told which faces those are that are the wrong way round.
        surface, findings = _turn(*mended, options)
        if surface is mended[0]:
            break
        surface, findings = _drop_collapsed(surface, findings, options)
    return surface, findings


def _join_rims(tolerance: float, surface: ConnectedMesh, findings: CleanFindings, options: CleanOptions) -> State:
    """Join rims nearer than the tolerance, vertex to vertex, then vertex to edge."""
    for _round in range(ROUNDS):
        near = near_rim_pairs(surface.mesh.positions, surface.rims, tolerance)
        stitched = len(surface.mesh.positions) - len(near.first)
        if not stitched:
            break
        surface = surface.over(merge_positions(surface.mesh, near.labels, near.first))
        findings = replace(findings, stitched=findings.stitched + stitched)
        surface, findings = _drop_collapsed(surface, findings, options)
    return _split_tees(tolerance, surface, findings, options)


def _split_tees(tolerance: float, surface: ConnectedMesh, findings: CleanFindings, options: CleanOptions) -> State:
    """Split rims at the vertices across; faces that this shows to be turned, or lays on others, may hide a few more."""
    for _round in range(ROUNDS):
        mesh, tees = split_tees(surface.mesh, surface.rims, tolerance)
        if not tees:
            break
        surface, findings = _turn(surface.over(mesh), replace(findings, tees=findings.tees + tees), options)
        surface, findings = _drop_collapsed(surface, findings, options)
    return surface, findings


def _drop_loose(surface: ConnectedMesh, findings: CleanFindings, options: CleanOptions) -> State:
    if surface.components.count < 2:
        return surface, findings
    loose = loose_pieces(surface.components, surface.areas, options.loose_share, options.loose_total)
    return surface.over(compact(take_faces(surface.mesh, ~loose.faces))), replace(
        findings,
        loose=loose.dropped,
        loose_share=loose.dropped_share,
        spared=loose.spared,
        spared_share=loose.spared_share,
    )


def _turn_inside_out(surface: ConnectedMesh, findings: CleanFindings, options: CleanOptions) -> State:
    """Turn the largest piece as a whole when it is closed and encloses less than nothing."""
    if not options.turn_faces:
        return surface, findings
    inward = inward_piece(surface)
    return surface.turned(inward), replace(findings, inside_out=bool(inward.any()))


def _tidy(mesh: Mesh) -> Mesh:
    """Return the mesh with whole texture coordinates or none at each face, and a unit normal at each corner."""
    normals = mesh.normals
    if normals is not None:
        normals = tidy_normals(normals, mesh.faces, lambda: vertex_normals(mesh.positions, mesh.faces))
    return replace(mesh, normals=normals, texcoords=tuple(tidy_texcoords(texcoords) for texcoords in mesh.texcoords))


def _warnings(findings: CleanFindings) -> Iterator[Message]:
    if findings.non_finite:
        yield plural_message(
            "%(count)s triangle with non-finite coordinates dropped",
            "%(count)s triangles with non-finite coordinates dropped",
            findings.non_finite,
        )
    if findings.loose_share > LOOSE_TOTAL:
        yield plural_message(
            "%(count)s loose piece dropped: %(share)s of the surface",
            "%(count)s loose pieces dropped: %(share)s of the surface",
            findings.loose,
            share=Number(findings.loose_share, ".1%"),
        )
    if findings.spared:
        yield plural_message(
            "%(count)s small loose piece kept: it is %(share)s of the surface",
            "%(count)s small loose pieces kept: together they are %(share)s of the surface",
            findings.spared,
            share=Number(findings.spared_share, ".1%"),
        )
    if findings.inside_out:
        yield message("the surface was inside out and has been flipped")
    if findings.unsure_winding:
        yield plural_message(
            "%(count)s edge whose triangles face opposite sides left unchanged",
            "%(count)s edges whose triangles face opposite sides left unchanged",
            findings.unsure_winding,
        )
