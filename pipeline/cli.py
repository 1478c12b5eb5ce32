"""The `carreau` command: arguments in, one line a failure out; what it does lies elsewhere."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pipeline.errors import CarreauError, OptionError
from pipeline.levels import LEVELS
from pipeline.options import AUTO, UNITS, UP_AXES

_DEFECT = 70  # EX_SOFTWARE of sysexits.h
_INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 done, 1 failed, 2 bad scan or option, 70 defect, 130 interrupted."""
    chosen = parser().parse_args(arguments)
    code = chosen.run(chosen)
    if code == _INTERRUPTED and threading.active_count() > 1:
        # A step in a native library cannot be stopped, and Python would wait for it. Nothing half made is kept.
        sys.stderr.flush()
        os._exit(code)
    return int(code)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command."""
    whole = argparse.ArgumentParser(
        "carreau", description="Turn scans of mining heritage into models any phone can open."
    )
    commands = whole.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _model_arguments(commands.add_parser("model", help="make the models, poster and report of scans"))
    _inspect_arguments(commands.add_parser("inspect", help="say what a scan is, and what would be done about it"))
    _compare_arguments(commands.add_parser("compare", help="measure how far a model is from its scan"))
    _cache_arguments(commands.add_parser("cache", help="show or prune what earlier runs kept"))
    return whole


def _model_arguments(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("scans", nargs="+", type=Path, metavar="SCAN", help="OBJ, PLY, GLB, glTF or STL file")
    add(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder for the models; one folder each in it for several scans",
    )
    add("--name", default="", help="what to call the model (default: the scan's file name)")
    add("--unit", default=AUTO, choices=(AUTO, *UNITS), help="unit of the scan's coordinates (default: %(default)s)")
    add("--up", default=AUTO, choices=(AUTO, *UP_AXES), help="axis that points up in the scan (default: %(default)s)")
    add("--levels", default=",".join(LEVELS), help="levels to make, separated by commas (default: %(default)s)")
    add(
        "--jobs",
        type=int,
        default=os.cpu_count() or 1,
        metavar="N",
        help="steps that may run at once (default: %(default)s)",
    )
    add("--source", default="", help="where the scan comes from, written into the models")
    add("--licence", default="", help="licence of the models, written into them")
    add("--credit", default="", help="whom to name, written into the models")
    add("--quiet", action="store_true", help="print nothing but failures")
    command.set_defaults(run=_model)


def _inspect_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("scan", type=Path, metavar="SCAN", help="OBJ, PLY, GLB, glTF or STL file")
    command.add_argument("--json", action="store_true", help="print JSON instead of text")
    command.set_defaults(run=_inspect)


def _compare_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("scan", type=Path, metavar="SCAN", help="the scan a model was made from")
    command.add_argument("model", type=Path, metavar="MODEL", help="the model, ours or anybody's")
    command.add_argument("--json", action="store_true", help="print JSON instead of text")
    command.set_defaults(run=_compare)


def _cache_arguments(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--prune", action="store_true", help="remove what no run can use any more, since the code or a library changed")
    add("--max-size", metavar="SIZE", help="remove the least recently used beyond a size, such as 500M or 20G")
    add("--older-than", metavar="AGE", help="remove what was not used for so long, such as 12h or 30d")
    add("--clear", action="store_true", help="remove everything")
    add("--json", action="store_true", help="print JSON instead of text")
    command.set_defaults(run=_cache)


def _model(chosen: argparse.Namespace) -> int:
    names = _folder_names(chosen.scans) if len(chosen.scans) > 1 else [""]
    codes = []
    for scan, name in zip(chosen.scans, names, strict=True):
        out = chosen.out / name
        codes.append(_guarded(partial(_build, chosen, scan, out), out, chosen.quiet))
        if codes[-1] == _INTERRUPTED:
            break
    return max(codes)


def _build(chosen: argparse.Namespace, scan: Path, out: Path, progress: Any) -> None:
    from pipeline.cache import Cache, default_root
    from pipeline.flow import build_models
    from pipeline.options import ModelOptions
    from pipeline.run import watching

    if chosen.name and len(chosen.scans) > 1:
        raise OptionError("--name: names one scan, and several were given; leave it out to use their file names")
    levels = tuple(name.strip() for name in chosen.levels.split(",") if name.strip())
    said = {key: getattr(chosen, key) for key in ("name", "unit", "up", "jobs", "source", "licence", "credit")}
    cache = Cache(default_root())
    with watching(cache, progress):
        report = build_models(scan, ModelOptions(out=out, levels=levels, **said), cache, progress)
    if not chosen.quiet:
        _show(report, False, progress)


def _folder_names(scans: Sequence[Path]) -> list[str]:
    """Return a folder for each scan: its stem, its folder's name before it where two share a stem, then a number."""
    names: list[str] = []
    for scan in scans:
        alike = [other for other in scans if other.stem == scan.stem]
        name = scan.stem if len(alike) == 1 else f"{scan.absolute().parent.name}-{scan.stem}"
        taken = sum(other.partition("#")[0] == name for other in names)
        names.append(f"{name}#{taken + 1}" if taken else name)
    return [name.replace("#", "-") for name in names]


def _inspect(chosen: argparse.Namespace) -> int:
    def show(progress: Any) -> None:
        from pipeline.cache import Cache, default_root
        from pipeline.flow import inspect_scan
        from pipeline.run import watching

        cache = Cache(default_root())
        with watching(cache, progress):
            found = inspect_scan(chosen.scan, cache, progress)
        _show(found, chosen.json, progress)

    return _guarded(show)


def _compare(chosen: argparse.Namespace) -> int:
    def show(progress: Any) -> None:
        from pipeline.cache import Cache, default_root
        from pipeline.flow import compare_model
        from pipeline.run import watching

        cache = Cache(default_root())
        with watching(cache, progress):
            found = compare_model(chosen.scan, chosen.model, cache, progress)
        _show(found, chosen.json, progress)

    return _guarded(show)


def _cache(chosen: argparse.Namespace) -> int:
    def show(progress: Any) -> None:
        from pipeline.upkeep import keep_up, parse_age, parse_size

        size = 0 if chosen.clear else parse_size("--max-size", chosen.max_size)
        _show(keep_up(size, parse_age("--older-than", chosen.older_than), chosen.prune), chosen.json, progress)

    return _guarded(show, quiet=True)


def _show(result: Any, as_json: bool, progress: Any) -> None:
    import json

    progress.close()
    if as_json:
        print(json.dumps(result.as_json(), indent=2, ensure_ascii=False))
    else:
        print("\n".join(result.lines()))


def _guarded(action: Callable[[Any], None], out: Path | None = None, quiet: bool = False) -> int:
    """Run an action with something that shows its progress; return its exit code and print one line when it fails."""
    from pipeline.progress import Logged, for_stream

    log: Logged | None = None
    try:
        shown = for_stream(sys.stderr, quiet)
        try:
            log = Logged(shown, out / "build.log") if out else None
            action(log or shown)
            sys.stdout.flush()
        except CarreauError as error:
            if log:
                _end_log(log, error)
            raise
        finally:
            (log or shown).close()
    except CarreauError as error:
        return _failed(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _failed("interrupted; what is finished is kept, and the next run goes on from there", _INTERRUPTED)
    except BrokenPipeError:  # `carreau inspect … | head` has read enough; Python would complain again at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except MemoryError:
        return _failed("not enough memory; close other programs or use --jobs 1", 1)
    except Exception as error:
        return _defect(error, log.path if log else None)
    return 0


def _end_log(log: Any, error: CarreauError) -> None:
    """Let a log end with what failed; a scan or option that is refused leaves none, since its line says it all."""
    if error.exit_code == 2:
        log.discard()
    else:
        log.log(str(error))


def _failed(message: str, code: int) -> int:
    print(f"carreau: {' '.join(message.split())}", file=sys.stderr)
    return code


def _defect(error: Exception, log: Path | None) -> int:
    from pipeline.cache import default_root

    path = log or default_root() / "defect.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            traceback.print_exception(error, file=file)
    except OSError:
        traceback.print_exception(error)
    kind = type(error).__name__
    return _failed(f"this is a defect of Carreau ({kind}: {error}); please report it with {path}", _DEFECT)


if __name__ == "__main__":
    sys.exit(main())
