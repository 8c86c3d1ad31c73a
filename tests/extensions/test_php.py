"""examples/php-dinas, really run: PHP against a real server. Skipped where there is no PHP with curl."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import free_port, serving

from casework_flow import Casework
from casework_flow.yaml12 import parse

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "php-dinas"
CASEWORK = str(Path(sys.executable).with_name("casework"))
PHP = shutil.which("php")
HAS_CURL = PHP is not None and "curl" in subprocess.run([PHP, "-m"], capture_output=True, text=True).stdout.split()
needs_php = pytest.mark.skipif(not HAS_CURL, reason="PHP with curl is not here: apt-get install php-cli php-curl")


def test_the_data_are_those_of_case_s() -> None:
    data = json.loads((EXAMPLE / "kasus-s.json").read_text(encoding="utf-8"))
    for name, file in (("client", "client"), ("intake", "intake"), ("consent", "consents"), ("contract", "contract")):
        text = (ROOT / "examples" / "case-s" / f"{file}.yaml").read_text(encoding="utf-8")
        assert data[name] == json.loads(json.dumps(parse(text, file)[0], default=str))


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A project with the two people of case S."""
    folder = tmp_path / "dinas"
    for command in (
        ["init", str(folder), "--office", "Dinas Sosial Kabupaten Contoh"],
        ["staff", "add", "sup", "--name", "Supervisor Contoh", "--role", "supervisor"],
        ["staff", "add", "rina", "--name", "Rina Contoh", "--role", "practicum_student", "--supervisor", "sup"],
    ):
        subprocess.run([CASEWORK, *command], cwd=folder if folder.exists() else tmp_path, check=True)
    return folder


@pytest.fixture
def address(office: Path) -> Iterator[str]:
    """Where ``casework serve`` serves it."""
    port = free_port()
    with serving([CASEWORK, "serve", "--port", str(port)], port, office) as address:
        yield address


@needs_php
def test_php_takes_case_s_to_its_contract(office: Path, address: str, tmp_path: Path) -> None:
    def key(who: str, *scopes: str) -> str:
        given = [part for scope in scopes for part in ("--scope", scope)]
        done = subprocess.run([CASEWORK, "key", "add", who, *given], cwd=office, capture_output=True, text=True)
        return done.stdout.strip()

    env = {
        **os.environ,
        "CASEWORK_KEY": key("rina", "read", "write"),
        "CASEWORK_SUPERVISOR_KEY": key("sup", "read", "approve"),
    }
    pdf = tmp_path / "kontrak.pdf"
    command = [str(PHP), "-d", "error_reporting=E_ALL", str(EXAMPLE / "kasus-s.php"), address, str(pdf)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Warning" not in done.stdout
    number = re.search(r"Kasus (\S+) dibuka, satu kali\.", done.stdout)
    assert number
    refusal = re.search(r"Ditolak \(409\): (.+)\n((?:  - .+\n)+)", done.stdout)
    assert refusal
    assert "kontrak" in refusal[2].lower()  # in Indonesian, each requirement in a sentence
    assert re.search(r"Sudah berubah \(412\): .+", done.stdout)
    assert "engagement → assessment; dokumen: intake, consent, contract" in done.stdout
    assert pdf.read_bytes().startswith(b"%PDF-")
    cw = Casework(f"sqlite:///{office / 'casework.db'}")
    assert [event["kind"] for event in cw.history(number[1])][:3] == ["opened", "recorded", "recorded"]
    assert cw.case(number[1]).stage == "assessment"
    assert not cw.verify()
    cw.disconnect()
