"""The FastAPI example, served by uvicorn and used over HTTP."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from case_s import NUMBER, casework, data
from fastapi import FastAPI
from serving import free_port, serving

from casework_flow.api import create_app

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The example, copied and served: its address and its database."""
    folder = tmp_path_factory.mktemp("fastapi")
    shutil.copy(ROOT / "examples" / "fastapi-dinas" / "app.py", folder)
    port = free_port()
    with serving([sys.executable, "-m", "uvicorn", "app:app", "--port", str(port)], port, folder) as address:
        yield address, folder / "dinas.db"


def tables(database: Path) -> dict[str, list[Any]]:
    """Every row of every table."""
    raw = sqlite3.connect(database)
    names = [row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {name: sorted(raw.execute(f"SELECT * FROM {name}"), key=repr) for name in names}  # noqa: S608
    raw.close()
    return found


def plain(name: str) -> Any:
    """The content of one of case S's files as JSON has it."""
    return json.loads(json.dumps(data(name), default=str))


def test_case_s_from_the_first_visit_to_the_contract_and_an_error_of_the_hosts(
    office: tuple[str, Path], request: pytest.FixtureRequest
) -> None:
    address, database = office

    def as_(name: str) -> httpx.Client:
        client = httpx.Client(base_url=address, auth=(name, "contoh"), timeout=60, trust_env=False)
        request.addfinalizer(client.close)
        return client

    rina, sup = as_("rina"), as_("sup")
    opened = rina.post("/keluarga", json={"klien": plain("client"), "tanggal": "2025-03-03"})
    assert (opened.status_code, opened.json()) == (201, {"kasus": NUMBER})
    case = f"/kasus/{NUMBER}"
    before = tables(database)
    wrong = rina.post("/keluarga", json={"klien": {"name": "Tanpa Data"}, "tanggal": "2025-03-03"})
    assert wrong.status_code == 422
    assert wrong.json()["kurang"]
    refused = rina.post(f"{case}/lanjut", json={"tanggal": "2025-03-03"})
    assert refused.status_code == 409
    assert refused.json()["kurang"]
    assert tables(database) == before

    for kind, day in (("intake", "2025-03-03"), ("consent", "2025-03-06"), ("contract", "2025-03-06")):
        kept = rina.post(f"{case}/catatan/{kind}", json={"isi": plain(kind), "tanggal": day})
        assert (kept.status_code, kept.json()) == (201, {"catatan": kind})
    assert sup.post(f"{case}/setujui/contract", json={"tanggal": "2025-03-06"}).json() == {"disetujui": True}

    before = tables(database)
    over = rina.post(f"{case}/lanjut", json={"tanggal": "2025-03-06", "bantuan": 9_000_000})
    assert over.status_code == 409
    assert "melebihi pagu" in over.json()["salah"]
    assert tables(database) == before

    done = rina.post(f"{case}/lanjut", json={"tanggal": "2025-03-06", "bantuan": 750_000})
    assert done.json() == {"tahap": "assessment", "surat": ["intake", "consent", "contract"]}
    after = tables(database)
    assert [row[-1] for row in after["keluarga"]] == ["assessment"]
    assert len(after["bantuan"]) == 1
    assert rina.get(case).json()["stage"] == "assessment"
    printed = rina.get(f"{case}/surat/contract.pdf")
    assert printed.headers["content-type"] == "application/pdf"
    assert printed.content.startswith(b"%PDF-")
    assert rina.get("/kasus/KSS-2025-0404").status_code == 404


def test_nobody_reads_a_case_without_a_password(office: tuple[str, Path]) -> None:
    assert httpx.get(f"{office[0]}/kasus/{NUMBER}", trust_env=False).status_code == 401
    wrong = httpx.get(f"{office[0]}/kasus/{NUMBER}", auth=("rina", "salah"), trust_env=False)
    assert wrong.status_code == 401


def test_the_whole_interface_may_be_mounted_beside_a_hosts_own_pages(tmp_path: Path) -> None:
    cw = casework(tmp_path / "host.db")
    cw.add_staff("rina", full_name="Rina Contoh", role="social_worker")
    key = {"Authorization": f"Bearer {cw.add_key('rina', scopes=['read'])[1]}"}
    app = FastAPI()
    app.mount("/casework", create_app(cw))

    async def described() -> Any:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://host.example") as client:
            return (await client.get("/casework/openapi.json", headers=key)).json()

    assert asyncio.run(described())["openapi"].startswith("3.1")
    cw.disconnect()
