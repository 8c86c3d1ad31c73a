"""The Django example, served and used over HTTP as its own people use it."""

from __future__ import annotations

import re
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from serving import free_port, run, serving

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "django-dinas"
CASE_S = ROOT / "examples" / "case-s"
NUMBER = "KSS-2025-0001"
PASSWORD = "contoh"  # noqa: S105  # of fictional people


class Browser:
    """Somebody at the screen: follows redirections, and sends the hidden field of each form back."""

    def __init__(self, address: str, name: str) -> None:
        self.http = httpx.Client(base_url=address, follow_redirects=True, timeout=60, trust_env=False)
        page = self.post("/masuk/", username=name, password=PASSWORD)
        assert "Keluarga" in page

    def get(self, path: str) -> str:
        found = self.http.get(path)
        assert found.status_code == 200, found.text
        return found.text

    def post(self, path: str, page: str | None = None, **fields: Any) -> str:
        hidden = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(page or path))
        assert hidden
        found = self.http.post(path, data={**fields, "csrfmiddlewaretoken": hidden[1]})
        assert found.status_code == 200, found.text
        return found.text


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The example, copied, migrated and served: its address and its database."""
    folder = tmp_path_factory.mktemp("django") / "django-dinas"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("*.sqlite3*", "__pycache__"))
    run(["-W", "error::ResourceWarning", "manage.py", "migrate"], folder)
    assert "sup, rina" in run(["manage.py", "siapkan"], folder)
    port = free_port()
    with serving([sys.executable, "manage.py", "runserver", "--noreload", str(port)], port, folder) as address:
        yield address, folder / "db.sqlite3"


def tables(database: Path) -> dict[str, list[Any]]:
    """Every row of every table that the service and casework have; not the notes on who is signed in or has read."""
    raw = sqlite3.connect(database)
    names = [row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {
        name: sorted(raw.execute(f"SELECT * FROM {name}"), key=repr)  # noqa: S608
        for name in names
        if name.startswith(("casework_", "layanan_")) and name != "casework_reads"
    }
    raw.close()
    return found


def text(name: str) -> str:
    return (CASE_S / f"{name}.yaml").read_text(encoding="utf-8")


def test_case_s_from_the_first_visit_to_the_contract_and_an_error_of_the_hosts(
    office: tuple[str, Path], request: pytest.FixtureRequest
) -> None:
    address, database = office
    rina, sup = Browser(address, "rina"), Browser(address, "sup")
    for browser in (rina, sup):
        request.addfinalizer(browser.http.close)
    client = yaml.safe_load(text("client"))
    page = rina.post(
        "/baru/",
        tanggal="2025-03-03",
        nama=client["name"],
        inisial=client["initials"],
        jenis_kelamin=client["sex"],
        tanggal_lahir=client["birth_date"],
        nik=client["nik"],
        desa="Desa Pasaribu",
    )
    assert NUMBER in page
    assert "Syarat untuk tahap berikutnya" in page
    assert 'class="unmet"' in page

    before = tables(database)
    refused = rina.post(f"/kasus/{NUMBER}/lanjut/", f"/kasus/{NUMBER}/", tanggal="2025-03-03")
    assert 'class="error"' in refused
    assert tables(database) == before

    for kind, file, day in (
        ("intake", "intake", "2025-03-03"),
        ("consent", "consents", "2025-03-06"),
        ("contract", "contract", "2025-03-06"),
    ):
        page = rina.post(f"/kasus/{NUMBER}/catatan/{kind}/", tanggal=day, jenis=kind, isi=text(file))
        assert "Catatan disimpan." in page, page
    wrong = rina.post(f"/kasus/{NUMBER}/catatan/intake/", tanggal="2025-03-06", jenis="intake", isi="sumber: x")
    assert 'class="errorlist' in wrong
    sup.post(f"/kasus/{NUMBER}/setujui/contract/", f"/kasus/{NUMBER}/", tanggal="2025-03-06")

    before = tables(database)
    page = rina.post(f"/kasus/{NUMBER}/lanjut/", f"/kasus/{NUMBER}/", tanggal="2025-03-06", bantuan="9000000")
    assert "Bantuan melebihi pagu; kasus tidak beralih." in page
    assert tables(database) == before

    page = rina.post(f"/kasus/{NUMBER}/lanjut/", f"/kasus/{NUMBER}/", tanggal="2025-03-06", bantuan="750000")
    assert "Kasus beralih ke tahap berikutnya." in page
    after = tables(database)
    assert [row[-1] for row in after["layanan_keluarga"]] == ["assessment"]
    assert len(after["layanan_bantuan"]) == 1
    link = re.search(rf'href="(/kasus/{NUMBER}/surat/contract/[^"]+\.pdf)"', page)
    assert link
    printed = rina.http.get(link[1])
    assert printed.headers["content-type"] == "application/pdf"
    assert printed.content.startswith(b"%PDF-")


def test_nobody_reads_a_case_before_signing_in(office: tuple[str, Path]) -> None:
    found = httpx.get(f"{office[0]}/kasus/{NUMBER}/", trust_env=False)
    assert found.status_code == 302
    assert "/masuk/" in found.headers["location"]


def test_who_is_signed_in_but_not_of_the_staff_reads_no_case(office: tuple[str, Path]) -> None:
    address, database = office
    made = f"from django.contrib.auth.models import User; User.objects.create_user('tamu', password={PASSWORD!r})"
    run(["manage.py", "shell", "-c", made], database.parent)
    with httpx.Client(base_url=address, follow_redirects=True, timeout=60, trust_env=False) as guest:
        hidden = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', guest.get("/masuk/").text)
        assert hidden
        answer = guest.post(
            "/masuk/", data={"username": "tamu", "password": PASSWORD, "csrfmiddlewaretoken": hidden[1]}
        )
        assert answer.status_code == 403  # signed in, and sent to the list of families
        for path in ("/", f"/kasus/{NUMBER}/", f"/kasus/{NUMBER}/surat/contract/0/1.pdf"):
            found = guest.get(path)
            assert found.status_code in (403, 404), path
            assert "Sarma" not in found.text
