"""Tell authored models from scans; the tasks that all levels of an authored model share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from carreau.base.errors import OptionError, ScanError, ValidationError
from carreau.base.messages import Message, message
from carreau.base.model import Mesh, Scan
from carreau.base.options import AUTO, ModelOptions
from carreau.formats.gltf.gltf import NO_ANIMATIONS, NO_MORPH_TARGETS, NO_SKINS
from carreau.formats.gltf_scene.scene import Authored
from carreau.formats.gltf_scene.scene_reader import is_animated
from carreau.formats.location.scan_toml import own_notes
from carreau.formats.registry import suffixes_of
from carreau.models.builders.input_files import place_files
from carreau.models.builders.scan_context import scan_of
from carreau.models.scenes.model_size import AS_IN_FILE, ModelSize, sized_scan, sized_scene, stated_size
from carreau.models.stages.check import check_plain
from carreau.models.stages.inspect import AnyInspection
from carreau.models.stages.measure import Sighting, sight
from carreau.models.stages.pack import pack_bare
from carreau.models.stages.read import read_authored
from carreau.runs.cache import Cache, InputFiles, Later, Task

REQUESTED = message("read as an authored model, as requested: its nodes, materials and animations are kept")
ANIMATED = message("read as an authored model, because it has animations, skins or morph targets: they are kept")
INSPECTION_NOTE = message(
    "it is animated: `carreau model` keeps its animations and reads it as an authored model, unless given --as scan"
)
ANIMATION_WARNINGS = (NO_ANIMATIONS, NO_SKINS, NO_MORPH_TARGETS)
"""Warnings of the scan reader that do not apply to an authored model."""

_SCAN_OPTIONS = ("epsg", "offset", "height", "crop", "ground")


@dataclass(frozen=True)
class SceneContext:
    """The tasks that all levels of an authored model share.

    scene : the complete scene
    is_one_surface : whether its shapes share their rims, and are simplified together so that no gap opens
    scan : its mesh at rest, from the scan reader
    mesh : of the scan; levels are measured against it
    sighting : renderings of the mesh
    bare : the scene as a plain GLB without textures
    reason : decision to read the file as an authored model
    step_m : of the positions in all levels, a power of two; 0 for one that suits the size of a level
    size : what the scene and the mesh were multiplied by
    solid : what of the mesh one cannot look through, where the poster shows the rest translucent, and all faces flat
    """

    scene: Task[Authored]
    scan: Task[Scan]
    mesh: Later[Mesh]
    sighting: Task[Sighting]
    bare: Task[bytes]
    reason: Message
    is_one_surface: bool = False
    step_m: float = 0.0
    size: ModelSize = AS_IN_FILE
    solid: Later[Mesh] | None = None


def is_authored(files: InputFiles, options: ModelOptions, cache: Cache) -> bool:
    """Return whether a file is built as an authored model: if requested, else if it is an animated glTF.

    Raises OptionError if this was requested for another format, or with options that apply to scans only.
    """
    path = files.path
    is_gltf = path.is_file() and _is_gltf(path)
    if options.taken_as == "authored" and not is_gltf:
        raise OptionError(
            message(
                "--as authored: '%(file)s' is neither GLB nor glTF; export it as one of them, or use --as scan",
                file=path.name,
            )
        )
    if not is_gltf or options.taken_as == "scan":
        return False
    authored = options.taken_as == "authored" or bool(cache.file_fact(path, "moves", is_animated))
    if authored:
        _refuse_options(options, path)
    return authored


def with_animation_note(inspection: AnyInspection, path: Path, cache: Cache) -> AnyInspection:
    """Return an inspection whose warnings say that the animations of a glTF are kept."""
    if not path.is_file() or not _is_gltf(path) or not cache.file_fact(path, "moves", is_animated):
        return inspection
    others = [text for text in inspection.warnings if text not in ANIMATION_WARNINGS]
    return replace(inspection, warnings=(INSPECTION_NOTE, *others))


def _is_gltf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"glTF" or path.suffix.lower() in suffixes_of("gltf")


def _refuse_options(options: ModelOptions, path: Path) -> None:
    given = [name for name in _SCAN_OPTIONS if getattr(options, name) not in ("", None)]
    given += [name for name, own in (("unit", "m"), ("up", "y")) if getattr(options, name) not in (AUTO, own)]
    if given:
        raise OptionError(
            message(
                "%(option)s: '%(file)s' is read as an authored model, whose unit, axes and origin are fixed; remove "
                "the option, or add --as scan",
                option=f"--{given[0]}",
                file=path.name,
            )
        )


def read_scene_context(files: InputFiles, options: ModelOptions, cache: Cache) -> SceneContext:
    """Return the shared tasks of an authored file; nothing runs yet, unless notes beside the file state its size."""
    scene, scan = cache.step(read_authored, files, label="read authored"), scan_of(files, cache)
    reason = REQUESTED if options.taken_as == "authored" else ANIMATED
    if not own_notes(files.path).is_file():
        return create_scene_context(scene, scan, reason, cache)
    size = cache.step(stated_size, place_files(files.path, cache), scan, label="size").value()
    if size.factor != 1:
        scene = cache.step(sized_scene, scene, size.factor, label="size authored")
        scan = cache.step(sized_scan, scan, size.factor, label="size scan")
    return replace(create_scene_context(scene, scan, reason, cache), size=size)


def create_scene_context(scene: Task[Authored], scan: Task[Scan], reason: Message, cache: Cache) -> SceneContext:
    """Return the tasks that follow from a scene and its mesh at rest."""
    mesh = scan.part(lambda scan: scan.mesh)
    return SceneContext(
        scene=scene,
        scan=scan,
        mesh=mesh,
        sighting=cache.step(sight, mesh, label="sight scan"),
        bare=cache.step(pack_bare, scene, label="pack bare"),
        reason=reason,
    )


def refuse_invalid(context: SceneContext, files: InputFiles, cache: Cache) -> None:
    """Check the scene with the Khronos validator before anything is built from it.

    Raises ScanError for an invalid file.
    """
    try:
        cache.step(check_plain, context.bare, files.path.name, label="check authored").value()
    except ValidationError as error:
        cure = message("export the model again from its original program")
        raise ScanError(files.path, "", error.message, cure) from error
