"""The verbs about events, as somebody types them; and the worker as a service that is told to stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from receiver import SECRET, Receiver

WORKER = "from casework_flow.cli import main; main()"
ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="this system has other signals")


class Desk:
    """A project folder, in which somebody types."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CASEWORK_")}
        self.env = {**clean, "LC_ALL": "C.UTF-8", "CASEWORK_LANG": "en"}

    def type(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run one command, which must end with ``code``."""
        done = subprocess.run(
            [sys.executable, "-c", WORKER, *words],
            cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        return done

    def data(self, *words: str, code: int = 0) -> Any:
        """What a command gives back as JSON."""
        return json.loads(self.type("--json", *words, code=code).stdout)

    def case(self) -> str:
        """A new case."""
        client = ROOT / "examples" / "case-s" / "client.yaml"
        return self.type("open", "pkh-economic", "--client", str(client), "--as", "rina").stdout.strip()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    made.type("init", "dinas", "--office", "Dinas Sosial Contoh", "--yes")
    made.folder = tmp_path / "dinas"
    made.type("staff", "add", "sup", "--name", "Supervisor Contoh", "--role", "supervisor")
    made.type("staff", "add", "rina", "--name", "Rina Contoh", "--role", "social_worker", "--supervisor", "sup")
    return made


def test_the_verbs_from_the_first_subscription_to_the_last_message(desk: Desk, receiver: Receiver) -> None:
    added = desk.data("webhook", "add", "sik", receiver.url, "--insecure", "--events", "opened,closed", "--as", "sup")
    assert added["events"] == ["opened", "closed"]
    assert added["secret"].startswith("whsec_")
    assert added["secret"] not in desk.type("webhook", "list").stdout
    assert desk.data("webhook", "test", "sik") == {"name": "sik", "ok": True, "note": "HTTP 204"}
    number = desk.case()
    receiver.answer = lambda _: 500
    failed = desk.type("worker", "--once", code=3)
    assert f"sik:{number}:1 failed HTTP 500" in failed.stderr
    (waiting,) = desk.data("outbox", "list")
    assert (waiting["id"], waiting["event"], waiting["note"]) == (f"sik:{number}:1", "opened", "HTTP 500")
    receiver.answer = lambda _: 204
    assert desk.data("outbox", "replay", waiting["id"]) == {"replayed": 1}
    assert desk.data("worker", "--once") == {"done": 1}
    assert "nothing in the outbox" in desk.type("outbox", "list").stdout
    assert [one["state"] for one in desk.data("outbox", "list", "--state", "done")] == ["done"]
    desk.case()
    skipped = desk.data("outbox", "list")[0]["id"]
    assert desk.data("outbox", "skip", skipped, "--as", "sup") == {"skipped": True}
    assert desk.data("webhook", "remove", "sik", "--as", "sup") == {"name": "sik", "skipped": 0}
    assert desk.data("webhook", "list") == []
    desk.type("verify")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["webhook", "add", "b", "http://b.example/", "--as", "sup"], 6),
        (["webhook", "add", "b", "https://b.example/", "--events", "advnced", "--as", "sup"], 6),
        (["webhook", "add", "b", "https://b.example/", "--as", "rina"], 3),
        (["webhook", "add", "b", "https://b.example/"], 2),
        (["webhook", "remove", "b", "--as", "sup"], 4),
        (["webhook", "test", "b"], 4),
        (["outbox", "replay"], 2),
        (["outbox", "replay", "--dead", "--since", "2025-01-01"], 2),
        (["outbox", "replay", "b:KSS-2025-0001:1"], 4),
        (["outbox", "replay", "--since", "kemarin"], 6),
        (["worker", "--once", "--keep", "-1"], 2),
    ],
)
def test_what_cannot_be_done_has_its_exit_code(desk: Desk, words: list[str], code: int) -> None:
    assert desk.type(*words, code=code).stdout == ""


@pytest.fixture
def running(desk: Desk, receiver: Receiver) -> Iterator[subprocess.Popen[str]]:
    """A worker as a service."""
    desk.type("webhook", "add", "sik", receiver.url, "--insecure", "--secret", SECRET, "--as", "sup")
    started = subprocess.Popen(
        [sys.executable, "-c", WORKER, "worker", "--every", "0.1"],
        cwd=desk.folder, env=desk.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    yield started
    if started.poll() is None:
        started.kill()
    started.communicate()


def wait_for(receiver: Receiver, count: int) -> None:
    """Wait until so many messages have come."""
    end = time.monotonic() + 60
    while len(receiver.got) < count:
        assert time.monotonic() < end, "the worker sends nothing"
        time.sleep(0.02)  # the worker is a process of its own


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_sends_what_comes_and_ends_cleanly_when_it_is_told_to(
    desk: Desk, receiver: Receiver, running: subprocess.Popen[str], number: signal.Signals
) -> None:
    for count in (1, 2):
        desk.case()
        wait_for(receiver, count)
    running.send_signal(number)
    _, log = running.communicate(timeout=30)
    assert running.returncode == 0
    assert [line.split()[2] for line in log.splitlines()] == ["done", "done"]
    assert "Sarma" not in log
    assert desk.data("outbox", "list") == []
