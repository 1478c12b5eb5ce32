"""Name the packages of the wheel: `locales/` lies in it as `pipeline/locales/`."""

from setuptools import find_namespace_packages, setup

packages = find_namespace_packages(include=["pipeline*", "server*"], exclude=["*node_modules*", "server.viewer*"])
setup(packages=[*packages, "pipeline.locales"], package_dir={"pipeline.locales": "locales"})
