"""Every address with no key, a wrong one, an expired and a revoked one, and with each role: only what the role may.

The table is written by hand from the roles of the domain: worker (own cases), supervisor (their unit), head (the
office, approvals), intake officer (opening, and the intake), auditor (the log, without what is told of people).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from case_s import NUMBER, Clock, data
from served import ALL, Api, Serve

from casework_flow.api import create_app

CASE = f"/v1/cases/{NUMBER}"
DAY = {"at": "2025-03-14"}
OPENING = {"workflow": "pkh-economic", "client": data("client"), "at": "2025-03-14"}
OWNER, OTHER, SUP, STRANGER, HEAD, INTAKE, AUDITOR = ("rina", "maya", "sup", "sup2", "head", "ina", "budi")
PEOPLE = (OWNER, OTHER, SUP, STRANGER, HEAD, INTAKE, AUDITOR)
TEAM, WORKERS = {OWNER, SUP, HEAD}, {OWNER, OTHER, SUP, STRANGER, HEAD}
EVERYBODY = set(PEOPLE)

ALLOWED: dict[tuple[str, str], tuple[str, Any, set[str]]] = {
    ("GET", "/openapi.json"): ("/openapi.json", None, EVERYBODY),
    ("GET", "/v1/me"): ("/v1/me", None, EVERYBODY),
    ("GET", "/v1/staff"): ("/v1/staff", None, EVERYBODY),
    ("GET", "/v1/staff/{name}"): ("/v1/staff/rina", None, EVERYBODY),
    ("GET", "/v1/workflows"): ("/v1/workflows", None, EVERYBODY),
    ("GET", "/v1/workflows/{name}"): ("/v1/workflows/pkh-economic", None, EVERYBODY),
    ("GET", "/v1/workflows/{name}/records"): ("/v1/workflows/pkh-economic/records", None, EVERYBODY),
    ("GET", "/v1/cases"): ("/v1/cases", None, EVERYBODY),
    ("POST", "/v1/search"): ("/v1/search", {"text": "KSS"}, EVERYBODY),
    ("GET", "/v1/board"): ("/v1/board", None, WORKERS),
    ("GET", "/v1/due"): ("/v1/due", None, WORKERS),
    ("GET", "/v1/today"): ("/v1/today", None, WORKERS),
    ("GET", "/v1/approvals"): ("/v1/approvals", None, WORKERS),
    ("GET", "/v1/workload"): ("/v1/workload", None, {SUP, STRANGER, HEAD}),
    ("GET", "/v1/report"): ("/v1/report", None, {SUP, STRANGER, HEAD, AUDITOR}),
    ("GET", "/v1/verify"): ("/v1/verify", None, {HEAD, AUDITOR}),
    ("GET", "/v1/reads"): ("/v1/reads", None, {HEAD, AUDITOR}),
    ("POST", "/v1/hand-over"): (
        "/v1/hand-over", {"cases": [NUMBER], "to": "maya", "reason": "cuti"}, {SUP, HEAD},
    ),
    ("POST", "/v1/cases"): ("/v1/cases", OPENING, {OWNER, OTHER, SUP, STRANGER, INTAKE}),
    ("GET", "/v1/cases/{number}"): (CASE, None, TEAM),
    ("GET", "/v1/cases/{number}/records"): (f"{CASE}/records", None, TEAM),
    ("GET", "/v1/cases/{number}/history"): (f"{CASE}/history", None, {*TEAM, AUDITOR}),
    ("GET", "/v1/cases/{number}/reads"): (f"{CASE}/reads", None, {HEAD, AUDITOR}),
    ("GET", "/v1/cases/{number}/documents"): (f"{CASE}/documents", None, TEAM),
    ("GET", "/v1/cases/{number}/documents/{name}"): (f"{CASE}/documents/contract?format=text", None, TEAM),
    ("GET", "/v1/cases/{number}/drafts/{name}"): (f"{CASE}/drafts/plan?format=text", None, TEAM),
    ("GET", "/v1/cases/{number}/drawings/{drawing}"): (f"{CASE}/drawings/genogram", None, TEAM),
    ("POST", "/v1/cases/{number}/records/{record}"): (
        f"{CASE}/records/plan", {"data": data("plan"), "at": "2025-03-14"}, {OWNER, SUP},
    ),
    ("POST", "/v1/cases/{number}/advance"): (f"{CASE}/advance", {"at": "2025-03-14"}, TEAM),
    ("POST", "/v1/cases/{number}/moves/{move}"): (
        f"{CASE}/moves/pause", {"reason": "sakit", "at": "2025-03-14", "dry_run": True}, TEAM,
    ),
    ("POST", "/v1/cases/{number}/close"): (f"{CASE}/close", {"because": "void", "at": "2025-03-14"}, TEAM),
    ("POST", "/v1/cases/{number}/approve"): (f"{CASE}/approve", {"what": "contract", **DAY}, {SUP, HEAD}),
    ("POST", "/v1/cases/{number}/reject"): (
        f"{CASE}/reject", {"what": "contract", "note": "kurang", **DAY}, {SUP, HEAD},
    ),
    ("POST", "/v1/cases/{number}/documents/{name}/register"): (
        f"{CASE}/documents/contract/register", {"number": "460/012/Dinsos/2025", "at": "2025-03-14"}, TEAM,
    ),
    ("POST", "/v1/cases/{number}/documents/{name}/reissue"): (
        f"{CASE}/documents/contract/reissue", {"reason": "salah tulis", "at": "2025-03-14"}, TEAM,
    ),
}  # fmt: skip
"""Of every address: a sound request, and who may send it. A refusal by the rules (409) is no matter of roles."""

SCOPES = {
    **{address: "read" for address in ALLOWED if address[0] == "GET"},
    **{address: "write" for address in ALLOWED if address[0] == "POST"},
    ("POST", "/v1/search"): "read",
    ("POST", "/v1/cases/{number}/approve"): "approve",
    ("POST", "/v1/cases/{number}/reject"): "approve",
    ("GET", "/v1/verify"): "audit",
    ("GET", "/v1/reads"): "audit",
    ("GET", "/v1/cases/{number}/reads"): "audit",
    ("GET", "/openapi.json"): "",
    ("GET", "/v1/me"): "",
}


@pytest.fixture
def api(serve: Serve) -> Api:
    made = serve("planning", rate=100_000)
    made.cw.add_staff(name="sup2", full_name="Supervisor Lain", role="supervisor")
    made.cw.add_staff(name="ina", full_name="Ina Contoh", role="intake_officer")
    return made


def addresses(app: Any) -> set[tuple[str, str]]:
    """Every address of the application that can be asked for anything."""
    described = {(verb.upper(), path) for path, verbs in app.openapi()["paths"].items() for verb in verbs}
    plain = {(verb, route.path) for route in app.routes if hasattr(route, "methods") for verb in route.methods}
    return described | {(verb, path) for verb, path in plain if verb != "HEAD"}


def test_the_table_has_every_address(api: Api) -> None:
    assert addresses(create_app(api.cw)) == ALLOWED.keys() == SCOPES.keys()


def send(client: Any, address: tuple[str, str]) -> Any:
    path, body, _ = ALLOWED[address]
    if address[0] == "GET":
        return client.get(path)
    return client.post(path, json=body, headers={"If-Match": "*"})


def test_nobody_comes_in_without_a_key_that_counts(api: Api, clock: Clock) -> None:
    revoked, secret = api.cw.add_key("head", scopes=ALL)
    api.cw.revoke_key(revoked.id)
    _, expired = api.cw.add_key("head", scopes=ALL, expires_on=date(2025, 12, 1))
    other = secret[:16] + ("A" if secret[16] != "A" else "B") + secret[17:]
    assert api.client(expired).get("/v1/me").status_code == 200
    clock.now = clock.now.replace(day=2, hour=10)
    before = api.cw.history(NUMBER)
    keys = {"none": None, "no key": "geheim", "wrong": other, "revoked": secret, "expired": expired}
    for why, key in keys.items():
        client = api.client(key)
        for address in [*ALLOWED, ("GET", "/v1/nothing")]:
            answer = client.get("/v1/nothing") if address[1] == "/v1/nothing" else send(client, address)
            assert (why, address, answer.status_code) == (why, address, 401)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert answer.json()["code"] == "not_authenticated"
    assert api.cw.history(NUMBER) == before
    assert [read for _, read in api.cw.reads()] == []


@pytest.mark.parametrize("who", PEOPLE)
def test_a_role_does_only_what_it_may(api: Api, who: str) -> None:
    client = api.as_(who)
    said = {address: send(client, address).status_code for address in ALLOWED if address[1] != "/v1/hand-over"}
    said["POST", "/v1/hand-over"] = send(client, ("POST", "/v1/hand-over")).status_code  # last: it changes who is who
    may = {address for address, status in said.items() if status != 403}
    assert may == {address for address, (_, _, people) in ALLOWED.items() if who in people}
    assert {status for address, status in said.items() if address in may} <= {200, 201, 409}


@pytest.mark.parametrize("scope", ALL)
def test_a_key_does_only_what_it_has_a_scope_for(api: Api, scope: str) -> None:
    client = api.as_("head", scope)
    refused = {address for address in ALLOWED if "no scope" in send(client, address).text}
    assert refused == {address for address, needed in SCOPES.items() if needed not in ("", scope)}


def test_whoever_sends_a_request_is_the_member_of_staff_of_the_key(api: Api) -> None:
    client = api.as_("rina")
    sent = {"data": data("plan"), "at": "2025-03-14", "by": "sup"}
    assert client.post(f"{CASE}/records/plan", json=sent, headers={"If-Match": "*"}).status_code == 422
    assert client.get("/v1/today?as=sup").status_code == 422
    assert client.get("/v1/today").json()["worker"] == "rina"
    del sent["by"]
    assert client.post(f"{CASE}/records/plan", json=sent, headers={"If-Match": "*"}).json()["by"] == "rina"
    assert api.cw.history(NUMBER)[-1]["by"] == "rina"


def test_an_auditor_reads_the_log_and_nothing_of_people(api: Api) -> None:
    client = api.as_("budi")
    for answer in (
        client.get("/v1/cases"),
        client.get(f"{CASE}/history?limit=200"),
        client.get("/v1/report"),
        client.post("/v1/search", json={"text": "0001"}),
    ):
        assert answer.status_code == 200
        assert NUMBER in answer.text or "tables" in answer.text
        assert "Sarma" not in answer.text
        assert "1216065208929999" not in answer.text
    assert client.post("/v1/search", json={"text": "sarma"}).json() == []
    assert client.get("/v1/cases?district=12.16").status_code == 403
    assert client.get("/v1/cases?sort=client").status_code == 403


def test_an_intake_officer_reads_the_intake_and_nothing_else(api: Api) -> None:
    client = api.as_("ina")
    number = client.post("/v1/cases", json=OPENING).json()["case"]
    own = client.get(f"/v1/cases/{number}/records")
    assert [one["record"] for one in own.json()] == ["client"]
    assert client.get(f"/v1/cases/{number}").status_code == 403
    assert client.get(f"{CASE}/documents/intake?format=text").status_code == 200  # D1, of whatever case
    for other in ("documents/contract?format=text", "documents", "records?record=plan", "drawings/genogram"):
        assert client.get(f"{CASE}/{other}").status_code == 403


def test_a_worker_finds_their_own_cases_only(api: Api) -> None:
    assert api.as_("rina").get("/v1/cases").json() != []
    for address in ("/v1/cases", "/v1/board", "/v1/due?within=260"):
        assert api.as_("maya").get(address).json() == []
        assert api.as_("sup2").get(address).json() == []
    assert api.as_("maya").post("/v1/search", json={"text": "sarma"}).json() == []
