"""Extensions of installed packages: taken when the front door is made, never before, and not where it is off."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from example import WORKFLOW, files

MODULE = """
import sys
print("loaded", file=sys.stderr)
from casework_flow import Extension
from casework_flow.extensions import NewFormat
def in_area(code: str) -> bool:
    return True
extension = Extension(
    name="humbang", functions=[in_area],
    formats=[NewFormat(name="outline", suffix=".outline", media_type="text/plain", write=lambda d: b"made")],
)
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder with a package that offers an extension, as an installer leaves it."""
    site = tmp_path / "site"
    info = site / "humbang_casework-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: humbang-casework\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[casework_flow.extensions]\nhumbang = humbang_casework:extension\n")
    (site / "humbang_casework.py").write_text(MODULE)
    return site


def run(code: str, site: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(site), **environment}
    return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)


def test_it_is_loaded_when_the_front_door_is_made_and_not_before(installed: Path) -> None:
    before = run("import casework_flow; casework_flow.Casework", installed)
    assert (before.returncode, "loaded" in before.stderr) == (0, False), before.stderr
    made = run("from casework_flow import Casework; print([*Casework('sqlite://').added.functions])", installed)
    assert made.stdout == "['humbang']\n", made.stderr


@pytest.mark.parametrize("off", ["installed_extensions=False", ""])
def test_it_can_be_switched_off(off: str, installed: Path) -> None:
    code = f"from casework_flow import Casework; print([*Casework('sqlite://', {off}).added.functions])"
    done = run(code, installed, **({} if off else {"CASEWORK_EXTENSIONS": "off"}))
    assert (done.stdout, "loaded" in done.stderr) == ("[]\n", False)


def test_one_that_cannot_be_loaded_is_named(installed: Path) -> None:
    (installed / "humbang_casework.py").write_text("import nowhere_at_all")
    done = run("from casework_flow import Casework; Casework('sqlite://')", installed)
    assert "ExtensionFault: The extension humbang failed in humbang_casework:extension" in done.stderr


def test_the_command_line_knows_it(installed: Path, tmp_path: Path) -> None:
    workflow = WORKFLOW.replace('not home_check.unsafe and home_check.risk in ["low"]', "client.name")
    workflow = workflow.replace("fix: home_check", "fix: client").replace("    documents: [letter]\n", "")
    path = files(tmp_path, workflow)["workflows"][0] / "area.yaml"

    def check(**environment: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PYTHONPATH": str(installed), "CASEWORK_LANG": "en", **environment}
        command = [Path(sys.executable).with_name("casework"), "workflow", "check", path]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    assert check().returncode == 0, check().stdout
    without = check(CASEWORK_EXTENSIONS="off")
    assert without.returncode == 6
    assert "humbang" in without.stdout


def test_an_office_without_extensions_does_not_pay_for_looking(tmp_path: Path) -> None:
    code = (
        "import sys; from casework_flow import Casework; Casework('sqlite:///casework.db'); "
        "sys.exit('importlib.metadata' in sys.modules)"
    )
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    first, later = (subprocess.run([sys.executable, "-c", code], env=env, check=False, cwd=tmp_path) for _ in "12")
    assert first.returncode in (0, 1)  # the tables of a new database are made by what looks at packages itself
    assert later.returncode == 0
