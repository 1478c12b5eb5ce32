"""Speak WFS, WMS and ranges on this machine as the open data services were recorded to do, faults included."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import re
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
from PIL import Image

from carreau.air.survey.source import AHEAD
from tests.survey_stand_in.copc_file import PLAIN, PointLayout
from tests.survey_stand_in.landscape import Ground, point_file
from tests.survey_stand_in.replay import Recording
from tests.survey_stand_in.streets import routing_answer

CURRENT_INDEX = "IGNF_LIDAR-HD_METADONNEE:metadata"
OLD_INDEX = "IGNF_LIDAR-HD_TA:nuage-dalle"
WITHDRAWN_INDEX = "IGNF_NUAGES-DE-POINTS-LIDAR-HD:dalle"
BUILDINGS = "BDTOPO_V3:batiment"
FLIGHTS = "ORTHOIMAGERY.ORTHOPHOTOS.GRAPHE-MOSAIQUAGE:graphe_bdortho"
_TILE = re.compile(r"LHD_FXX_(\d{4})_(\d{4})_")
_GROUND = Ground()
LONGEST_EDGE = 5010
_EXCEPTION = "<ows:ExceptionReport><ows:Exception><ows:ExceptionText>{}</ows:ExceptionText></ows:Exception>"
_SERVICE_EXCEPTION = (
    '<ServiceExceptionReport><ServiceException code="LayerNotDefined">{}</ServiceException></ServiceExceptionReport>'
)


@dataclass
class World:
    """What the stand-in has, and how it misbehaves.

    unpublished : tiles without points, by km of their north-west corner
    half : tiles of which only the west half has points
    edition : of every tile
    block : of every tile; empty where neither mission nor address name it
    old_properties : whether the dates stand in a JSON text, and other old names
    undated : whether the index has no days of flight
    gps : first and last GPS time of every tile, adjusted, seconds
    flights : mosaics of pictures: west and east in metres, scale, day
    systems : system of coordinates by tile, where it is another
    addresses : address by tile, where it is another than it should be
    duplicates : tiles that are listed in an older edition too
    page : most features of an answer, whatever was asked for
    matched : what `numberMatched` says, None for the truth
    ranges : how parts are answered: "206", "200", "403", "404", "416", "wrong", "bare", "page"; as zeros, "no index" or
        "no points"; by the begin of the path
    faults : what is answered to the next requests of a path's begin: (status, headers) or "cut"
    pictures : "white", "black", "xml", "gateway", "small", "clear" by layer; else true pictures
    ends : east of which pictures are white by layer, metres
    voids : what stands for no height by layer, for all of the raster
    classes : whether points have classes
    layout : of the records of points
    system_in : where tiles state their coordinate system; see `CopcFile`
    ways : "none", "moved", "short", "text", "list", "unsaid" for answers about ways that are no good
    heights : "void", "few", "text", "none" for answers about heights that are no good
    delay_s : before each answer
    recording : whose answers are given instead
    cookie : that every answer sets
    maps : layer, width, height and bounds of each raster that was asked for
    """

    unpublished: set[tuple[int, int]] = field(default_factory=set)
    half: set[tuple[int, int]] = field(default_factory=set)
    edition: str = "2025-06-06"
    block: str = "LB"
    old_properties: bool = False
    undated: bool = False
    gps: tuple[float, float] = (0.0, 0.0)
    flights: list[tuple[float, float, int, str]] = field(
        default_factory=lambda: [(0.0, 2e6, 50, "2018-07-01"), (0.0, 2e6, 20, "2024-07-30")]
    )
    systems: dict[tuple[int, int], str] = field(default_factory=dict)
    epsg: int = 2154
    addresses: dict[tuple[int, int], str] = field(default_factory=dict)
    duplicates: set[tuple[int, int]] = field(default_factory=set)
    page: int = 5000
    matched: int | None = None
    ranges: dict[str, str] = field(default_factory=dict)
    faults: dict[str, deque[Any]] = field(default_factory=dict)
    pictures: dict[str, str] = field(default_factory=dict)
    ends: dict[str, float] = field(default_factory=dict)
    voids: dict[str, float] = field(default_factory=dict)
    has_buildings: bool = True
    compress: bool = True
    delay_s: float = 0.0
    bomb: bool = False
    classes: bool = True
    layout: PointLayout = PLAIN
    system_in: str = "vlr"
    ways: str = ""
    heights: str = ""
    asked: Counter[str] = field(default_factory=Counter)
    recording: Recording | None = None
    cookie: str = ""
    maps: list[tuple[str, int, int, tuple[float, float, float, float]]] = field(default_factory=list)
    sent_bytes: int = 0
    agents: set[str] = field(default_factory=set)

    def fault(self, path: str) -> Any:
        """Return the next fault of a path, None without one."""
        for begin, waiting in self.faults.items():
            if path.startswith(begin) and waiting:
                return waiting.popleft()
        return None


class StandIn:
    """A server that runs."""

    def __init__(self, server: ThreadingHTTPServer, world: World) -> None:
        """Keep the server and its world."""
        self._server, self.world = server, world

    @property
    def address(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def services(self, **more: str) -> str:
        """Return a `services.toml` that asks it, as fast as it can.

        more : lines by table
        """
        tables = {
            "client": 'hosts = ["127.0.0.1"]\ntimeout_s = 20\nretries = 3\nlongest_wait_s = 5',
            "place": "",
            "index": f'address = "{self.address}/wfs/ows"\nhost = "127.0.0.1:0"\nper_s = 1000.0',
            "points": "per_s = 2000.0",
            "flights": f'address = "{self.address}/wfs/ows"\nper_s = 1000.0',
            "orthophoto": f'address = "{self.address}/wms-r/wms"\nper_s = 3000.0',
            "historic": f'address = "{self.address}/wms-r/wms"\nper_s = 3000.0',
            "terrain": f'address = "{self.address}/wms-r/wms"\nper_s = 3000.0',
            "buildings": f'address = "{self.address}/wfs/ows"\nper_s = 1000.0',
            "way": f'address = "{self.address}/navigation/itineraire"\nper_s = 4000.0\n'
            f'capabilities = "{self.address}/navigation/getcapabilities"',
            "heights": f'address = "{self.address}/altimetrie/1.0/calcul/alti/rest/elevation.json"\nper_s = 4000.0',
        }
        return "\n".join(f"[{name}]\n{lines}\n{more.get(name, '')}" for name, lines in tables.items()) + "\n"


@contextmanager
def stand_in(world: World | None = None) -> Iterator[StandIn]:
    """Run a server on a free port of this machine."""
    own = world or World()

    class Handler(_Handler):
        world = own

    server = _Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield StandIn(server, own)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that were killed."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    world: World

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing."""

    def do_GET(self) -> None:
        """Answer a request."""
        parts = urlsplit(self.path)
        agent = self.headers.get("User-Agent", "")
        self.world.asked[parts.path.rpartition("/")[0]] += 1
        self.world.agents.add(agent)
        fault = self.world.fault(parts.path)
        time.sleep(self.world.delay_s)
        if self.world.recording is not None:
            own = f"http://{self.headers['Host']}"
            self._replay(*self.world.recording.answer(self.path, self.headers.get("Range", ""), own))
        elif isinstance(fault, tuple):
            self._send(fault[0], "text/plain", b"busy", fault[1])
        elif not agent or agent.startswith(("Python", "python", "urllib")):
            self._send(403, "text/html", b"<html>Forbidden</html>")
        elif parts.path == "/wfs/ows":
            self._features({name.upper(): values[0] for name, values in parse_qs(parts.query).items()}, fault)
        elif parts.path == "/wms-r/wms":
            self._map({name.upper(): values[0] for name, values in parse_qs(parts.query).items()}, fault)
        elif parts.path.startswith(("/navigation/", "/altimetrie/")):
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            status, body = routing_answer(parts.path, query, self.world.ways, self.world.heights)
            self._send(status, "application/json; charset=utf-8", body, cut=fault == "cut")
        elif parts.path == "/elsewhere":
            self._send(302, "text/plain", b"", {"Location": "https://example.org/"})
        else:
            self._file(parts.path, fault)

    def _replay(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Send an answer as it was recorded; bodies were recorded without compression."""
        own = {name: value for name, value in headers.items() if name not in ("Content-Type", "Content-Encoding")}
        own.pop("Content-Length", None)
        self._send(status, headers.get("Content-Type", ""), body, own)

    def _send(
        self, status: int, media_type: str, body: bytes, headers: dict[str, str] | None = None, cut: bool = False
    ) -> None:
        """Send an answer; a cut one ends after half of its body."""
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        if self.world.cookie:
            self.send_header("Set-Cookie", self.world.cookie)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        sent = body[: len(body) // 2] if cut else body
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(sent)
            self.world.sent_bytes += len(sent)
        if cut:
            self.close_connection = True

    # WFS

    def _features(self, query: dict[str, str], fault: Any) -> None:
        layer, box = query["TYPENAMES"], [float(each) for each in query["BBOX"].split(",")[:4]]
        assert query["BBOX"].endswith("urn:ogc:def:crs:EPSG::2154")
        assert query["SRSNAME"] == "EPSG:2154"
        kinds = {
            CURRENT_INDEX: lambda: self._tiles(box, False), OLD_INDEX: lambda: self._tiles(box, True),
            BUILDINGS: lambda: self._buildings(box), FLIGHTS: lambda: self._flights(box),
        }  # fmt: skip
        if layer == WITHDRAWN_INDEX or layer not in kinds:
            report = _EXCEPTION.format(f"Feature type {layer} unknown")
            self._send(404, "text/xml", report.encode())
            return
        found = kinds[layer]()
        start, count = int(query.get("STARTINDEX", 0)), min(int(query["COUNT"]), self.world.page)
        page = found[start : start + count]
        matched = len(found) if self.world.matched is None else self.world.matched
        answer = {
            "type": "FeatureCollection", "features": page, "totalFeatures": matched, "numberMatched": matched,
            "numberReturned": len(page),
        }  # fmt: skip
        body, headers = json.dumps(answer).encode(), {}
        if self.world.bomb:
            body = gzip.compress(b" " * 200_000_000, 1)
            headers = {"Content-Encoding": "gzip"}
        elif self.world.compress and "gzip" in self.headers.get("Accept-Encoding", ""):
            body, headers = gzip.compress(body, mtime=0), {"Content-Encoding": "gzip"}
        self._send(200, "application/json;charset=UTF-8", body, headers, fault == "cut")

    def _tiles(self, box: list[float], is_old: bool) -> list[dict[str, Any]]:
        """Return the tiles that touch bounds, also by their edge alone, as the service does."""
        found = []
        for x in range(int((box[0] - 0.01) // 1000), int((box[2] + 0.01) // 1000) + 1):
            for y in range(int((box[1] - 0.01) // 1000), int((box[3] + 0.01) // 1000) + 1):
                corner = (x, y + 1)
                if corner not in self.world.unpublished:
                    found.append(self._tile(*corner, is_old, self.world.edition))
                if corner in self.world.duplicates:
                    found.insert(0, self._tile(*corner, is_old, "2024-01-01"))
        return found

    def _tile(self, x: int, y: int, is_old: bool, edition: str) -> dict[str, Any]:
        host = f"http://{self.headers['Host']}"
        lot = "_".join(("NUALHD_1-0__LAZ_LAMB93", *filter(None, (self.world.block, edition))))
        path = f"/telechargement/download/LiDARHD-NUALID/{lot}"
        name = f"LHD_FXX_{x:04}_{y:04}_PTS_LAMB93_IGN69.copc.laz"
        address = host + path + "/" + self.world.addresses.get((x, y), name)
        e, n = x * 1000 + 0.00009439, y * 1000 + 0.00474024
        ring = [[e, n], [e + 1000, n], [e + 1000, n - 1000], [e, n - 1000], [e, n]]
        dates: dict[str, str | int] = {
            "date_debut_acquisition": "2022-05-29", "date_fin_acquisition": "2022-06-15", "date_edition": edition,
            "nombre_points": 27_786_200,
        }  # fmt: skip
        if self.world.undated:
            del dates["date_debut_acquisition"], dates["date_fin_acquisition"]
        system = self.world.systems.get((x, y), "LAMB93")
        if is_old or self.world.old_properties:
            metadata = json.dumps({"capteur": ["RIEGL VQ-1560 II:S2224049"], "systeme_altimetrique": "IGN69", **dates})
            properties: dict[str, str | int] = {
                "name": name.replace("PTS", "PTS_C")[:-9],
                "url": address,
                "metadata": metadata,
            }
        else:
            stamped = {key: f"{value}Z" if key.startswith("date") else value for key, value in dates.items()}
            properties = {
                "coordonnees_nw": f"{x:04}-{y:04}", "url_npl": address, "capteur": '{"Optech Galaxy"}',
                "systeme_planimetrique": system, "systeme_altimetrique": "IGN69", **stamped,
                "code_mission": f"22LHD{self.world.block}",
            }  # fmt: skip
        return {
            "type": "Feature", "id": f"dalle.{x}{y}", "properties": properties,
            "geometry": {"type": "MultiPolygon", "coordinates": [[ring]]},
        }  # fmt: skip

    def _flights(self, box: list[float]) -> list[dict[str, Any]]:
        """Return the mosaics that touch bounds."""
        found = []
        for number, (west, east, scale, day) in enumerate(self.world.flights):
            if west <= box[2] and east >= box[0]:
                ring = [[west, 6e6], [east, 6e6], [east, 7.2e6], [west, 7.2e6], [west, 6e6]]
                found.append(
                    {
                        "type": "Feature", "id": f"graphe_bdortho.{number}", "geometry_name": "geom",
                        "geometry": {"type": "MultiPolygon", "coordinates": [[ring]]},
                        "properties": {
                            "dep": "59", "pva": int(day[:4]), "res": scale, "echelle": scale, "date_vol": f"{day}Z",
                        },
                    }
                )  # fmt: skip
        return found

    def _buildings(self, box: list[float]) -> list[dict[str, Any]]:
        if not self.world.has_buildings:
            return []
        found = []
        for name, (west, south, east, north, ground, top) in _GROUND.buildings(*box):
            ring = [[west, south, top], [east, south, top], [east, north, top], [west, north, top], [west, south, top]]
            found.append(
                {
                    "type": "Feature", "id": f"batiment.{name[-9:]}",
                    "geometry": {"type": "MultiPolygon", "coordinates": [[ring]]}, "geometry_name": "geometrie",
                    "properties": {
                        "cleabs": name, "nature": "Indifférenciée", "hauteur": round(top - ground, 1),
                        "altitude_minimale_sol": ground, "altitude_maximale_toit": top,
                    },
                }
            )  # fmt: skip
        return found

    # WMS

    def _map(self, query: dict[str, str], fault: Any) -> None:
        layer, form = query["LAYERS"], query["FORMAT"]
        width, height = int(query["WIDTH"]), int(query["HEIGHT"])
        west, south, east, north = (float(each) for each in query["BBOX"].split(","))
        self.world.maps.append((layer, width, height, (west, south, east, north)))
        how = self.world.pictures.get(layer, "")
        if how == "xml" or "," in layer or max(width, height) > LONGEST_EDGE:
            report = _SERVICE_EXCEPTION.format(f"Layer {layer} unknown")
            self._send(200, "text/xml", report.encode())
            return
        if how == "gateway":
            self._send(200, form, b"<html><body>502 Bad Gateway</body></html>")
            return
        if how == "small":
            width //= 2
        x = west + (np.arange(width) + 0.5) * (east - west) / width
        y = north - (np.arange(height) + 0.5) * (north - south) / height
        xs, ys = np.meshgrid(x, y)
        if form.startswith("image/x-bil"):
            heights = _GROUND.heights_at(xs, ys)
            if layer in self.world.voids:
                heights = np.full_like(heights, self.world.voids[layer])
            self._send(200, "image/x-bil", heights.astype("<f4").tobytes(), cut=fault == "cut")
            return
        pixels = _GROUND.picture_at(xs, ys)
        if how in ("white", "black"):
            pixels = np.full_like(pixels, 255 if how == "white" else 0)
        pixels[xs > self.world.ends.get(layer, np.inf)] = 255
        stream = io.BytesIO()
        if form == "image/png":
            grey = pixels.mean(axis=2).astype(np.uint8)
            opaque = np.full_like(grey, 0 if how == "clear" else 255)
            Image.fromarray(np.dstack([grey, opaque])).save(stream, "PNG", compress_level=1)
        else:
            Image.fromarray(pixels).save(stream, "JPEG", quality=85)
        self._send(200, form, stream.getvalue(), cut=fault == "cut")

    # Files

    def _file(self, path: str, fault: Any) -> None:
        found = _TILE.search(path)
        if found is None or "/telechargement/download/" not in path:
            self._send(404, "text/html", b"<html>Not Found</html>")
            return
        corner = int(found[1]), int(found[2])
        file = point_file(
            corner[0],
            corner[1] - 1,
            self.world.epsg,
            10 if corner in self.world.half else 20,
            self.world.classes,
            self.world.gps,
            self.world.layout,
            self.world.system_in,
        )
        how = next((each for begin, each in self.world.ranges.items() if path.startswith(begin)), "206")
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        headers = {"ETag": f'"{corner}-{self.world.edition}-{file.size}"', "Accept-Ranges": "bytes"}
        if how in ("403", "404", "page"):
            status = 200 if how == "page" else int(how)
            self._send(status, "text/html", b"<!DOCTYPE html><html><body>Maintenance until noon</body></html>")
        elif asked is None or how == "200":
            self._send(200, "application/octet-stream", file.read(0, file.size), headers, fault == "cut")
        elif how == "416" or int(asked[1]) >= file.size:
            self._send(416, "text/plain", b"", {"Content-Range": f"bytes */{file.size}"})
        else:
            start, last = int(asked[1]), min(int(asked[2] or file.size - 1), file.size - 1)
            first = start + 1 if how == "wrong" else start
            if how != "bare":
                headers["Content-Range"] = f"bytes {first}-{last}/{file.size}"
            body = file.read(start, last + 1)
            # The index is the end of a file, and the points are between it and the header.
            if how == ("no index" if last + 1 == file.size else "no points") and start >= AHEAD:
                body = bytes(len(body))
            self._send(206, "application/octet-stream", body, headers, fault == "cut")
