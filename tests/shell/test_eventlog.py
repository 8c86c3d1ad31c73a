"""Event logs for process mining: what pm4py reads in them, and that each case lived by its workflow."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from datetime import datetime
from pathlib import Path
from typing import Any

import caseload
import pytest
from case_s import NUMBER, STAFF, At

from casework_flow.casework import Casework
from casework_flow.loader import load_file
from casework_flow.petrinet import pnml

MINING = Path(__file__).with_name("mining.py")
XES = "{http://www.xes-standard.org/}"


def mined(what: str, *files: Path) -> Any:
    """What pm4py, in a process of its own, finds in the files."""
    done = subprocess.run([sys.executable, MINING, what, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def exported(cw: Casework, **how: Any) -> bytes:
    target = io.BytesIO()
    cw.export(target, **how)
    return target.getvalue()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> caseload.Office:
    return caseload.build(tmp_path_factory.mktemp("office"), 150)


@pytest.mark.parametrize("programme", caseload.PROGRAMMES)
def test_every_case_fits_the_net_of_its_workflow(programme: str, office: caseload.Office, tmp_path: Path) -> None:
    cw = caseload.casework(office.database)
    log, net = tmp_path / "log.xes", tmp_path / "net.pnml"
    log.write_bytes(exported(cw, form="xes", workflow=programme))
    flow = load_file(office.database.parent / "workflows" / f"{programme}.yaml")
    net.write_text(pnml(flow, "id"), encoding="utf-8")
    found = mined("conformance", log, net)
    assert found["workflow_net"]
    assert len(found["traces"]) == sum(case.workflow == programme for case in cw.list()) > 10
    assert {trace["alignment"] for trace in found["traces"]} == {1.0}
    assert {trace["replay"] for trace in found["traces"]} == {1.0}


def test_a_life_that_the_workflow_forbids_does_not_fit(at: At, tmp_path: Path) -> None:
    cw = at("")
    net, log = tmp_path / "net.pnml", tmp_path / "log.xes"
    net.write_text(pnml(cw.workflow(NUMBER), "id"), encoding="utf-8")
    text = exported(cw, form="xes").decode()
    log.write_text(text.replace('value="close"', 'value="replan"'), encoding="utf-8")
    (trace,) = mined("conformance", log, net)["traces"]
    assert trace["alignment"] < 1
    assert trace["replay"] < 1


def test_a_trace_is_the_case_and_its_events_are_the_moves(at: At, tmp_path: Path) -> None:
    cw = at("")
    net, log = tmp_path / "net.pnml", tmp_path / "log.xes"
    net.write_text(pnml(cw.workflow(NUMBER), "id"), encoding="utf-8")
    log.write_bytes(exported(cw, form="xes"))
    (trace,) = mined("conformance", log, net)["traces"]
    assert (trace["alignment"], trace["replay"]) == (1.0, 1.0)
    moves = [event["body"].get("move", "open") for event in cw.history(NUMBER) if "to" in event["body"]]
    assert [name for name, _, _ in trace["events"]] == moves
    assert {role for _, _, role in trace["events"]} == {"practicum_student"}
    moments = [datetime.fromisoformat(at) for _, at, _ in trace["events"]]
    assert moments == sorted(set(moments))
    days = [event["on"][:10] for event in cw.history(NUMBER) if "to" in event["body"]]
    zone = cw.office.zone
    assert [moment.astimezone(zone).date().isoformat() for moment in moments] == days


def test_a_log_of_everything_tells_records_and_approvals_too(at: At) -> None:
    cw = at("")
    log = ET.fromstring(exported(cw, form="xes", everything=True))  # noqa: S314  # our own
    events = log.findall(f"{XES}trace/{XES}event")
    names = [event.find(f"{XES}string[@key='concept:name']").get("value") for event in events]  # type: ignore[union-attr]
    kinds = [e["body"].get("move") or {"opened": "open"}.get(e["kind"], e["kind"]) for e in cw.history(NUMBER)]
    assert names == kinds


@pytest.mark.parametrize("form", ["xes", "ocel"])
def test_a_log_names_nobody_unless_it_is_asked_to(form: str, at: At) -> None:
    cw = at("")

    personal = ["Sarma", "Contoh", NUMBER, "Doloksanggul", "Rina", *(person["name"] for person in STAFF)]
    log = exported(cw, form=form, everything=True).decode()
    assert [name for name in personal if re.search(rf"(?<![0-9a-f-]){name}\b", log)] == []
    assert log == exported(cw, form=form, everything=True).decode()  # the pseudonyms stay
    named = exported(cw, form=form, identity="full").decode()
    assert NUMBER in named
    assert '"rina"' in named


def test_ocel_tells_who_and_what_took_part(at: At, tmp_path: Path) -> None:
    cw = at("")
    log = tmp_path / "log.json"
    log.write_bytes(exported(cw, form="ocel"))
    found = mined("objects", log)
    assert found["events"] == {"open": 1, "advance": 5, "close": 1}
    assert found["objects"] == {"case": 1, "client": 1, "worker": 1, "document": len(cw.documents(NUMBER))}
    assert found["stages"][-1] == "termination"
    assert found["relations"] == 7 * 3 + len(cw.documents(NUMBER))


def test_ocel_2_declares_every_type_and_every_attribute_that_it_uses(office: caseload.Office) -> None:
    log = json.loads(exported(caseload.casework(office.database), form="ocel", everything=True))
    known = {
        kind: {one["name"]: {a["name"] for a in one["attributes"]} for one in log[f"{kind}Types"]}
        for kind in ("event", "object")
    }
    objects = {one["id"] for one in log["objects"]}
    assert len(objects) == len(log["objects"])
    assert len({one["id"] for one in log["events"]}) == len(log["events"])
    for kind in ("event", "object"):
        for one in log[f"{kind}s"]:
            assert {a["name"] for a in one.get("attributes", ())} <= known[kind][one["type"]]
            assert {r["objectId"] for r in one.get("relationships", ())} <= objects


def test_the_net_is_made_of_the_file_alone(office: caseload.Office) -> None:
    flow = load_file(office.database.parent / "workflows" / "front-desk.yaml")
    net = ET.fromstring(pnml(flow, "en"))  # noqa: S314  # our own
    spaced = "{http://www.pnml.org/version-2009/grammar/pnml}"
    names = {place.get("id"): "".join("".join(place.itertext()).split("\n")) for place in net.iter(f"{spaced}place")}
    moves = {t.get("id"): "".join(t.itertext()).strip() for t in net.iter(f"{spaced}transition")}
    arcs = [(arc.get("source"), arc.get("target")) for arc in net.iter(f"{spaced}arc")]
    steps = {
        (names[source], moves[move], names[target])
        for source, move in arcs
        for begun, target in arcs
        if begun == move and source in names
    }
    named = {step for step in steps if step[1] not in moves}
    assert {step for step in named if step[1] not in ("import",)} == {
        ("start1", "open", "reception active"),
        ("reception active", "advance", "service active"),
        *((f"{stage} active", "pause", f"{stage} paused") for stage in ("reception", "service")),
        *((f"{stage} paused", "resume", f"{stage} active") for stage in ("reception", "service")),
        *(
            (f"{stage} {status}", "close", "service closed")
            for stage in ("reception", "service")
            for status in ("active", "paused")
        ),
    }
