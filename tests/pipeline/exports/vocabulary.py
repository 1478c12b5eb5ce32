"""Hold a schema.org document against schema.org's own vocabulary: classes, properties, and what they take."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from rdflib import RDF, RDFS, BNode, Graph, Literal, URIRef
from rdflib.term import Node

SCHEMA = "https://schema.org/"
DATA = {f"{SCHEMA}{name}" for name in ("Text", "URL", "Date", "DateTime", "Time", "Number", "Integer", "Boolean")}
TEXTS = {f"{SCHEMA}{name}" for name in ("Text", "URL", "Date", "DateTime", "Time", "Duration")}


class Vocabulary:
    """The vocabulary of one release."""

    def __init__(self, folder: Path) -> None:
        self.graph = Graph().parse(folder / "schemaorg-current-https.ttl")
        self.context = json.loads((folder / "schemaorgcontext.jsonld").read_text())["@context"]

    def faults(self, document: bytes) -> list[str]:
        """Return what the vocabulary does not allow."""
        data = json.loads(document) | {"@context": self.context}
        text = json.dumps(data).replace("http://schema.org/", SCHEMA)
        with warnings.catch_warnings():
            # rdflib's own reader of JSON-LD makes what rdflib calls deprecated
            warnings.filterwarnings("ignore", "ConjunctiveGraph", DeprecationWarning)
            graph = Graph().parse(data=text, format="json-ld")
        return sorted(fault for triple in graph for fault in self._faults(graph, *triple))

    def _faults(self, graph: Graph, subject: Node, predicate: Node, value: Node) -> Iterator[str]:
        if predicate == RDF.type:
            if (value, RDF.type, RDFS.Class) not in self.graph:
                yield f"there is no class {value}"
            return
        if not self._all(predicate, "domainIncludes"):
            yield f"there is no property {predicate}"
            return
        kinds = self._kinds(graph, subject)
        if not kinds:
            yield f"{subject} has no class, and {predicate}"
        elif not kinds & self._all(predicate, "domainIncludes"):
            yield f"{predicate} does not belong on {sorted(kinds)[0]}"
        if not self._is_in_range(graph, self._all(predicate, "rangeIncludes"), value):
            yield f"{predicate} does not take {value!r}"

    def _is_in_range(self, graph: Graph, taken: frozenset[str], value: Node) -> bool:
        if isinstance(value, Literal):
            if isinstance(value.value, bool):
                return f"{SCHEMA}Boolean" in taken
            if isinstance(value.value, int | float):
                return bool(taken & {f"{SCHEMA}Number", f"{SCHEMA}Integer"})
            return bool(taken & TEXTS)
        kinds = self._kinds(graph, value)
        return bool(kinds & taken) or (isinstance(value, URIRef) and (f"{SCHEMA}URL" in taken or not kinds))

    def _kinds(self, graph: Graph, node: Node) -> set[str]:
        assert isinstance(node, URIRef | BNode)
        return {
            str(up)
            for kind in graph.objects(node, RDF.type)
            for up in self.graph.transitive_objects(kind, RDFS.subClassOf)
        }

    @cache  # noqa: B019 - there is one vocabulary
    def _all(self, of: Node, what: str) -> frozenset[str]:
        return frozenset(str(each) for each in self.graph.objects(of, URIRef(f"{SCHEMA}{what}")))
