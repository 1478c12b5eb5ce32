"""Hold JSON against schemas as they are published, without the network."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from referencing import Registry
from referencing.jsonschema import DRAFT7, DRAFT202012


def json_schema(folder: Path, name: str) -> Validator:
    """Return what holds documents against one of the JSON schemas of a folder, which name each other by their `$id`.

    The files of IIIF are not all named as they call themselves (metadata.json, service.json): their `$id` counts.
    """
    return _validator({path.name: json.loads(path.read_bytes()) for path in folder.glob("*.json")}, name)


def yaml_schema(folder: Path, name: str) -> Validator:
    """Return the same of schemas in YAML, in which `null` has to be a word: YAML would make nothing of it."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.yaml")}
    quoted = {
        file: text.replace("type: null", 'type: "null"').replace("- null", '- "null"') for file, text in texts.items()
    }
    return _validator({file: yaml.safe_load(text) for file, text in quoted.items()}, name)


def _validator(schemas: dict[str, Any], name: str) -> Validator:
    registry: Registry[Any] = Registry()
    for file, content in schemas.items():
        resource = (DRAFT7 if "draft-07" in content.get("$schema", "") else DRAFT202012).create_resource(content)
        registry = registry.with_resources([(file, resource), (content.get("$id", file), resource)])
    schema = schemas[name]
    return validator_for(schema)(schema, registry=registry)


def faults(of: Validator, document: bytes | Any) -> list[str]:
    """Return what a schema does not allow."""
    data = json.loads(document) if isinstance(document, bytes) else document
    return [f"{each.json_path}: {each.message}"[:300] for each in _leaves(of.iter_errors(data))]


def _leaves(errors: Iterable[Any]) -> list[Any]:
    return sorted(errors, key=lambda each: str(each.json_path))
