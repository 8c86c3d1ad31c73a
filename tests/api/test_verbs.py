"""The verbs over HTTP: case S from its opening to a document, and what is promised of every answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pypdf
import pytest
from case_s import NUMBER, At, Databases, casework, data, steps
from fastapi import FastAPI
from served import Api, Serve, serving, token

from casework_flow.api import create_app
from casework_flow.casework import Casework

CASE = f"/v1/cases/{NUMBER}"
DAY = {"at": "2025-03-14"}


@pytest.fixture
def api(serve: Serve) -> Api:
    return serve("planning")


def changed(client: httpx.Client, path: str, body: Any, version: str = "*", **headers: str) -> httpx.Response:
    return client.post(path, json=body, headers={"If-Match": version, **headers})


def answered(answer: httpx.Response, status: int) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def test_case_s_lives_its_whole_life_over_http(serve: Serve, databases: Databases, tmp_path: Path) -> None:
    api = serve("engagement")  # only for its office and staff: the case of this test is the second one
    clients = {name: api.as_(name) for name in ("rina", "sup")}
    path = ""
    for verb, step in steps():
        client = clients[step.pop("by")]
        if verb == "open":
            made = client.post("/v1/cases", json=step)
            path = made.headers["Location"]
            assert answered(made, 201)["case"] == "KSS-2025-0002"
        elif verb == "record":
            done = changed(client, f"{path}/records/{step.pop('record')}", step, made.headers["ETag"])
            assert answered(done, 201)["by"] == "rina"
            made = done
        else:
            status = {"approve": 200, "advance": 200, "close": 200}[verb]
            done = changed(client, f"{path}/{verb}", step, made.headers["ETag"])
            answered(done, status)
            made = done
    assert answered(clients["rina"].get(path), 200)["status"] == "closed"
    assert api.cw.verify() == ()
    done = casework(databases.at("", tmp_path / "walked.db"))
    assert [e["kind"] for e in api.cw.history("KSS-2025-0002")] == [e["kind"] for e in done.history(NUMBER)]


def test_a_refused_move_names_every_unmet_requirement_in_the_readers_language(api: Api) -> None:
    client = api.as_("rina")
    for lang, title in (("id", "Aturan tidak mengizinkan"), ("en", "The rules say no")):
        refused = changed(client, f"{CASE}/advance", DAY, **{"Accept-Language": f"fr, {lang};q=0.8"})
        body = answered(refused, 409)
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert refused.headers["Content-Language"] == lang
        assert (body["title"], body["status"], body["code"]) == (title, 409, "refused")
        told = next(move for move in client.get(CASE, headers={"Accept-Language": lang}).json()["moves"])
        assert body["unmet"] == [one for one in told["requirements"] if not one["ok"]] != []
        assert {"guard", "kind", "message", "by", "fix", "due_on"} <= body["unmet"][0].keys()


def test_a_fault_in_a_record_is_named_with_its_place(api: Api) -> None:
    body = answered(changed(api.as_("rina"), f"{CASE}/records/plan", {"data": {"component": []}}), 422)
    assert body["code"] == "invalid"
    assert {"components", "component"} <= {problem["where"] for problem in body["problems"]}
    body = answered(changed(api.as_("rina"), f"{CASE}/advance", {"dry_run": "perhaps"}), 422)
    assert [problem["where"] for problem in body["problems"]] == ["dry_run"]


def test_a_change_names_the_version_that_it_rests_on(api: Api) -> None:
    client = api.as_("rina")
    version = client.get(CASE).headers["ETag"]
    plan = {"data": data("plan"), **DAY}
    assert client.post(f"{CASE}/records/plan", json=plan).status_code == 428
    done = changed(client, f"{CASE}/records/plan", plan, version)
    assert done.status_code == 201
    assert done.headers["ETag"] == client.get(CASE).headers["ETag"] != version
    late = changed(client, f"{CASE}/records/plan", {**plan, "revise": True}, version)
    assert (late.status_code, late.json()["code"]) == (412, "conflict")
    assert api.cw.history(NUMBER)[-1]["seq"] == int(done.headers["ETag"].strip('"'))


def test_of_many_who_saw_the_same_version_one_changes_it(api: Api) -> None:
    clients = [api.as_("rina") for _ in range(8)]
    version = clients[0].get(CASE).headers["ETag"]
    plan = {"data": data("plan"), **DAY, "again": True}
    with ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda client: changed(client, f"{CASE}/records/plan", plan, version).status_code, clients)
    assert sorted(found) == [201] + [412] * 7
    assert [event["kind"] for event in api.cw.history(NUMBER)].count("recorded") == 7
    assert api.cw.verify() == ()


def test_a_request_with_a_key_is_done_once_and_answered_alike(api: Api) -> None:
    client = api.as_("rina")
    version = client.get(CASE).headers["ETag"]
    plan = {"data": data("plan"), **DAY}
    first = changed(client, f"{CASE}/records/plan", plan, version, **{"Idempotency-Key": "satu"})
    events = api.cw.history(NUMBER)
    again = changed(client, f"{CASE}/records/plan", plan, version, **{"Idempotency-Key": "satu"})
    assert (again.status_code, again.json()["items"]) == (first.status_code, first.json()["items"])
    assert again.headers["ETag"] == first.headers["ETag"]
    assert api.cw.history(NUMBER) == events
    other = changed(client, f"{CASE}/records/plan", {**plan, "again": True}, **{"Idempotency-Key": "satu"})
    assert (other.status_code, other.json()["problems"][0]["where"]) == (422, "key")
    theirs = changed(api.as_("sup"), f"{CASE}/approve", {"what": "plan", **DAY}, **{"Idempotency-Key": "satu"})
    assert theirs.status_code == 200  # another person's keys are their own


def test_opening_twice_with_one_key_opens_one_case(api: Api) -> None:
    client, opening = api.as_("maya"), {"workflow": "pkh-economic", "client": data("client"), **DAY}
    answers = [client.post("/v1/cases", json=opening, headers={"Idempotency-Key": "buka"}) for _ in range(2)]
    assert {(answer.status_code, answer.json()["case"]) for answer in answers} == {(201, "KSS-2025-0002")}
    assert len(api.cw.list()) == 2


def test_a_dry_run_changes_nothing(api: Api) -> None:
    client = api.as_("rina")
    version = client.get(CASE).headers["ETag"]
    tried = changed(client, f"{CASE}/moves/pause", {"reason": "sakit", "dry_run": True, **DAY}, version)
    assert answered(tried, 200)["dry_run"] is True
    assert tried.headers["ETag"] == version == client.get(CASE).headers["ETag"]


FORMATS: dict[str, tuple[str, Callable[[bytes], bool]]] = {
    "pdf": ("application/pdf", lambda found: found.startswith(b"%PDF-")),
    "docx": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        lambda found: found.startswith(b"PK"),
    ),
    "html": ("text/html", lambda found: b"<html" in found),
    "text": ("text/plain", lambda found: b"Kode keaslian" in found),
    "xml": ("application/xml", lambda found: found.lstrip().startswith(b"<")),
}


@pytest.mark.parametrize("form", FORMATS)
def test_a_document_comes_in_the_format_that_is_asked_for(api: Api, form: str) -> None:
    media, is_one = FORMATS[form]
    client = api.as_("rina")
    by_name = client.get(f"{CASE}/documents/contract", params={"format": form})
    by_header = client.get(f"{CASE}/documents/contract", headers={"Accept": f"image/png, {media};q=0.9"})
    assert by_name.status_code == by_header.status_code == 200
    assert by_name.headers["Content-Type"].partition(";")[0] == media
    assert by_name.content == by_header.content
    assert is_one(by_name.content)
    assert int(by_name.headers["Content-Length"]) == len(by_name.content)
    assert by_name.headers["Content-Disposition"].startswith(f'attachment; filename="{NUMBER}-contract.')
    issued = getattr(api.cw.document(NUMBER, "contract"), form, None)
    if form in ("pdf", "docx"):
        assert issued is not None
        assert by_name.content == issued()


def test_without_a_wish_a_document_is_a_pdf_and_an_impossible_wish_is_refused(api: Api, tmp_path: Path) -> None:
    client = api.as_("rina")
    found = client.get(f"{CASE}/documents/contract")
    (tmp_path / "kontrak.pdf").write_bytes(found.content)
    assert pypdf.PdfReader(tmp_path / "kontrak.pdf").pages
    assert client.get(f"{CASE}/documents/contract", headers={"Accept": "image/gif"}).status_code == 406
    assert client.get(f"{CASE}/documents/contrct").status_code == 404
    drawn = client.get(f"{CASE}/drawings/genogram", headers={"Accept": "image/png"})
    assert drawn.content.startswith(b"\x89PNG")
    assert client.get(f"{CASE}/drawings/genogram").text.startswith("<svg")
    draft = client.get(f"{CASE}/drafts/plan?format=text&lang=en")
    assert (draft.status_code, draft.headers["Content-Language"]) == (200, "en")


def test_a_letter_is_registered_and_a_document_corrected(api: Api) -> None:
    client = api.as_("rina")
    done = changed(client, f"{CASE}/documents/contract/register", {"number": "460/012/Dinsos/2025", **DAY})
    assert answered(done, 200)["number"] == "460/012/Dinsos/2025"
    known = {"data": {**data("client"), "initials": "SC"}, "revise": True, **DAY}
    assert changed(client, f"{CASE}/records/client", known).status_code == 201
    again = changed(client, f"{CASE}/documents/contract/reissue", {"reason": "inisial dibetulkan", **DAY})
    assert answered(again, 201)["version"] == 2
    listed = answered(client.get(f"{CASE}/documents"), 200)
    assert [(one["number"], one["version"]) for one in listed if one["name"] == "contract"] == [
        ("460/012/Dinsos/2025", 1),
        (None, 2),
    ]


def pages(client: httpx.Client, path: str, **params: Any) -> list[list[Any]]:
    """Every page of a list, by the link of the page before."""
    found, answer = [], client.get(path, params=params)
    while True:
        found.append(answered(answer, 200))
        if "next" not in answer.links:
            return found
        answer = client.get(answer.links["next"]["url"])


@pytest.mark.parametrize(
    ("path", "sort"),
    [("/v1/cases", {}), ("/v1/cases", {"sort": "due", "descending": "true"}), (f"{CASE}/history", {})],
)
def test_a_list_comes_in_pages_that_hold_each_item_once(api: Api, path: str, sort: dict[str, str]) -> None:
    for _ in range(4):
        api.cw.open("pkh-economic", client=data("client"), by="rina", at="2025-03-14")
    client = api.as_("head")
    whole = answered(client.get(path, params=sort), 200)
    found = pages(client, path, limit=2, **sort)
    assert [len(page) for page in found[:-1]] == [2] * (len(found) - 1)
    assert len(found) > 2
    assert [item for page in found for item in page] == whole


def test_pages_are_bounded_and_a_strange_cursor_is_refused(api: Api) -> None:
    client = api.as_("head")
    for wrong in ("limit=0", "limit=201", "cursor=W10", "cursor=%22", "page=2"):
        assert answered(client.get(f"/v1/cases?{wrong}"), 422)["problems"][0]["where"].startswith("query")


def test_the_json_is_that_of_the_command_line(api: Api) -> None:
    client, cw = api.as_("rina"), api.cw
    plain = json.loads(json.dumps(cw.status(NUMBER).as_data("en")))
    assert client.get(CASE).json() == plain
    assert client.get("/v1/cases").json() == [case.as_data() for case in cw.list()]
    assert client.get("/v1/today").json() == cw.today("rina").as_data("en")
    assert client.get("/v1/board").json() == [one.as_data("en") for one in cw.board()]
    assert client.get(f"{CASE}/records?record=contract").json() == [
        one.as_data("en") for one in cw.records(NUMBER, "contract")
    ]
    assert api.as_("head").get("/v1/workload").json() == [one.as_data() for one in cw.workload()]
    assert api.as_("head").get("/v1/report").json() == json.loads(json.dumps(cw.report().as_data("en")))


def test_the_records_of_a_programme_are_described(api: Api) -> None:
    found = answered(api.as_("rina").get("/v1/workflows/child-in-conflict-with-law/records"), 200)
    assert found["client"]["required"] == ["name", "initials", "sex"]
    assert found["session"]["x-many"] is True
    assert {"handover", "plan"} <= found.keys()  # a form of its own, too
    for kind in ("client", "plan", "genogram"):
        assert set(data(kind)) <= found[kind]["properties"].keys()


def test_it_can_be_mounted_in_a_host_of_its_own(at: At) -> None:
    cw = at("planning")
    host = FastAPI()

    @host.get("/hello")
    def hello() -> str:
        return "hello"

    host.mount("/kasus", create_app(cw))
    with serving(host) as address, httpx.Client(base_url=address) as client:
        assert client.get("/hello").json() == "hello"
        assert client.get("/kasus/v1/cases").status_code == 401
        client.headers["Authorization"] = f"Bearer {token(cw, 'rina')}"
        opening = {"workflow": "pkh-economic", "client": data("client"), **DAY}
        made = client.post("/kasus/v1/cases", json=opening)
        assert made.headers["Location"] == "/kasus/v1/cases/KSS-2025-0002"
        assert client.get(made.headers["Location"]).status_code == 200
        listed = client.get("/kasus/v1/cases?limit=1")
        assert listed.links["next"]["url"].startswith("/kasus/v1/cases?")
        assert client.get(listed.links["next"]["url"]).json()[0]["case"] == "KSS-2025-0002"


def test_one_front_door_serves_many_threads(at: At) -> None:
    cw: Casework = at("planning")
    numbers = [cw.open("pkh-economic", client=data("client"), by="rina", at="2025-03-14").number for _ in range(4)]

    def work(place: int) -> list[str]:
        number = numbers[place % len(numbers)]
        cw.record(
            number, "supervision", {"date": "2025-03-14", "note": f"catatan {place}"}, by="sup", at="2025-03-14"
        )
        cw.document(NUMBER, "contract").pdf()
        cw.draft(NUMBER, "plan").text()
        return [cw.status(number).case.stage, cw.draw(NUMBER, "genogram").alt]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(work, range(16)))
    assert len({tuple(one) for one in found}) == 1
    assert [len(cw.records(number, "supervision")) for number in numbers] == [4] * 4
    assert cw.verify() == ()
