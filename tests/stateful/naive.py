"""Random programmes as raw data, and a naive model of a case that lives by one.

The model reads the file as plain YAML and shares no code with the software. It knows what the file's language
means (where a case may go, what a guard asks, who may do what), and nothing of how the software comes to it.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

PEOPLE = {
    "sup": "supervisor",
    "rina": "practicum_student",
    "tono": "supervisor",
    "maya": "social_worker",
    "head": "office_head",
    "budi": "auditor",
}
"""Everybody, with their role. The case is rina's, and sup is her supervisor."""
WORKER, SUPERVISOR = "rina", "sup"
TEMPLATES = {"sheet": "{{ case.stage }}", "letter": "{{ move.move }}", "notice": "{{ client.name }}"}
"""The documents that a random programme may issue, with what they say."""
CARD = "{{ item.item }}{% if item.level %} {{ item.level }}{% endif %}{% if item.agreed %} yes{% endif %}"
"""What the document for each item of a form says."""
ROLES = ("practicum_student", "supervisor", "office_head")
TRICKY = ("active", "paused", "closed", "advance", "close", "initial", "state", "trigger", "model", "to_a", "a_b")
"""Names that a machine of states, or a careless separator, might stumble over."""


# random programmes

names = st.sampled_from(TRICKY) | st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True)
form_names = st.from_regex(r"form_[a-z0-9]{1,3}", fullmatch=True)
move_names = st.from_regex(r"go_[a-z0-9_]{0,3}", fullmatch=True) | st.sampled_from(
    ("closed", "move", "early", "step")
)
words = st.just({"id": "kata", "en": "words"})


@st.composite
def programmes(draw: st.DrawFn) -> dict[str, Any]:
    """A sound workflow file, as data."""
    stages = draw(st.lists(names.filter(lambda name: name != "any"), min_size=2, max_size=6, unique=True))
    forms = draw(st.lists(form_names, min_size=1, max_size=3, unique=True))
    many = {form: draw(st.booleans()) for form in forms}
    moves = [*draw(st.lists(move_names, min_size=1, max_size=4)), "again"]
    reasons = draw(st.lists(names, min_size=1, max_size=3, unique=True))
    guards = _guards(many, [*forms, *moves, "close"], reasons)
    papers = _papers([form for form in forms if many[form]])
    data: dict[str, Any] = {
        "workflow": "random",
        "version": draw(st.integers(1, 9)),
        "title": draw(words),
        "settings": {"least": draw(st.integers(1, 3))},
        "permissions": draw(_permissions(forms, moves)),
        "stages": {
            stage: {
                "title": draw(words),
                **draw(_some({"days": st.integers(0, 30), "requires": guards, "documents": papers})),
            }
            for stage in stages
        },
        "moves": _apart([draw(_move(name, stages, guards, papers)) for name in moves], stages),
        "closures": {
            reason: draw(_some({"complete": st.booleans(), "requires": guards, "documents": papers}))
            for reason in reasons
        },
        "forms": {form: _form(many[form]) for form in forms},
    }
    if draw(st.booleans()):
        data["closing"] = {
            "early": {"when": draw(_checks(many, [*forms, "close"], reasons)), "documents": ["notice"]}
        }
    return data


def _some(keys: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=keys)


def _form(many: bool) -> dict[str, Any]:
    said = {"id": "kata", "en": "words"}
    fields = {
        "level": {"type": "integer", "min": 1, "max": 5, "label": said},
        "agreed": {"type": "boolean", "label": said},
        "note": {"type": "text", "label": said, "required": True},
    }
    return {"title": said, "many": many, "fields": fields}


def _checks(many: dict[str, bool], approved: list[str], reasons: list[str]) -> st.SearchStrategy[str]:
    single, several = [form for form in many if not many[form]], [form for form in many if many[form]]
    atoms = [
        st.sampled_from(list(many)),
        st.sampled_from(approved).map('approvals.given("{}")'.format),
        st.sampled_from(reasons).map('approvals.given("close", "{}")'.format),
        st.sampled_from(("case.cycle >= 2", "case.cycle < 3", "case.episode == 1", 'case.status != "paused"')),
        st.sampled_from(reasons).map('case.closing == "{}"'.format),
    ]
    if single:
        form = st.sampled_from(single)
        atoms += [
            st.builds("{}.level >= {}".format, form, st.integers(1, 5)),
            st.builds("{}.level < settings.least".format, form),
            form.map("{}.agreed".format),
            form.map("{}.level is None".format),
        ]
    if several:
        atoms.append(st.builds("{}.count >= {}".format, st.sampled_from(several), st.integers(1, 2)))
    return st.recursive(
        st.one_of(atoms),
        lambda part: part.map("not ({})".format) | st.builds("({}) {} ({})".format, part, AND_OR, part),
        max_leaves=3,
    )


AND_OR = st.sampled_from(("and", "or"))


def _guards(many: dict[str, bool], approved: list[str], reasons: list[str]) -> st.SearchStrategy[list[Any]]:
    fixes = [None, *many, *(f"approve {what}" for what in approved)]
    guard = st.fixed_dictionaries(
        {
            "guard": st.from_regex(r"g[a-c]", fullmatch=True),
            "kind": st.sampled_from(("professional", "legal")),
            "check": _checks(many, approved, reasons),
            "say": words,
            "fix": st.sampled_from(fixes),
        }
    )
    approval = st.builds(
        lambda guard, what: {**guard, "check": f'approvals.given("{what}")', "fix": f"approve {what}"},
        guard,
        st.sampled_from(approved),
    )
    return st.lists(guard | approval, max_size=2, unique_by=lambda one: one["guard"])


def _papers(many: list[str]) -> st.SearchStrategy[list[Any]]:
    cards = [{"document": f"card_{form}", "each": f"{form}.items"} for form in many]
    return st.lists(st.sampled_from([*TEMPLATES, *cards]), max_size=2, unique_by=str)


@st.composite
def _move(draw: st.DrawFn, name: str, stages: list[str], guards: Any, papers: Any) -> dict[str, Any]:
    stage = st.sampled_from(stages)
    return {
        "move": name,
        "from": draw(st.just("any") | stage | st.lists(stage, min_size=1, max_size=3, unique=True)),
        **draw(
            _some(
                {
                    "when": st.just("closed") if name == "again" else st.sampled_from(("active", "paused", "closed")),
                    "to": stage,
                    "status": st.sampled_from(("active", "paused")),
                    "cycle": st.just("next"),
                    "episode": st.just("next"),
                    "requires": guards,
                    "documents": papers,
                }
            )
        ),
    }


def _apart(moves: list[dict[str, Any]], stages: list[str]) -> list[dict[str, Any]]:
    """The moves without those that a file may not have: two of one name from one stage and status."""
    seen: set[tuple[str, str, str]] = set()
    kept = []
    for move in moves:
        exits = {(move["move"], source, move.get("when", "active")) for source in sources(move, stages)}
        if not exits & seen:
            kept.append(move)
            seen |= exits
    return kept


@st.composite
def _permissions(draw: st.DrawFn, forms: list[str], moves: list[str]) -> dict[str, list[str]]:
    # each general act is named: what holds where a file is silent is no business of the model
    general = {act: list(ROLES) for act in ("open", "record", "advance", "move", "close")}
    overseers = {act: ["supervisor", "office_head"] for act in ("approve", "override", "upgrade")}
    particular = [
        *(f"record {form}" for form in forms),
        *(f"{act} {what}" for act in ("approve", "move", "any_case") for what in (*forms, *moves)),
        "close",
        "override",
    ]
    roles = st.lists(st.sampled_from((*ROLES, "social_worker")), max_size=3, unique=True)
    given = draw(st.dictionaries(st.sampled_from(particular), roles, max_size=2))
    return {**general, **overseers, "any_case": ["office_head"], **given}


# what a file means


def sources(move: dict[str, Any], stages: list[str]) -> list[str]:
    """The stages from which a move leads."""
    named = [move["from"]] if isinstance(move["from"], str) else move["from"]
    return stages if "any" in named else named


@dataclass(frozen=True)
class Exit:
    """A way out of where a case stands."""

    move: str
    because: str | None
    stage: str
    status: str
    guards: list[dict[str, Any]]
    documents: list[Any]
    cycle: int = 0
    episode: int = 0


Known = bool | None
"""Whether something holds; None where it is not known."""

ORDER = {
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


@dataclass
class Record:
    """The revisions of one item of a form in one episode, each with who recorded it."""

    form: str
    item: int
    episode: int
    revisions: list[tuple[str, dict[str, Any]]]


@dataclass
class Naive:
    """A case as the raw file says that it must be."""

    data: dict[str, Any]
    stage: str = ""
    status: str = "active"
    cycle: int = 1
    episode: int = 1
    records: list[Record] = field(default_factory=list)
    approved: dict[str, tuple[Any, str | None]] = field(default_factory=dict)
    """What is approved: the revision (None for a move), and for which reason of closing."""
    rejected: list[Any] = field(default_factory=list)
    """The revisions of records that were rejected."""
    asked: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    """Which approvals are asked for: by whom, and for which reason of closing."""
    standing: list[tuple[str, str, str, date]] = field(default_factory=list)
    """Overrides that last: the stage, the move, the guard, the last day."""
    printed: dict[tuple[str, int], Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stages = list(self.data["stages"])
        self.stage = self.stages[0]

    # where a case may go

    def exits(self) -> list[Exit]:
        """Every way that leaves from here."""
        return [*self._forward(), *self._moves(), *self._closings()]

    def _forward(self) -> Iterator[Exit]:
        for stage, following in pairwise(self.stages):
            if (self.stage, self.status) == (stage, "active"):
                part = self.data["stages"][stage]
                yield Exit("advance", None, following, "active", part.get("requires", []), part.get("documents", []))

    def _moves(self) -> Iterator[Exit]:
        for move in self.data["moves"]:
            if self.stage in sources(move, self.stages) and self.status == move.get("when", "active"):
                yield Exit(
                    move["move"],
                    None,
                    move.get("to", self.stage),
                    move.get("status", "active"),
                    move.get("requires", []),
                    move.get("documents", []),
                    int("cycle" in move),
                    int("episode" in move),
                )

    def _closings(self) -> Iterator[Exit]:
        last = self.data["stages"][self.stages[-1]]
        early = self.data.get("closing", {}).get("early")
        for reason, part in self.data["closures"].items():
            guards, papers = part.get("requires", []), part.get("documents", last.get("documents", []))
            if part.get("complete"):
                if (self.stage, self.status) == (self.stages[-1], "active"):
                    yield Exit("close", reason, self.stage, "closed", [*last.get("requires", []), *guards], papers)
            elif self.status != "closed" and early and self.holds(early["when"], None):
                yield Exit("close", reason, self.stage, "closed", guards, early["documents"])
            elif self.status != "closed":
                yield Exit("close", reason, self.stages[-1], "closed", guards, papers)

    def unmet(self, way: Exit, today: date, overridden: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        """The guards that stand in the way of ``way``."""
        return [
            guard
            for guard in way.guards
            if not self.holds(guard["check"], way.because) and not self._waived(guard, way, today, overridden)
        ]

    def _waived(self, guard: dict[str, Any], way: Exit, today: date, overridden: tuple[str, ...]) -> bool:
        if guard["kind"] == "legal":
            return False
        key = (self.stage, way.move, guard["guard"])
        lasting = any(key == (stage, move, name) and today <= until for stage, move, name, until in self.standing)
        return lasting or guard["guard"] in overridden

    # what a guard asks

    def holds(self, check: str, because: str | None) -> bool:
        """Whether a guard's expression is known to be true."""
        return self._known(ast.parse(check, mode="eval").body, because) is True

    def _known(self, node: ast.expr, because: str | None) -> Known:
        match node:
            case ast.BoolOp(op=op, values=parts):
                found = [self._known(part, because) for part in parts]
                settles = isinstance(op, ast.Or)
                return settles if settles in found else None if None in found else not settles
            case ast.UnaryOp(op=ast.Not(), operand=part):
                value = self._known(part, because)
                return None if value is None else not value
            case ast.Compare(left=left, ops=[ast.Is()]):
                return self._value(left, because) is None
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                one, other = self._value(left, because), self._value(right, because)
                return None if one is None or other is None else bool(ORDER[type(op)](one, other))
        return bool(self._value(node, because))

    def _value(self, node: ast.expr, because: str | None) -> Any:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Call(args=[ast.Constant(value=str(what)), *reason]):
                given = self._valid(what)
                return given is not None and (not reason or given[1] == ast.literal_eval(reason[0]))
            case ast.Attribute(value=ast.Name(id="settings"), attr=name):
                return self.data["settings"][name]
            case ast.Attribute(value=ast.Name(id="case"), attr=name):
                return because if name == "closing" else getattr(self, name)
            case ast.Attribute(value=ast.Name(id=form), attr="count"):
                return len(self.current(form))
            case ast.Attribute(value=ast.Name(id=form), attr=name):
                return self.current(form)[-1].revisions[-1][1].get(name) if self.current(form) else None
            case ast.Name(id=form):
                return bool(self.current(form))
        raise AssertionError(ast.unparse(node))

    def current(self, form: str) -> list[Record]:
        """The items of a form that count in the present episode."""
        return [record for record in self.records if (record.form, record.episode) == (form, self.episode)]

    def _valid(self, what: str) -> tuple[Any, str | None] | None:
        """An approval that still counts: it lapses when the record is revised."""
        given = self.approved.get(what)
        if given is None or given[0] is None:
            return given
        record, revision = given[0]
        return given if record.episode == self.episode and len(record.revisions) == revision else None

    # who may do what

    def may(self, who: str, act: str, what: str = "") -> bool:
        """Whether the file lets somebody's role do something."""
        lines = self.data["permissions"]
        return PEOPLE[who] in lines.get(f"{act} {what}", lines[act])

    def works_in(self, who: str, what: str = "") -> bool:
        """Whether the case is theirs, or that of somebody they supervise."""
        return who in (WORKER, SUPERVISOR) or self.may(who, "any_case", what)

    # what becomes of it

    def record(self, who: str, form: str, content: dict[str, Any], revise: int | bool) -> bool:
        """Record something; whether it may be."""
        if not (self.may(who, "record", form) and self.works_in(who, form)) or self.status == "closed":
            return False
        item = 1 if revise is True else revise
        there = next((one for one in self.current(form) if one.item == item), None)
        if revise is not False:
            if there:
                there.revisions.append((who, content))
            return there is not None
        if self.data["forms"][form]["many"]:
            item = 1 + sum(one.form == form for one in self.records)
        elif self.current(form):
            return False
        else:
            item = 1
        self.records.append(Record(form, item, self.episode, [(who, content)]))
        return True

    def judge(self, who: str, what: str, approve: bool) -> bool:
        """Approve or reject something; whether it may be: by whoever oversees the work and had no part in it."""
        known = {fix for place in self._guards() if (fix := place["fix"]) and fix.startswith("approve ")}
        if f"approve {what}" not in known or not self.may(who, "approve", what):
            return False
        revision, because = None, self.asked.get(what, ("", None))[1]
        if what in self.data["forms"]:
            if self.status == "closed" or not self.current(what):
                return False
            last = self.current(what)[-1]
            revision = (last, len(last.revisions))
            same = [one for one in self.records if (one.form, one.item) == (what, last.item)]
            authors = {by for one in same for by, _ in one.revisions}
        elif what in self.asked:
            authors = {self.asked[what][0]}
        else:
            return False
        if who in authors or who == WORKER or not (who == SUPERVISOR or self.may(who, "any_case")):
            return False
        if revision:
            given, reason = self.approved.get(what, (None, None))
            again = approve and given == revision and (what not in self.asked or because == reason)
            if again or revision in self.rejected:
                return False
            if not approve:
                self.rejected.append(revision)
        self.asked.pop(what, None)
        self.approved.pop(what, None)
        if approve:
            self.approved[what] = (revision, because)
        return True

    def _guards(self) -> Iterator[dict[str, Any]]:
        parts = [*self.data["stages"].values(), *self.data["moves"], *self.data["closures"].values()]
        return (guard for part in parts for guard in part.get("requires", []))

    def attempt(
        self, who: str, move: str, because: str | None, today: date, overrides: tuple[str, ...], until: date | None
    ) -> tuple[Exit, list[tuple[str, int | None]]] | None:
        """Try a move; where it leads and what it issues, or None where it is refused."""
        act = (move, "") if move in ("advance", "close") else ("move", move)
        if not (self.may(who, *act) and self.works_in(who, act[1])):
            return None
        way = next((way for way in self.exits() if (way.move, way.because) == (move, because)), None)
        if way is None or not set(overrides) <= {guard["guard"] for guard in way.guards}:
            return None
        plain = self.unmet(way, today)
        bare = [guard for guard in way.guards if not self.holds(guard["check"], because)]
        legal = any(guard["kind"] == "legal" and guard["guard"] in overrides for guard in bare)
        if overrides and (legal or not self.may(who, "override")):
            self._ask(who, plain, because)
            return None
        lacking = self.unmet(way, today, overrides)
        if lacking:
            self._ask(who, lacking, because)
            return None
        issued = self._papers(way)
        self._go(way, [guard["guard"] for guard in bare if guard["guard"] in overrides], until)
        return way, issued

    def _ask(self, who: str, lacking: list[dict[str, Any]], because: str | None) -> None:
        for what in (guard["fix"].removeprefix("approve ") for guard in lacking if guard["fix"]):
            is_move = what not in self.data["forms"]
            approval = any(guard["fix"] == f"approve {what}" for guard in lacking)
            if approval and (is_move or self.current(what)) and self.asked.get(what, ("", ""))[1] != because:
                self.asked[what] = (who, because)

    def _go(self, way: Exit, overridden: list[str], until: date | None) -> None:
        if way.episode:
            self.standing = []
        if until:
            self.standing += [(self.stage, way.move, name, until) for name in overridden]
        self.asked = {}
        self.approved = {what: given for what, given in self.approved.items() if given[0] is not None}
        self.stage, self.status = way.stage, way.status
        self.cycle += way.cycle
        self.episode += way.episode

    def _papers(self, way: Exit) -> list[tuple[str, int | None]]:
        """The documents that ``way`` issues; one for an item only if it says something new."""
        found: list[tuple[str, int | None]] = []
        for paper in way.documents:
            if isinstance(paper, str):
                found.append((paper, None))
                continue
            for record in self.current(paper["each"].removesuffix(".items")):
                content = record.revisions[-1][1]
                said = (content.get("level"), content.get("agreed") is True)
                if self.printed.get((paper["document"], record.item)) != said:
                    self.printed[paper["document"], record.item] = said
                    found.append((paper["document"], record.item))
        return found
