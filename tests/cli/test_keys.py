"""The verbs of keys, of who has read what, and of serving."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from driver import casework
from serving import answers, free_port

SHAPE = re.compile(r"cw_[0-9a-f]{12}_[A-Za-z0-9_-]{43}\n")


@pytest.fixture
def office(at_stage: Callable[[str], Path]) -> Path:
    return at_stage("assessment")


def test_a_key_is_printed_once_and_listed_without_its_secret(office: Path) -> None:
    made = casework("key", "add", "rina", "--scope", "write", "--scope", "read", "--label", "SIKS")
    assert made.code == 0
    assert SHAPE.fullmatch(made.out)
    assert "not shown again" in made.err
    id, secret = made.out.split("_")[1:3]
    listed = casework("key", "list")
    assert id in listed.out
    assert secret.strip() not in listed.out
    (key,) = casework("key", "list", "--json").data
    assert (key["staff"], key["scopes"], key["label"], key["revoked_at"]) == ("rina", ["read", "write"], "SIKS", None)
    assert casework("verify").code == 0


def test_a_key_in_json_and_its_end(office: Path) -> None:
    made = casework("key", "add", "sup", "--scope", "approve", "--expires", "2999-12-31", "--json").data
    assert SHAPE.fullmatch(made["key"] + "\n")
    assert made["expires_on"] == "2999-12-31"
    assert casework("key", "revoke", made["id"], "--json").data["revoked_at"]
    assert "revoked" in casework("key", "list").out
    assert casework("key", "revoke", "000000000000").code == 4


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("rina", "--scope", "everything"), 2),
        (("rina",), 2),
        (("nobody", "--scope", "read"), 4),
        (("rina", "--scope", "read", "--expires", "2020-01-01"), 6),
        (("rina", "--scope", "read", "--expires", "soon"), 6),
    ],
)
def test_a_key_that_cannot_be_is_refused(office: Path, words: tuple[str, ...], code: int) -> None:
    assert casework("key", "add", *words).code == code
    assert casework("key", "list", "--json").data == []


def test_nobody_has_read_anything_before_it_is_served(office: Path) -> None:
    assert casework("reads", "KSS-2025-0001", "--json", "--as", "sup").code == 3  # a supervisor audits nothing
    outcome = casework("reads", "--json", "--as", "")
    assert (outcome.code, outcome.data) == (0, [])


def test_a_database_in_memory_is_not_served(office: Path) -> None:
    assert casework("serve", "--db", "sqlite://").code == 1


def test_serve_answers_until_it_is_stopped_and_its_log_tells_of_no_person(office: Path) -> None:
    key = casework("key", "add", "rina", "--scope", "read").out.strip()
    port = free_port()
    program = str(Path(sys.executable).parent / "casework")
    server = subprocess.Popen(
        [program, "serve", "--port", str(port)],
        cwd=office,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={name: value for name, value in os.environ.items() if name != "CASEWORK_AS"},
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {key}"}) as client:
            answers(server, f"http://127.0.0.1:{port}", lambda: server.stderr.read() if server.stderr else "")
            status = client.get("/v1/cases/KSS-2025-0001")
            found = client.post("/v1/search", json={"text": "Sarma Contoh"})
        assert status.json()["stage"] == "assessment"
        assert found.json()[0]["client"] == "Sarma Contoh"
    finally:
        server.send_signal(signal.SIGINT)
        out, log = server.communicate(timeout=20)
    assert out == ""
    assert f"http://127.0.0.1:{port}/v1" in log
    assert "POST /v1/search" in log
    assert "Sarma" not in log
    assert key not in log
    reads = casework("reads", "KSS-2025-0001", "--json", "--as", "").data
    assert [(one["by"], one["what"]) for one in reads] == [("rina", "status")]
    assert "status" in casework("reads", "--as", "").out
