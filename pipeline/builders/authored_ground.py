"""Tell an authored model from a scan, and make what all its levels start from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.builders.scan_context import scan_of
from pipeline.cache.cache import Cache, InputFiles, Later, Task
from pipeline.errors import OptionError, ScanError, ValidationError
from pipeline.formats.gltf_scene.reading import is_animated
from pipeline.formats.gltf_scene.scene import Authored
from pipeline.formats.registry import suffixes_of
from pipeline.messages import Message, message
from pipeline.model import Mesh, Scan
from pipeline.options import AUTO, ModelOptions
from pipeline.stages.check import check_plain
from pipeline.stages.inspect import AnyInspection
from pipeline.stages.measure import Sighting, sight
from pipeline.stages.scene_pack import pack_bare
from pipeline.stages.scene_read import read_authored

ASKED = message("read as an authored model, as requested: its nodes, materials and animations are kept")
FOUND = message("read as an authored model, because it has animations, skins or morph targets: they are kept")
WAY = message(
    "it is animated: `carreau model` keeps its animations and reads it as an authored model, unless given --as scan"
)
OF_MOTION = ("animations are left out", "skins are left out", "morph targets are left out")
"""What the reader of scans warns of, which is not so of an authored model."""

_OF_SCANS = ("epsg", "offset", "height", "crop", "ground")


@dataclass(frozen=True)
class AuthoredGround:
    """What all levels of an authored model start from.

    scene : it whole, to be written again
    scan : as a mesh at rest, read by the reader of scans
    mesh : what levels are measured against
    sighting : how that looks
    bare : it whole as a plain GLB without its pictures
    why : the decision to read it as one
    """

    scene: Task[Authored]
    scan: Task[Scan]
    mesh: Later[Mesh]
    sighting: Task[Sighting]
    bare: Task[bytes]
    why: Message


def is_authored(files: InputFiles, options: ModelOptions, cache: Cache) -> bool:
    """Say whether a model goes the way of authored ones: as asked for, else when it is a glTF that moves.

    Raises OptionError where that was asked for of what is no glTF, or with options that only scans take.
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
    found = options.taken_as == "authored" or bool(cache.file_fact(path, "moves", is_animated))
    if found:
        _refuse_options(options, path)
    return found


def with_its_way(inspection: AnyInspection, path: Path, cache: Cache) -> AnyInspection:
    """Return an inspection that says, of a glTF that moves, what becomes of its motion."""
    if not path.is_file() or not _is_gltf(path) or not cache.file_fact(path, "moves", is_animated):
        return inspection
    kept = [text for text in inspection.warnings if not text.startswith(OF_MOTION)]
    return replace(inspection, warnings=(WAY, *kept))


def _is_gltf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"glTF" or path.suffix.lower() in suffixes_of("gltf")


def _refuse_options(options: ModelOptions, path: Path) -> None:
    said = [name for name in _OF_SCANS if getattr(options, name) not in ("", None)]
    said += [name for name, own in (("unit", "m"), ("up", "y")) if getattr(options, name) not in (AUTO, own)]
    if said:
        raise OptionError(
            message(
                "%(option)s: '%(file)s' is read as an authored model, whose unit, axes and origin are fixed; remove "
                "the option, or add --as scan",
                option=f"--{said[0]}",
                file=path.name,
            )
        )


def authored_ground(files: InputFiles, options: ModelOptions, cache: Cache) -> AuthoredGround:
    """Return the steps that all levels start from; nothing runs yet."""
    scene = cache.step(read_authored, files, label="read authored")
    scan = scan_of(files, cache)
    mesh = scan.part(lambda scan: scan.mesh)
    return AuthoredGround(
        scene=scene,
        scan=scan,
        mesh=mesh,
        sighting=cache.step(sight, mesh, label="sight scan"),
        bare=cache.step(pack_bare, scene, label="pack bare"),
        why=ASKED if options.taken_as == "authored" else FOUND,
    )


def refuse_invalid(ground: AuthoredGround, files: InputFiles, cache: Cache) -> None:
    """Have the Khronos validator look at the scene before anything is made of it.

    Raises ScanError for what its author's program did wrong.
    """
    try:
        cache.step(check_plain, ground.bare, files.path.name, label="check authored").value()
    except ValidationError as error:
        cure = message("export the model again from its original program")
        raise ScanError(files.path, "", error.message, cure) from error
