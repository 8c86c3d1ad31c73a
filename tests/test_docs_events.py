"""What docs/events.md says: its commands are typed, and its code checks the signatures of real messages."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from datetime import datetime
from pathlib import Path

import pytest
from test_docs import ROOT, blocks, run

from casework_flow import webhooks
from casework_flow.occasions import OCCASIONS

PAGE = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
OFFICE = f"""
casework init dinas --office "Dinas Sosial Kabupaten Contoh" --yes
cd dinas
casework staff add sup --name "Supervisor Contoh" --role supervisor
casework staff add rina --name "Rina Contoh" --role social_worker --supervisor sup
cp {ROOT / "examples" / "case-s" / "client.yaml"} .
"""
PHP = """
$given = json_decode(file_get_contents('php://stdin'), true);
foreach ($given as [$headers, $body, $secret]) { echo genuine($headers, $body, $secret) ? "yes\n" : "no\n"; }
"""
NODE = """
const given = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
for (const [headers, body, secret] of given) console.log(genuine(headers, body, secret) ? "yes" : "no");
"""


def test_the_commands_of_the_page_work_one_after_the_other(tmp_path: Path) -> None:
    commands = "".join(blocks(PAGE, "sh"))
    assert commands.count("casework worker --once\n") == 1
    sent = "casework worker --once || test $? = 3  # nobody is there\n"
    script = OFFICE + commands.replace("casework worker --once\n", sent)
    done = run(["bash", "-euo", "pipefail", "-c", script], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "sik:KSS-2025-0001:1 failed ConnectError" in done.stderr
    assert "whsec_" in done.stdout


def test_the_page_names_every_event() -> None:
    told = PAGE[PAGE.index("The events are") :].split("\n\n")[0]
    assert [name for name in OCCASIONS if f"`{name}`" not in told] == []


def messages() -> list[tuple[dict[str, str], str, str]]:
    """A genuine message, one with a forged body, one with another secret, and one that is old."""
    secret, now = webhooks.new_secret(), time.time()
    body = webhooks.trial_body("01a20c4f-93c6-7a3e-8d1f-0d6a4c1e9b27", "evt_1", "2025-03-06T04:00:00.000+00:00")
    right, old = (
        webhooks.headers(secret, "evt_1", body, datetime.fromtimestamp(at).astimezone()) for at in (now, now - 400)
    )
    text = body.decode()
    return [
        (right, text, secret),
        (right, text + " ", secret),
        (right, text, webhooks.new_secret()),
        (old, text, secret),
    ]


def test_the_python_of_the_page_knows_a_genuine_message() -> None:
    names: dict[str, object] = {}
    exec(blocks(PAGE, "python")[0], names)  # noqa: S102  # the page is ours
    genuine = names["genuine"]
    assert callable(genuine)
    assert [genuine(headers, body.encode(), secret) for headers, body, secret in messages()] == [
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("language", "command", "rest"),
    [("php", ["php", "-r"], PHP), ("javascript", ["node", "-e"], NODE)],
    ids=["php", "node"],
)
def test_the_code_of_the_page_knows_a_genuine_message(language: str, command: list[str], rest: str) -> None:
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    code = blocks(PAGE, language)[0] + rest
    done = subprocess.run([*command, code], input=json.dumps(messages()), capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == (["yes", "no", "no", "no"], "")


def test_the_message_on_the_page_has_the_form_of_real_ones() -> None:
    shown = json.loads(blocks(PAGE, "json")[0])
    row = {
        "stream": "01a20c54-176c-7d81-833d-666312db3eff", "seq": 7, "kind": "moved",
        "on": "2025-03-06", "at": shown["time"],
        "role": "practicum_student", "number": "KSS-2025-0001", "workflow": "pkh-economic",
        "body": {"move": "advance", "from": "engagement", "to": "assessment", "status": "active"},
        "documents": shown["data"]["documents"],
    }  # fmt: skip
    assert json.loads(webhooks.body(shown["source"].removeprefix("urn:uuid:"), row)) == shown
