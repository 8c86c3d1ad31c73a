"""The full-screen view, used by its keys."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from driver import NUMBER, casework
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from casework_flow.cli.app import App
from casework_flow.cli.fullscreen import Ask, Board, CasePages, FullScreen

Step = Callable[[FullScreen, Pilot[None]], Awaitable[None]]


def use(step: Step, *, actor: str | None = "rina", lang: str = "en", worker: str | None = None) -> None:
    """Open the view, do what ``step`` does, close it."""

    async def run() -> None:
        app = FullScreen(App(lang=lang, actor=actor, at="2025-05-20"), worker)
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.pause()
            await step(app, pilot)

    asyncio.run(run())


def words(app: FullScreen) -> str:
    """Everything that is shown."""
    texts = [str(one.render()) for one in app.screen.query(Static)]
    options = [str(option.prompt) for one in app.screen.query(OptionList) for option in one.options]
    return "\n".join([*texts, *options])


def told(app: FullScreen) -> str:
    return "\n".join(str(one.message) for one in app._notifications)


async def open_case(app: FullScreen, pilot: Pilot[None]) -> None:
    await pilot.press("enter")
    await pilot.pause()
    assert isinstance(app.screen, CasePages)


def test_the_board_shows_the_stages_and_a_case_opens_on_its_pages(at_stage: Callable[[str], Path]) -> None:
    at_stage("planning")

    async def step(app: FullScreen, pilot: Pilot[None]) -> None:
        assert isinstance(app.screen, Board)
        board = words(app)
        assert "Planning  1" in board
        assert NUMBER in board
        await open_case(app, pilot)
        assert "No intervention plan is recorded" in words(app) or "plan" in words(app)
        for page in ("Every move", "Records", "History"):
            assert page in words(app)
        await pilot.press("down", "down")
        await pilot.pause()
        assert "Sarma Contoh" in words(app)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, Board)

    use(step)


def test_an_issued_document_and_a_draft_can_be_read(at_stage: Callable[[str], Path]) -> None:
    at_stage("planning")

    async def step(app: FullScreen, pilot: Pilot[None]) -> None:
        await open_case(app, pilot)
        menu = app.screen.query_one("#menu", OptionList)
        names = [str(option.id) for option in menu.options]
        menu.highlighted = names.index("issued:contract::1")
        await pilot.pause()
        assert "KONTRAK PELAYANAN" in words(app)
        menu.highlighted = names.index("draft:plan")
        await pilot.pause()
        assert "RENCANA INTERVENSI" in words(app)
        assert "belum diisi" in words(app)

    use(step)


def test_a_refused_move_tells_its_reasons_and_moves_nothing(at_stage: Callable[[str], Path]) -> None:
    at_stage("planning")

    async def step(app: FullScreen, pilot: Pilot[None]) -> None:
        await open_case(app, pilot)
        await pilot.press("a")
        await pilot.pause()
        assert isinstance(app.screen, CasePages)
        assert told(app).count("✗") > 1
        assert app.casework.case(NUMBER).stage == "planning"

    use(step)


def test_a_case_is_approved_rejected_and_moved_on_by_keys(at_stage: Callable[[str], Path]) -> None:
    folder = at_stage("planning")
    from casework_flow.resources import shipped

    plan = shipped("examples") / "case-s" / "plan.yaml"
    assert casework("record", NUMBER, "plan", plan, "--at", "2025-03-16").code == 0
    assert folder.is_dir()

    async def reject(app: FullScreen, pilot: Pilot[None]) -> None:
        await open_case(app, pilot)
        await pilot.press("n")
        await pilot.pause()
        assert isinstance(app.screen, Ask)
        app.screen.query_one(Input).value = "target belum terukur"
        await pilot.press("enter")
        await pilot.pause()
        assert app.casework.history(NUMBER)[-1]["private"]["note"] == "target belum terukur"

    async def approve(app: FullScreen, pilot: Pilot[None]) -> None:
        await open_case(app, pilot)
        await pilot.press("y")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert app.casework.history(NUMBER)[-1]["kind"] == "approved"

    async def decline_then_advance(app: FullScreen, pilot: Pilot[None]) -> None:
        await open_case(app, pilot)
        await pilot.press("a")
        await pilot.pause()
        assert isinstance(app.screen, Ask)
        assert "issue: plan?" in app.screen.question
        await pilot.press("escape")
        await pilot.pause()
        assert app.casework.case(NUMBER).stage == "planning"
        await pilot.press("a")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert app.casework.case(NUMBER).stage == "intervention"
        await pilot.press("escape")
        await pilot.pause()
        assert "Intervention  1" in words(app)

    use(reject, actor="sup")
    revised = casework("record", NUMBER, "plan", plan, "--revise", "--again", "--at", "2025-05-20")
    assert revised.code == 0, revised.err
    use(approve, actor="sup")
    use(decline_then_advance)


def test_nothing_waits_and_nobody_acts_are_told(at_stage: Callable[[str], Path]) -> None:
    at_stage("planning")

    async def nothing(app: FullScreen, pilot: Pilot[None]) -> None:
        await open_case(app, pilot)
        await pilot.press("y")
        await pilot.pause()
        assert "Nothing in this case waits" in told(app)

    async def nobody(app: FullScreen, pilot: Pilot[None]) -> None:
        await pilot.press("t")
        await open_case(app, pilot)
        await pilot.press("a")
        await pilot.pause()
        assert told(app).count("--as NAME") == 2

    use(nothing, actor="sup")
    use(nobody, actor=None)


def test_the_board_of_one_worker_and_of_all(at_stage: Callable[[str], Path]) -> None:
    at_stage("planning")

    async def step(app: FullScreen, pilot: Pilot[None]) -> None:
        assert NUMBER not in words(app)
        assert "There is no open case here" in words(app)
        await pilot.press("m")
        await pilot.pause()
        assert NUMBER in words(app)

    use(step, actor="sup", worker="sup")


def test_it_speaks_indonesian(at_stage: Callable[[str], Path]) -> None:
    at_stage("planning")

    async def step(app: FullScreen, pilot: Pilot[None]) -> None:
        assert "Perencanaan  1" in words(app)
        await open_case(app, pilot)
        assert "Catatan" in words(app)

    use(step, lang="id")


def test_without_a_terminal_it_says_what_to_do() -> None:
    found = casework("tui")
    assert found.code == 1
    assert "casework board" in found.err


@pytest.mark.parametrize("hostile", ["[bold red]x[/]", "\x1b[2Jx", "{x}"])
def test_what_people_typed_is_text(at_stage: Callable[[str], Path], hostile: str) -> None:
    at_stage("engagement")
    new = at_stage("engagement")
    client = new / "klien.yaml"
    client.write_text(
        f"name: {hostile!r}\ninitials: X\nsex: unknown\nage_years: 40\nas_of: 2025-01-01\nnik_absent_reason: x\n"
        "data_basis: consent\n".replace("'", '"'),
        encoding="utf-8",
    )
    opened = casework("open", "pkh-economic", "--client", client, "--at", "2025-05-19")
    assert opened.code == 0, opened.err

    async def step(app: FullScreen, pilot: Pilot[None]) -> None:
        shown = words(app)
        assert hostile.replace("\x1b", " ") in shown
        assert "\x1b" not in shown
        await open_case(app, pilot)

    use(step)
