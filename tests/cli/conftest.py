from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from driver import Projects


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An English terminal of 80 columns, in an empty folder, with nothing set that the software reads."""
    for name in ("CASEWORK_DB", "CASEWORK_AS", "CASEWORK_LANG", "LC_ALL", "LC_MESSAGES", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Projects:
    return Projects(tmp_path_factory.mktemp("projects"))


@pytest.fixture
def at_stage(projects: Projects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Stand in a project in which case S has entered a stage; rina acts unless a command says otherwise."""

    def stand(stage: str) -> Path:
        folder = projects.at(stage, tmp_path / "project")
        monkeypatch.chdir(folder)
        monkeypatch.setenv("CASEWORK_AS", "rina")
        return folder

    return stand
