"""The XMP metadata of a GLB."""

from __future__ import annotations

import json
import struct
from typing import Any

from carreau.formats.writers.xmp_packet import EXTENSION


def packet_of(glb: bytes) -> dict[str, Any]:
    """Return the packet of a GLB's asset, empty for none."""
    document = json.loads(glb[20 : 20 + struct.unpack_from("<I", glb, 12)[0]])
    number = document["asset"].get("extensions", {}).get(EXTENSION, {}).get("packet")
    packet: dict[str, Any] = {} if number is None else document["extensions"][EXTENSION]["packets"][number]
    return packet
