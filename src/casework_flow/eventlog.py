"""The histories of cases as event logs for process mining: XES (IEEE 1849) and OCEL 2.0.

An event has the name of the workflow's move, and is placed at its working date: a day without a time of day counts
from its first moment, and of two events at one moment the later one is a millisecond later, so that nobody loses
their order. No text that people wrote goes into a log. Unless somebody asks for names, cases, clients and members of
staff stand under pseudonyms, which are the same in every log of an office and cannot be drawn from outside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from datetime import tzinfo as Zone
from typing import Any, Final, Literal
from xml.sax.saxutils import quoteattr

from .petrinet import IMPORTED, OPENED
from .store.store import Row, Transaction

Identity = Literal["pseudonym", "full"]
_EXTENSIONS: Final = {
    "Concept": ("concept", "http://www.xes-standard.org/concept.xesext"),
    "Time": ("time", "http://www.xes-standard.org/time.xesext"),
    "Lifecycle": ("lifecycle", "http://www.xes-standard.org/lifecycle.xesext"),
    "Organizational": ("org", "http://www.xes-standard.org/org.xesext"),
}
_NAMES: Final = {"opened": OPENED, "imported": IMPORTED}
"""How a log names what a case begins with; a move has its own name, anything else that of its kind."""
_OF_A_MOVE: Final = ("from", "to", "because", "status", "cycle", "episode")
_OF_OTHERS: Final = {
    "recorded": ("record",),
    "approval_requested": ("what", "because"),
    "approved": ("what", "because"),
    "rejected": ("what", "because"),
    "registered": ("name",),
    "reissued": ("name",),
}
"""What of an event's body goes into a log: codes and numbers, no person and no words that people wrote."""


class Names:
    """Who is who in a log.

    Args:
        secret: what pseudonyms are drawn from.
        identity: ``full`` for the names themselves.
    """

    def __init__(self, secret: str, identity: Identity) -> None:
        self._secret = secret
        self.full = identity == "full"

    def of(self, kind: str, name: str, shown: str | None = None) -> str:
        """What somebody or something is called in the log; ``shown`` is its own name where that is another."""
        if self.full:
            return shown or name
        drawn = "\n".join((self._secret, kind, name)).encode("utf-8", "surrogatepass")
        return f"{kind}-{hashlib.sha256(drawn).hexdigest()[:12]}"


def names(tx: Transaction, identity: Identity) -> Names:
    """The names of this office's logs: the pseudonyms come from the salt of its first event, which nobody knows."""
    first = tx.raw_events(tx.office_id)[:1]
    return Names(str(first[0]["salt"]) if first else tx.office_id, identity)


def happened(tx: Transaction, row: Row, zone: Zone, *, everything: bool) -> Iterator[tuple[str, datetime, Row]]:
    """Each event of a case that goes into a log: its name, its moment and its row.

    Args:
        tx: a transaction that reads.
        row: the case's row.
        zone: the office's time zone.
        everything: records and approvals too, not the moves only.
    """
    last: datetime | None = None
    for event in tx.events(row["id"]):
        moment = datetime.fromisoformat(event["on"]).replace(tzinfo=zone)
        if last is not None and moment <= last:
            moment = last + timedelta(milliseconds=1)
        last = moment
        name = _NAMES.get(event["kind"]) or event["body"].get("move")
        if name or everything:
            yield str(name or event["kind"]), moment, event


def _details(event: Row) -> Iterator[tuple[str, str | int]]:
    for name in _OF_A_MOVE if "to" in event["body"] else _OF_OTHERS.get(event["kind"], ()):
        value = event["body"].get(name)
        if isinstance(value, str | int) and not isinstance(value, bool):
            yield name, value
    overridden = sum(bool(guard["overridden"]) for guard in event["body"].get("guards", ()))
    if overridden:
        yield "overridden", overridden


def xes(
    tx: Transaction, rows: Iterator[Row], who: Names, zone: Zone, *, everything: bool, told: Callable[[], object]
) -> Iterator[str]:
    """The log as XES 2.0: a trace for each case, an event for each move.

    Args:
        tx: a transaction that reads.
        rows: the cases' rows.
        who: who is called what.
        zone: the office's time zone.
        everything: records and approvals are events too.
        told: is called after each case.
    """
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield '<log xes.version="2.0" xes.features="" xmlns="http://www.xes-standard.org/">\n'
    for name, (prefix, uri) in _EXTENSIONS.items():
        yield f'<extension name="{name}" prefix="{prefix}" uri="{uri}"/>\n'
    yield '<global scope="trace"><string key="concept:name" value=""/></global>\n<global scope="event">'
    yield '<string key="concept:name" value=""/><date key="time:timestamp" value="1970-01-01T00:00:00+00:00"/>'
    yield '<string key="lifecycle:transition" value="complete"/></global>\n'
    yield '<classifier name="Move" keys="concept:name"/>\n'
    yield '<classifier name="Move and stage" keys="concept:name from"/>\n'
    yield '<string key="lifecycle:model" value="standard"/>\n'
    for row in rows:
        yield f"<trace>{_string('concept:name', who.of('case', row['id'], row['number']))}"
        for name in ("workflow", "stage", "status", "because"):
            yield _string(name, row[name]) if row[name] else ""
        yield f"{_attribute('workflow_version', row['workflow_version'])}\n"
        for name, moment, event in happened(tx, row, zone, everything=everything):
            yield f"<event>{_string('concept:name', name)}{_string('lifecycle:transition', 'complete')}"
            yield f'<date key="time:timestamp" value="{moment.isoformat(timespec="milliseconds")}"/>'
            yield f"{_string('org:resource', who.of('worker', event['by']))}{_string('org:role', event['role'])}"
            yield "".join(_attribute(key, value) for key, value in _details(event))
            yield "</event>\n"
        yield "</trace>\n"
        told()
    yield "</log>\n"


def _string(key: str, value: object) -> str:
    return f'<string key="{key}" value={quoteattr(str(value))}/>'


def _attribute(key: str, value: str | int) -> str:
    return f'<int key="{key}" value="{value}"/>' if isinstance(value, int) else _string(key, value)


def ocel(
    tx: Transaction,
    rows: Callable[[], Iterator[Row]],
    who: Names,
    zone: Zone,
    *,
    everything: bool,
    told: Callable[[], object],
) -> Iterator[str]:
    """The log as OCEL 2.0 in JSON: cases, clients, members of staff and documents, and the events that tell of them.

    Args:
        tx: a transaction that reads.
        rows: gives the cases' rows, as often as it is called.
        who: who is called what.
        zone: the office's time zone.
        everything: see ``xes``.
        told: is called after each case.
    """
    kinds: dict[str, dict[str, str]] = {}
    workers: set[str] = set()
    yield '{"objects":['
    before = ""
    for row in rows():
        for found in _objects(tx, row, who, zone):
            yield before + json.dumps(found, ensure_ascii=False)
            before = ",\n"
        workers |= {event["by"] for _, _, event in happened(tx, row, zone, everything=everything)}
    for name in sorted(workers):
        yield before + json.dumps({"id": who.of("worker", name), "type": "worker"}, ensure_ascii=False)
        before = ",\n"
    yield '],\n"events":['
    before = ""
    for row in rows():
        for found in _events(tx, row, who, zone, kinds, everything=everything):
            yield before + json.dumps(found, ensure_ascii=False)
            before = ",\n"
        told()
    event_types = [{"name": name, "attributes": _typed(attributes)} for name, attributes in sorted(kinds.items())]
    object_types = [{"name": name, "attributes": _typed(attributes)} for name, attributes in _OBJECTS.items()]
    yield f'],\n"eventTypes":{json.dumps(event_types)},\n"objectTypes":{json.dumps(object_types)}}}\n'


_OBJECTS: Final[Mapping[str, Mapping[str, str]]] = {
    "case": {"workflow": "string", "workflow_version": "integer", "stage": "string", "status": "string"},
    "client": {},
    "worker": {},
    "document": {"document": "string", "version": "integer"},
}


def _typed(attributes: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in attributes.items()]


def _objects(tx: Transaction, row: Row, who: Names, zone: Zone) -> Iterator[dict[str, Any]]:
    case, client = who.of("case", row["id"], row["number"]), _client(who, row)
    attributes: list[dict[str, Any]] = []
    for _, moment, event in happened(tx, row, zone, everything=True):
        at, body = _time(moment), event["body"]
        given = {"workflow": body.get("workflow"), "workflow_version": body.get("workflow_version")}
        given |= {"stage": body.get("to"), "status": body.get("status") or ("active" if "to" in body else None)}
        attributes += [{"name": name, "time": at, "value": value} for name, value in given.items() if value]
    relation = [{"objectId": client, "qualifier": "concerns"}]
    yield {"id": case, "type": "case", "attributes": attributes, "relationships": relation}
    yield {"id": client, "type": "client"}
    for document in tx.documents(row["id"]):
        at = _time(datetime.fromisoformat(document["on"]).replace(tzinfo=zone))
        about = {"document": document["name"], "version": document["version"]}
        yield {
            "id": document["id"],
            "type": "document",
            "attributes": [{"name": name, "time": at, "value": value} for name, value in about.items()],
            "relationships": [{"objectId": case, "qualifier": "belongs to"}],
        }


def _client(who: Names, row: Row) -> str:
    """The client of a case; two of the same name are two, and so is one who comes again in another case."""
    return who.of("client", row["id"], f"{row['client']} ({row['number']})")


def _events(
    tx: Transaction, row: Row, who: Names, zone: Zone, kinds: dict[str, dict[str, str]], *, everything: bool
) -> Iterator[dict[str, Any]]:
    case = who.of("case", row["id"], row["number"])
    for name, moment, event in happened(tx, row, zone, everything=everything):
        details = [*_details(event), ("role", event["role"])]
        known = kinds.setdefault(name, {})
        known |= {key: "integer" if isinstance(value, int) else "string" for key, value in details}
        issued = [document["id"] for document in event["body"].get("documents", ())]
        relations = [(case, "of"), (_client(who, row), "concerns"), (who.of("worker", event["by"]), "by")]
        relations += [(document, "issues") for document in issued]
        yield {
            "id": f"{case}-{event['seq']}",
            "type": name,
            "time": _time(moment),
            "attributes": [{"name": key, "value": value} for key, value in details],
            "relationships": [{"objectId": found, "qualifier": qualifier} for found, qualifier in relations],
        }


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
