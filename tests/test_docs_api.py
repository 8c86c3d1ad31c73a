"""What docs/api.md says, typed: the office, the keys, and every request to the server that it starts."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from serving import free_port
from test_docs import ROOT, blocks, run

from casework_flow.access import SCOPES
from casework_flow.api import faults

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


@pytest.mark.skipif(
    shutil.which("curl") is None, reason="curl is not installed; the page's requests are made with it"
)
def test_the_commands_of_the_page_work_one_after_the_other(tmp_path: Path) -> None:
    port = free_port()
    script = "trap 'kill $(jobs -p)' EXIT\n" + "\n".join(blocks(PAGE, "sh")).replace("8765", str(port))
    done = run(["bash", "-euo", "pipefail", "-c", script], tmp_path)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert answers[0]["staff"]["name"] == "rina"
    status = next(answer for answer in answers if "moves" in answer)
    assert (status["stage"], status["client"]) == ("engagement", "Sarma Contoh")
    assert [answer["record"] for answer in answers if "items" in answer] == ["intake"]
    refused = [answer for answer in answers if answer.get("type", "").startswith("urn:")]
    assert [one["status"] for one in refused] == [412, 409]
    assert "service_consent" in [one["guard"] for one in refused[1]["unmet"]]
    office = tmp_path / "dinas"
    assert (office / "rancangan.pdf").read_bytes().startswith(b"%PDF-")
    assert "draft intake" in done.stdout
    with sqlite3.connect(office / "casework.db") as raw:
        assert raw.execute("SELECT count(*) FROM casework_api_keys").fetchone() == (2,)


def test_the_page_names_every_scope_and_every_status() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.M) == [*SCOPES]
    named = {int(found) for row in re.findall(r"^\| ([\d ·]+) \|", PAGE, re.M) for found in re.findall(r"\d+", row)}
    assert named == faults.TITLES.keys() - {400}  # of what no web framework understands


def test_the_page_names_every_address(tmp_path: Path) -> None:
    from casework_flow import Casework
    from casework_flow.api import create_app

    app = create_app(Casework(f"sqlite:///{tmp_path}/casework.db"))
    for path in app.openapi()["paths"]:
        *_, last = [part for part in path.split("/") if not part.startswith("{")]
        assert re.search(rf"/{last}\b", PAGE), path


def test_the_lines_of_python_mount_it(tmp_path: Path) -> None:
    import sys

    done = run([sys.executable, "-c", blocks(PAGE, "python")[0] + "\nprint(host.routes[-1].path)"], tmp_path)
    assert (done.returncode, done.stdout) == (0, "/kasus\n"), done.stderr
