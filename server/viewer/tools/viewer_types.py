"""Write the viewer's types after the documents of the API, `python -m server.viewer.tools.viewer_types`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from carreau.base.languages import LANGUAGES
from carreau.base.levels import FEWER_BYTES, LESS_MEMORY, LEVELS, OFFERED, PHONE
from carreau.base.schema.lists import Hits, Pack, Territory
from carreau.base.schema.site import Site
from carreau.catalogue.site import ANNOTATION_TEXTS

TYPES = Path(__file__).parents[1] / "src" / "schema.ts"
_HEAD = "// Written by `python -m server.viewer.tools.viewer_types` from pipeline/carreau/base/schema; do not edit.\n"
_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def types_of_documents() -> str:
    """Return an interface for a site, the territory, a pack and what a search finds, and for each of their parts."""
    parts = dict[str, Any]()
    for document in (Site, Territory, Pack, Hits):
        schema = document.model_json_schema(mode="serialization")
        parts |= {**schema.pop("$defs"), document.__name__: schema}
    return _HEAD + _tables() + "".join(_interface(name, parts[name]) for name in sorted(parts))


def _tables() -> str:
    languages = ", ".join(f'"{code}"' for code in LANGUAGES)
    names = ", ".join(f'"{name}"' for name in OFFERED)
    lighter = ", ".join(
        f'"{name}": {{ of: "{of}", media: "image/{LEVELS[name].texture_format}" }}' for name, of in FEWER_BYTES.items()
    )
    texts = ", ".join(f'"{key}"' for key in ANNOTATION_TEXTS)
    smaller = ", ".join(f'"{name}": "{of}"' for name, of in LESS_MEMORY.items())
    return (
        f"\n/** Levels for screens, the smallest first. */\nexport const SCREEN_LEVELS = [{names}] as const;\n"
        "\n/** Other encodings of levels with fewer bytes, with the type of their images. */\n"
        f"export const FEWER_BYTES = {{ {lighter} }} as const;\n"
        f"\n/** Other encodings that take less memory. */\nexport const LESS_MEMORY = {{ {smaller} }} as const;\n"
        f"\n/** Texts below the title of an annotation. */\nexport const ANNOTATION_TEXTS = [{texts}] as const;\n"
        f"\n/** Languages of the texts; another is answered in the first one. */\n"
        f"export const LANGUAGES: readonly string[] = [{languages}];\n"
        f'\n/** The level for a client that asks for none. */\nexport const DEFAULT_LEVEL = "{PHONE.name}";\n'
    )


def _interface(name: str, told: dict[str, Any]) -> str:
    lines = "".join(f"  {line};\n" for line in _properties(told))
    summary = told.get("description", "").partition("\n")[0].rstrip(".")
    return f"\n/** {summary}. */\nexport interface {name} {{\n{lines}}}\n"


def _properties(told: dict[str, Any]) -> Iterator[str]:
    """Yield the properties; what may be null is left out of documents where it is."""
    for name, value in told["properties"].items():
        kinds = [kind for kind in value.get("anyOf", [value]) if kind.get("type") != "null"]
        is_left_out = len(kinds) < len(value.get("anyOf", kinds))
        yield f"readonly {name}{'?' if is_left_out else ''}: {' | '.join(map(_kind, kinds))}"


def _kind(value: dict[str, Any]) -> str:
    if "$ref" in value:
        return str(value["$ref"].rpartition("/")[2])
    if "enum" in value:
        return " | ".join(f'"{each}"' for each in value["enum"])
    if "const" in value:
        return f'"{value["const"]}"'
    if "anyOf" in value:
        return " | ".join(map(_kind, value["anyOf"]))
    if value["type"] == "array":
        if "prefixItems" in value:
            return f"readonly [{', '.join(map(_kind, value['prefixItems']))}]"
        return f"readonly ({_kind(value['items'])})[]"
    if value["type"] == "object":
        return f"Readonly<Record<string, {_kind(value['additionalProperties'])}>>"
    return _PLAIN[value["type"]]


if __name__ == "__main__":
    TYPES.write_text(types_of_documents(), encoding="utf-8")
