"""The full-screen view: the board, a case on its pages, its documents to read, the forward move, approvals.

What a page says is what the verb of the same name says: the verbs are asked, and their answers are shown.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final

from rich.console import Console
from rich.text import Text
from textual.app import App as Textual
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.screen import Screen as View
from textual.widgets import Footer, Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from ..errors import CaseworkError, Faulty, Refused
from ..messages import Message, Sayable
from ..values import Case
from . import reading
from .app import App, Result
from .screen import Screen, clean

_NARROWEST: Final = 29
"""Columns of a terminal that a stage of the board takes at least: a case's number and its day side by side."""
MOST: Final = 200
"""Cases of a stage that the board holds; how many there are more is told."""

KEYS: Final = (
    ("a", "advance", Message("Advance")),
    ("y", "approve", Message("Approve")),
    ("n", "reject", Message("Reject")),
    ("m", "mine", Message("Mine or all")),
    ("b", "next_board", Message("Next board")),
    ("t", "today", Message("Today")),
    ("r", "renew", Message("Read again")),
    ("escape", "back", Message("Back")),
    ("q", "quit", Message("Quit")),
)
"""The keys, what each does, and what the footer calls it."""
WHERE: Final = {
    "advance": ("CasePages",),
    "approve": ("CasePages",),
    "reject": ("CasePages",),
    "mine": ("Board",),
    "next_board": ("Board",),
    "today": ("Board",),
    "renew": ("Board", "CasePages"),
    "back": ("CasePages", "Reading"),
}
"""On which views a key means something; those that are not named mean it everywhere."""


class _Captured(Screen):
    """A page written for a terminal, kept as text with its styles."""

    def __init__(self, lang: str, width: int) -> None:
        super().__init__(io.StringIO(), lang)
        self._kept = io.StringIO()
        self.console = Console(
            file=self._kept,
            width=width,
            force_terminal=True,
            color_system="standard",
            highlight=False,
            markup=False,
            emoji=False,
        )

    @property
    def text(self) -> Text:
        return Text.from_ansi(self._kept.getvalue())


def page(result: Callable[[], Result], lang: str, width: int) -> Text:
    """What a verb shows, ``width`` columns wide; its fault in words where it cannot."""
    screen = _Captured(lang, max(width, 40))
    try:
        found = result()
    except CaseworkError as fault:
        screen.line(fault.message, "bold red")
        return screen.text
    found.show(screen)
    for warning in found.warnings:
        screen.item("!", "yellow", warning, indent=0)
    return screen.text


class Ask(ModalScreen[str | None]):
    """A question over everything else: Enter does it, Escape does not; with a line to write where one is wanted."""

    BINDINGS: ClassVar = [("escape", "dismiss(None)", ""), ("enter", "accept", "")]

    def __init__(self, question: str, hint: str, *, asks: str | None = None) -> None:
        super().__init__()
        self.question, self.hint, self.asks = question, hint, asks

    def compose(self) -> ComposeResult:
        """The box."""
        with Vertical(id="ask"):
            yield Static(Text(clean(self.question)))
            if self.asks is not None:
                yield Input(placeholder=self.asks, max_length=2000)
            yield Static(Text(self.hint, style="dim"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The line is written."""
        self.dismiss(event.value)

    def action_accept(self) -> None:
        """Yes."""
        self.dismiss("")


class Reading(View[None]):
    """One long text: a document, a day."""

    def __init__(self, title: str, text: Callable[[int], Text]) -> None:
        super().__init__()
        self.heading, self.text = title, text

    def compose(self) -> ComposeResult:
        """The text under its title."""
        yield Static(Text(clean(self.heading), style="bold reverse"), classes="head")
        with VerticalScroll():
            yield Static(id="text")
        yield Footer()

    def on_mount(self) -> None:
        """Fill it, now that the width is known."""
        self.query_one("#text", Static).update(self.text(self.app.size.width - 4))
        self.query_one(VerticalScroll).focus()


class CasePages(View[None]):
    """A case: its pages at the left, the chosen one at the right."""

    app: FullScreen

    def __init__(self, case: Case) -> None:
        super().__init__()
        self.case = case

    def compose(self) -> ComposeResult:
        """Menu and page."""
        yield Static(id="head", classes="head")
        with Horizontal():
            yield OptionList(id="menu")
            with VerticalScroll(id="page"):
                yield Static(id="text")
        yield Footer()

    def on_mount(self) -> None:
        """The first page is where the case stands."""
        self.renew()
        self.query_one("#menu", OptionList).focus()

    def renew(self) -> None:
        """Read the case again."""
        say, casework = self.app.said, self.app.casework
        self.case = casework.case(self.case.number)
        words = [self.case.number, self.case.client, *([say(Message("late"))] if self.case.overdue else [])]
        self.query_one("#head", Static).update(Text(clean("  ·  ".join(words)), style="bold reverse"))
        menu = self.query_one("#menu", OptionList)
        chosen = menu.highlighted or 0
        menu.clear_options()
        menu.add_options([Option(Text(say(words)), id=name) for name, words in PAGES])
        for one in casework.documents(self.case.number):
            name = f"{one.name} {one.item}" if one.item else one.name
            key = f"issued:{one.name}:{one.item or ''}:{one.version}"
            menu.add_option(Option(Text(f"▪ {name}, v{one.version}"), id=key))
        for name in self.drafts():
            menu.add_option(Option(Text(f"▫ {name} ({say(Message('draft'))})", style="dim"), id=f"draft:{name}"))
        menu.highlighted = min(chosen, menu.option_count - 1)

    def drafts(self) -> list[str]:
        """The documents of the present stage, to be looked at before they are issued."""
        if self.case.status == "closed":
            return []
        stage = self.app.casework.workflow(self.case.number).stages[self.case.stage]
        return list(dict.fromkeys(issue.document for issue in stage.documents))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show the page that is chosen."""
        kind, _, rest = str(event.option.id).partition(":")
        number, app = self.case.number, self.app.cli
        app.number = number
        verbs: dict[str, Callable[[], Result]] = {
            "status": lambda: reading.status_of(app, number),
            "everything": lambda: reading.status_of(app, number, everything=True),
            "records": lambda: reading.show.function(app, number, None, False),
            "history": lambda: reading.history.function(app, number),
        }
        width = self.query_one("#page").size.width or self.app.size.width - 30
        text = (
            page(verbs[kind], app.lang, width - 2)
            if kind in verbs
            else page(lambda: _printed(self.document(kind, rest)), app.lang, width - 2)
        )
        self.query_one("#text", Static).update(text)
        self.query_one("#page", VerticalScroll).scroll_home(animate=False)

    def document(self, kind: str, rest: str) -> str:
        """The text of an issued document, or of a draft."""
        casework, number = self.app.casework, self.case.number
        if kind == "draft":
            return str(casework.draft(number, rest, at=self.app.cli.at).text())
        name, item, version = rest.split(":")
        return str(casework.document(number, name, item=int(item) if item else None, version=int(version)).text())


PAGES: Final = (
    ("status", Message("Where it stands")),
    ("everything", Message("Every move")),
    ("records", Message("Records")),
    ("history", Message("History")),
)


def _printed(text: str) -> Result:
    def show(screen: Screen) -> None:
        for line in text.splitlines():
            screen.console.print(Text(clean(line)), soft_wrap=True)

    return Result(None, show)


class Board(View[None]):
    """The stages as columns, the most urgent cases first."""

    app: FullScreen

    def compose(self) -> ComposeResult:
        """The columns are made when the cases are read."""
        yield Static(id="head", classes="head")
        yield Horizontal(id="columns")
        yield Footer()

    async def on_mount(self) -> None:
        """Read the board."""
        await self.fill()

    async def on_screen_resume(self) -> None:
        """Something may have moved meanwhile."""
        if self.app.stale:
            self.app.stale = False
            await self.fill()

    async def fill(self) -> None:
        """Read the cases and show them."""
        app, say = self.app, self.app.said
        boards = app.casework.board(worker=app.worker, most=MOST, at=app.cli.at)
        columns = self.query_one("#columns", Horizontal)
        await columns.remove_children()
        whose = app.worker or say(Message("everybody"))
        if not boards:
            self.query_one("#head", Static).update(Text(f"{app.agency}  ·  {whose}", style="bold reverse"))
            await columns.mount(Static(Text(say(Message("There is no open case here.")))))
            return
        board = boards[app.place % len(boards)]
        names = ", ".join(title.say(app.cli.lang) for title in board.workflows.values())
        place = f"{app.place % len(boards) + 1}/{len(boards)}"
        words = f"{app.agency}  ·  {whose}  ·  {names}  ({place})"
        self.query_one("#head", Static).update(Text(clean(words), style="bold reverse"))
        for column in board.columns:
            late = f"  {column.late} {say(Message('late'))}" if column.late else ""
            heading = Text(clean(f"{say(column.title)}  {column.count}{late}"), style="bold")
            options = [Option(_card(case), id=case.number) for case in column.cases]
            made = Vertical(Label(heading), OptionList(*options), classes="column")
            made.styles.width = max(_NARROWEST, self.size.width // len(board.columns))
            await columns.mount(made)
        filled = [one for one in self.query(OptionList) if one.option_count]
        if filled:
            filled[0].focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open the case."""
        self.app.open(str(event.option.id))

    def key_right(self) -> None:
        """To the next column."""
        self.focus_next(OptionList)

    def key_left(self) -> None:
        """To the column before."""
        self.focus_previous(OptionList)


def _card(case: Case) -> Text:
    mark = "⏸ " if case.status == "paused" else ""
    due = f"{case.due_on:%d-%m-%Y}" if case.due_on else ""
    style = "bold red" if case.overdue else "dim"
    return Text.assemble(f"{mark}{clean(case.client)}\n", (case.number, "dim"), " ", (due, style))


class FullScreen(Textual[None]):
    """The application."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    .head { height: 1; }
    .column { border-right: solid $panel; }
    .column Label { height: 2; width: 100%; padding: 0 1; }
    #columns { overflow-x: auto; }
    OptionList { height: 1fr; border: none; scrollbar-size-vertical: 1; }
    #menu { width: 28; height: 1fr; }
    #page { width: 1fr; padding: 0 1; border-left: solid $panel; }
    Ask { align: center middle; }
    #ask { width: 70; max-width: 90%; height: auto; border: round $accent; padding: 1 2; background: $surface; }
    """

    def __init__(self, app: App, worker: str | None) -> None:
        super().__init__()
        self.cli, self.worker = app, worker
        self.own = worker or app.actor
        self.casework = app.casework
        self.agency = self.casework.office.agency
        self.place = 0
        self.stale = False
        for key, action, words in KEYS:
            self.bind(key, action, description=app.say(words))

    def said(self, words: Sayable) -> str:
        """The words in the reader's language."""
        return self.cli.say(words)

    def on_mount(self) -> None:
        """The board comes first."""
        self.push_screen(Board())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Whether a key means something on the view that is shown."""
        return action not in WHERE or type(self.screen).__name__ in WHERE[action]

    def open(self, number: str) -> None:
        """Show a case."""
        self.push_screen(CasePages(self.casework.case(number)))

    async def action_back(self) -> None:
        """To the view before."""
        if len(self.screen_stack) > 2:  # the board stays
            self.pop_screen()

    async def action_mine(self) -> None:
        """The board of one worker, or of everybody."""
        self.worker = None if self.worker else self.own
        await self._board()

    async def action_next_board(self) -> None:
        """Programmes with other stages have boards of their own."""
        self.place += 1
        await self._board()

    async def action_renew(self) -> None:
        """Read everything again."""
        if isinstance(self.screen, CasePages):
            self.screen.renew()
        await self._board()

    async def _board(self) -> None:
        if isinstance(self.screen, Board):
            await self.screen.fill()

    def action_today(self) -> None:
        """The day of whoever acts."""
        from . import caseload

        if not self.own:
            self.notify(self.said(Message("Say who acts: --as NAME, or CASEWORK_AS in the environment.")))
            return
        verb = caseload.today.function
        self.push_screen(
            Reading(self.own, lambda width: page(lambda: verb(self.cli, self.own), self.cli.lang, width))
        )

    def action_advance(self) -> None:
        """The forward move, after it has been tried and agreed to."""
        number = self.screen.case.number if isinstance(self.screen, CasePages) else ""
        tried = self._done(lambda: self.casework.advance(number, by=self.cli.by, at=self.cli.at, dry_run=True))
        if tried is None:
            return
        flow = self.casework.workflow(number)
        question = Message(
            "Move case {number} on to {stage}, and issue: {documents}?",
            number=number,
            stage=flow.stages[tried.to].title,
            documents=list(dict.fromkeys(one.name for one in tried.documents)) or "-",
        )

        def answered(answer: str | None) -> None:
            if answer is not None:
                self._change(lambda: self.casework.advance(number, by=self.cli.by, at=self.cli.at))

        self._ask(question, answered)

    def action_approve(self) -> None:
        """Approve what waits in this case for whoever acts."""
        self._judge(approve=True)

    def action_reject(self) -> None:
        """Reject it, with a note."""
        self._judge(approve=False)

    def _judge(self, *, approve: bool) -> None:
        number = self.screen.case.number if isinstance(self.screen, CasePages) else ""
        waits = self._done(lambda: self.casework.approvals(by=self.cli.by, at=self.cli.at))
        own = next((one for one in waits or () if one.case.number == number), None)
        if own is None:
            if waits is not None:
                self.notify(self.said(Message("Nothing in this case waits for you to decide.")))
            return
        verb = self.casework.approve if approve else self.casework.reject
        asks = (
            Message("Approve in case {number}: {what}, of {by}?", number=number, what=own.title, by=own.by)
            if approve
            else Message("Reject in case {number}: {what}, of {by}?", number=number, what=own.title, by=own.by)
        )

        def answered(note: str | None) -> None:
            if note is not None:
                self._change(
                    lambda: verb(number, own.what, by=self.cli.by, note=note.strip() or None, at=self.cli.at)
                )

        note = Message("a note to it, or nothing") if approve else Message("a note: what must be done better")
        self._ask(asks, answered, note=note)

    def _ask(self, question: Message, answered: Callable[[str | None], None], *, note: Message | None = None) -> None:
        hint = self.said(Message("Enter: yes   Escape: no"))
        asks = self.said(note) if note else None
        self.push_screen(Ask(self.said(question), hint, asks=asks), answered)

    def _change(self, verb: Callable[[], Any]) -> None:
        if self._done(verb) is None:
            return
        self.stale = True
        if isinstance(self.screen, CasePages):
            self.screen.renew()
        self.notify(self.said(Message("Done.")))

    def _done(self, verb: Callable[[], Any]) -> Any:
        """What ``verb`` gives; None where it is refused, and the reasons are shown."""
        try:
            return verb()
        except CaseworkError as fault:
            self.notify("\n".join(self._reasons(fault)), severity="error", timeout=12, markup=False)
            return None

    def _reasons(self, fault: CaseworkError) -> Sequence[str]:
        found = [self.said(fault.message)]
        if isinstance(fault, Refused):
            found += [f"✗ {self.said(unmet.message)}" for unmet in fault.unmet]
        if isinstance(fault, Faulty):
            found += [f"✗ {problem.say(self.cli.lang)}" for problem in fault.problems]
        return found


def run(app: App, worker: str | None) -> None:
    """Show it until somebody quits."""
    FullScreen(app, worker).run()
