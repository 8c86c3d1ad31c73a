"""What is kept and what is bounded: keys, reads, how often and how much, what a browser and a log are told."""

from __future__ import annotations

import logging
import re
import sqlite3
from datetime import date
from pathlib import Path

import httpx
import pytest
from case_s import NUMBER, Clock, data
from served import Api, Serve

from casework_flow.access import SCOPES
from casework_flow.api import faults
from casework_flow.errors import CaseworkError, Invalid, NotFound

CASE = f"/v1/cases/{NUMBER}"


def kept(api: Api) -> str:
    """The whole database as text."""
    file = str(api.cw._store.engine.url.database)  # where the test has put it
    with sqlite3.connect(file) as raw:
        return "\n".join(raw.iterdump())


def test_a_key_is_kept_as_a_digest_only(serve: Serve) -> None:
    api = serve()
    key, secret = api.cw.add_key("rina", scopes=["write", "read"], label="SIKS-NG", expires_on=date(2026, 12, 31))
    assert re.fullmatch(rf"cw_{key.id}_[\w-]{{43}}", secret)
    assert key.scopes == ("read", "write")
    stored = kept(api)
    assert key.id in stored
    assert secret not in stored
    assert secret.rpartition("_")[2] not in stored
    assert [one.as_data() for one in api.cw.api_keys()] == [key.as_data()]


def test_no_two_keys_are_alike_and_a_part_of_one_is_none(serve: Serve) -> None:
    api = serve()
    secrets = {api.cw.add_key("rina", scopes=["read"])[1] for _ in range(50)}
    assert len(secrets) == 50
    one, other = list(secrets)[:2]
    for wrong in (one[:-1], one + "a", one.upper(), one[:16] + other[16:], "cw_", "", "Bearer", "é" * 59):
        with pytest.raises(CaseworkError) as refused:
            api.cw.holder(wrong)
        assert refused.value.code == "not_authenticated"


def test_the_last_use_of_a_key_is_told_to_the_minute(serve: Serve, clock: Clock) -> None:
    api = serve()
    client = api.as_("rina")
    client.get("/v1/me")
    first = api.cw.api_keys()[0].used_at
    clock.now = clock.now.replace(second=30)
    client.get("/v1/me")
    assert api.cw.api_keys()[0].used_at == first == "2025-12-01T08:00:00.000+00:00"
    clock.now = clock.now.replace(minute=5)
    client.get("/v1/me")
    assert api.cw.api_keys()[0].used_at == "2025-12-01T08:05:30.000+00:00"


def test_a_key_that_makes_no_sense_is_not_made(serve: Serve) -> None:
    cw = serve().cw
    with pytest.raises(Invalid) as refused:
        cw.add_key("rina", scopes=["read", "everything"], expires_on=date(2025, 11, 30))
    assert {problem.where for problem in refused.value.problems} == {"scopes", "expires"}
    with pytest.raises(Invalid):
        cw.add_key("rina", scopes=[])
    with pytest.raises(NotFound):
        cw.add_key("nobody", scopes=["read"])
    with pytest.raises(NotFound):
        cw.revoke_key("096de4d84d95")
    assert cw.api_keys() == ()


def test_a_key_revoked_twice_keeps_the_first_time(serve: Serve, clock: Clock) -> None:
    cw = serve().cw
    key, _ = cw.add_key("rina", scopes=["read"])
    first = cw.revoke_key(key.id).revoked_at
    clock.now = clock.now.replace(hour=12)
    assert cw.revoke_key(key.id).revoked_at == first is not None


def test_whoever_reads_something_of_a_case_stands_in_the_list_of_reads(serve: Serve) -> None:
    api = serve()
    rina, head = api.as_("rina"), api.as_("head")
    for path in ("", "/history", "/documents", "/documents/contract?format=text", "/records?record=contract"):
        assert rina.get(CASE + path).status_code == 200
    rina.get("/v1/cases")
    api.as_("maya").get(CASE)  # refused: nothing was read
    found = head.get(f"{CASE}/reads").json()
    told = [(one["by"], one["role"], one["case"], one["what"]) for one in reversed(found)]
    whats = ("status", "history", "documents", "document contract", "records contract")
    assert told == [("rina", "practicum_student", NUMBER, what) for what in whats]
    keys = {one.staff: one.id for one in api.cw.api_keys()}
    assert {one["key"] for one in found} == {keys["rina"]}
    assert ("rina", None, "list") in [(one["by"], one["case"], one["what"]) for one in head.get("/v1/reads").json()]
    first = head.get(f"{CASE}/reads?limit=2")
    rest = head.get(first.links["next"]["url"])
    assert first.json() + rest.json() == found[:4]


@pytest.mark.parametrize("change", ["UPDATE casework_reads SET what = ''", "DELETE FROM casework_reads"])
def test_a_read_is_never_changed_or_taken_away(serve: Serve, change: str) -> None:
    api = serve()
    api.as_("rina").get(CASE)
    with sqlite3.connect(str(api.cw._store.engine.url.database)) as raw, pytest.raises(sqlite3.DatabaseError):
        raw.execute(change)


def test_too_many_requests_are_told_when_to_go_on(serve: Serve) -> None:
    api = serve(rate=30)
    rina, sup = api.as_("rina"), api.as_("sup")
    answers = [rina.get("/v1/me") for _ in range(12)]
    assert {answer.status_code for answer in answers[:10]} == {200}
    late = next(answer for answer in answers if answer.status_code == 429)
    assert late.json()["code"] == "too_many_requests"
    assert 1 <= int(late.headers["Retry-After"]) <= 60
    assert sup.get("/v1/me").status_code == 200  # another key has requests of its own
    guesses = [api.client("cw_wrong").get("/v1/me").status_code for _ in range(12)]
    assert guesses[0] == 401
    assert guesses[-1] == 429


@pytest.mark.parametrize("chunked", [False, True])
def test_a_request_that_is_too_large_is_refused_before_it_is_read(serve: Serve, chunked: bool) -> None:
    api = serve(largest=10_000)
    client = api.as_("rina")
    whole = b'{"text": "' + b"a" * 20_000 + b'"}'
    sent = iter([whole[:9_000], whole[9_000:]]) if chunked else whole
    try:
        answer = client.post("/v1/search", content=sent, headers={"Content-Type": "application/json"})
    except httpx.WriteError:  # the server has hung up already
        return
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_every_answer_tells_a_browser_to_keep_and_run_nothing(serve: Serve) -> None:
    api = serve()
    rina = api.as_("rina")
    answers = [
        rina.get(CASE),
        rina.get(f"{CASE}/documents/contract?format=html"),
        rina.get("/v1/nothing"),
        api.client().get(CASE),
        rina.get("/v1/cases", headers={"Origin": "https://elsewhere.example"}),
    ]
    for answer in answers:
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_no_log_tells_of_people_or_keys(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    api = serve()
    client = api.as_("rina")
    with caplog.at_level(logging.DEBUG, logger="casework_flow"):
        client.post("/v1/search", json={"text": "Sarma Contoh"})
        client.post("/v1/search", json={"text": ""})
        client.post("/v1/cases", json={"workflow": "pkh-economic", "client": {**data("client"), "nik": "1"}})
    assert "Sarma" not in caplog.text
    assert "cw_" not in caplog.text


def test_a_database_that_is_gone_is_an_error_without_its_path(serve: Serve) -> None:
    api = serve()
    client = api.as_("rina")
    client.get("/v1/me")
    with sqlite3.connect(str(api.cw._store.engine.url.database)) as raw:
        raw.execute("DROP TABLE casework_reads")
    answer = client.get(CASE)
    assert (answer.status_code, answer.json()["code"]) == (503, "store")
    assert "Retry-After" in answer.headers


def subclasses(kind: type[CaseworkError]) -> set[type[CaseworkError]]:
    return {kind}.union(*map(subclasses, kind.__subclasses__()))


def test_every_kind_of_error_that_a_user_makes_has_a_status_and_a_title() -> None:
    # the faults of an office's files, of what is installed, or of the software
    server = {"error", "extension", "markup", "pdf", "png", "stopped", "template", "unexpected", "usage"}
    for kind in subclasses(CaseworkError):
        if not kind.__module__.startswith(("casework_flow.cli", "test")) and kind.code not in server:
            status = faults.status_of(kind.__new__(kind))
            assert status in faults.TITLES
            assert status != 500, kind


def test_the_description_holds_examples_and_says_who_may_come_in(serve: Serve) -> None:
    described = serve().as_("rina").get("/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert "Sarma Contoh" in str(described["components"]["schemas"]["Opening"])
    for path, verbs in described["paths"].items():
        for verb, operation in verbs.items():
            assert operation["security"], path
            assert operation["security"][0]["key"] in ([], *([scope] for scope in SCOPES))
            assert {"401", "403", "429"} <= operation["responses"].keys()
            refused = operation["responses"]["401"]["content"]
            assert list(refused) == ["application/problem+json"]
            if verb == "post" and "{number}" in path:
                match = next(one for one in operation["parameters"] if one["name"] == "if-match")
                assert match["required"] is True


def test_the_file_of_a_document_is_named_without_the_client(serve: Serve, tmp_path: Path) -> None:
    answer = serve().as_("rina").get(f"{CASE}/documents/intake")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{NUMBER}-intake.pdf"'
