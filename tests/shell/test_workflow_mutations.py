"""Mutations of the shipped workflows: the check finds each that breaks what the file promises, and passes the others.

Whether a mutation does is told by a naive model that reads the raw YAML and nothing of the software: names that must
exist, a search through stage × status, people, and guards that were made impossible in plain sight. What a programme
simply does not have (a move, a reason to close) it does not promise either.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from casework_flow.checking import check_text
from casework_flow.loader import WorkflowText
from casework_flow.yaml12 import parse

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
Data = dict[str, Any]
ORIGINALS: dict[str, Data] = {
    path.stem: parse(path.read_text(encoding="utf-8"))[0] for path in sorted((ROOT / "workflows").glob("*.yaml"))
}
RECORDS = {
    *("client", "intake", "consent", "contract", "addendum", "genogram", "ecomap", "assessment", "plan", "session"),
    *("supervision", "finance", "evaluation", "termination", "referral"),
}
ACTS = {"open", "record", "any_case", "advance", "move", "close", "approve", "override", "upgrade"}
WORKERS = {"social_worker", "practicum_student", "intake_officer"}
KEYS = {
    "stage": ["title", "days", "until", "requires", "documents"],
    "move": ["move", "title", "from", "when", "to", "status", "cycle", "episode", "requires", "documents"],
    "closure": ["title", "complete", "requires", "documents", "early"],
    "guard": ["guard", "kind", "check", "say", "fix"],
}


# the naive model


def parts(data: Data) -> Iterator[tuple[str, Data]]:
    yield from (("stage", stage) for stage in data["stages"].values())
    yield from (("move", move) for move in data.get("moves", []))
    yield from (("closure", closure) for closure in data["closures"].values())


def guards(data: Data) -> list[Data]:
    return [guard for _, part in parts(data) for guard in part.get("requires", [])]


def is_broken(data: Data, words: set[str]) -> bool:
    """Whether the raw file promises what cannot happen; ``words`` are the names that guards may use."""
    return (
        bad_form(data)
        or bad_names(data, words)
        or bad_people(data)
        or bad_graph(data)
        or any(impossible([guard["check"] for guard in part.get("requires", [])]) for _, part in parts(data))
    )


def bad_form(data: Data) -> bool:
    for kind, part in parts(data):
        if set(part) - set(KEYS[kind]) or not isinstance(part.get("requires", []), list):
            return True
        if kind == "stage" and ("title" not in part or not isinstance(part.get("days", 1), int)):
            return True
        names = [guard.get("guard") for guard in part.get("requires", [])]
        if len(set(names)) < len(names):
            return True
    texts = [data["title"], *(part["title"] for _, part in parts(data) if "title" in part)]
    for guard in guards(data):
        if set(KEYS["guard"]) - {"fix"} - set(guard) or set(guard) - set(KEYS["guard"]):
            return True
        texts.append(guard["say"])
    exits = [(move["move"], source, move.get("when")) for move in data["moves"] for source in sources(data, move)]
    if len(set(exits)) < len(exits) or not isinstance(data["version"], int) or data["version"] < 1:
        return True
    return any({"id", "en"} - set(text) for text in texts)


def bad_names(data: Data, words: set[str]) -> bool:
    moves = {move["move"] for move in data["moves"]}
    records = {*RECORDS, *data.get("forms", {})}
    asked = {guard["fix"].removeprefix("approve ") for guard in guards(data) if "approve " in guard.get("fix", "")}
    for move in data["moves"]:
        if {*sources(data, move), move.get("to", next(iter(data["stages"])))} - set(data["stages"]):
            return True
    for guard in guards(data):
        fix, check = guard.get("fix", "client"), guard["check"]
        if fix.removeprefix("approve ") not in (records | moves | {"close"} if "approve " in fix else records):
            return True
        if set(re.findall(r'given\("(\w+)"', check)) - asked:
            return True
        if fix.startswith("approve ") and f'"{fix.removeprefix("approve ")}"' not in check:
            return True
        if set(re.findall(r"[a-z_]+", re.sub(r'"[^"]*"', "", check))) - words:
            return True
        if set(re.findall(r"settings\.(\w+)", check)) - set(data.get("settings", {})):
            return True
    issued = [issue for _, part in parts(data) for issue in (*part.get("documents", []), *part.get("early", []))]
    files = [issue if isinstance(issue, str) else issue["document"] for issue in issued]
    return any(not (TEMPLATES / f"{name}.xml.j2").is_file() for name in files)


def bad_people(data: Data) -> bool:
    given = data.get("permissions", {})
    if any(act.split()[0] not in ACTS for act in given):
        return True
    if any(given.get(act) == [] for act in ("open", "advance", "move", "close")):
        return True
    for guard in guards(data):
        what = guard.get("fix", "")
        if what.startswith("approve "):
            able = given.get(what, given.get("approve", ["supervisor"]))
            if not set(able) - WORKERS:
                return True
        elif what and set(given.get(f"record {what}", given.get("record", ["supervisor"]))) <= {"auditor"}:
            return True
    return False


def sources(data: Data, move: Data) -> list[str]:
    given = [move["from"]] if isinstance(move["from"], str) else move["from"]
    return list(data["stages"]) if "any" in given else given


def bad_graph(data: Data) -> bool:
    order = list(data["stages"])
    ways = [((one, "active"), (two, "active")) for one, two in pairwise(order)]
    for move in data["moves"]:
        for stage in sources(data, move):
            ways.append(((stage, move.get("when", "active")), (move.get("to", stage), move.get("status", "active"))))
    whole = [closure for closure in data["closures"].values() if closure.get("complete")]
    if not whole and data["stages"][order[-1]].get("requires"):
        return True
    closing = [order[-1:]] if len(whole) == len(data["closures"]) else [order]
    ways += [((stage, "active"), (order[-1], "closed")) for stage in closing[0]]
    ways += [((stage, "paused"), (order[-1], "closed")) for stage in order if len(whole) < len(data["closures"])]
    if data.get("closing", {}).get("early"):
        ways += [((stage, status), (stage, "closed")) for stage in order for status in ("active", "paused")]
    seen = follow({(order[0], "active")}, ways)
    if {stage for stage, _ in seen} != set(order):
        return True
    back = [(two, one) for one, two in ways]
    if seen - follow({(order[-1], "closed")}, back) - {(stage, "closed") for stage in order}:
        return True
    open_ = [(one, two) for one, two in back if two[1] != "closed"]
    waking = follow({state for state in seen if state[1] == "active"}, open_)
    if any(state[1] == "paused" and state not in waking for state in seen):
        return True
    return any(
        not any((stage, move.get("when", "active")) in seen for stage in sources(data, move))
        for move in data["moves"]
    )


def follow(states: set[tuple[str, str]], ways: list[Any]) -> set[tuple[str, str]]:
    found = set(states)
    while more := {two for one, two in ways if one in found} - found:
        found |= more
    return found


def impossible(checks: list[str]) -> bool:
    """A guard and its plain negation in one place, in one guard or in two; or a number that nothing can reach."""
    return any(
        f"not ({one})" in checks or f"({one}) and not ({one})" in checks or "1000000" in one for one in checks
    ) or any(re.fullmatch(r"\((.*)\) and not \(\1\)", one, re.S) for one in checks)


# mutations

Mutation = Callable[[Data], Iterator[Data]]
MUTATIONS: dict[str, Mutation] = {}
EACH = 3
"""How many places of one file each mutation is tried in, at most."""


def mutation(make: Mutation) -> Mutation:
    MUTATIONS[make.__name__.replace("_", " ")] = make
    return make


def spread(found: list[Any], most: int = EACH) -> list[Any]:
    """A few of ``found``, from its whole length."""
    return found[:: max(1, -(-len(found) // most))]


def changed(data: Data, change: Callable[[Data], object]) -> Data:
    copy = deepcopy(data)
    change(copy)
    return copy


def typo(word: str) -> str:
    middle = len(word) // 2
    return word[:middle] + word[middle + 1 :] if len(word) > 3 else word + "x"


def guard_places(data: Data) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for key in ("stages", "moves", "closures"):
        entries = data[key].items() if isinstance(data[key], dict) else enumerate(data[key])
        found += [(key, name, number) for name, part in entries for number in range(len(part.get("requires", [])))]
    return found


def at(data: Data, place: tuple[Any, ...]) -> Data:
    key, name, number = place
    found: Data = data[key][name]["requires"][number]
    return found


def on_guards(change: Callable[[list[Data], int], object], most: int = EACH) -> Mutation:
    def make(data: Data) -> Iterator[Data]:
        for key, name, number in spread(guard_places(data), most):
            yield changed(data, lambda d, k=key, n=name, i=number: change(d[k][n]["requires"], i))  # type: ignore[misc]

    return make


def guard_mutation(name: str, change: Callable[[list[Data], int], object], most: int = EACH) -> None:
    MUTATIONS[name] = on_guards(change, most)


def opposite(all_: list[Data], number: int) -> None:
    all_.append({**all_[number], "guard": "opposite", "kind": "legal", "check": f"not ({all_[number]['check']})"})


def itself(guard: Data) -> None:
    guard["check"] = f"({guard['check']}) and not ({guard['check']})"


def million(guard: Data) -> None:
    guard["check"] = f"({guard['check']}) and client.age > 1000000"


def broken_up(guard: Data) -> str:
    return str(guard["check"]).replace(" ", "\n ")


def misspelt(guard: Data) -> None:
    names = re.findall(r"\b[a-z_]+\b(?=[.)]| |$)", re.sub(r'"[^"]*"|\b(and|or|not|in|is)\b', "", guard["check"]))
    guard["check"] = re.sub(rf"\b{names[-1]}\b", typo(names[-1]), guard["check"])


guard_mutation("drop a guard", lambda all_, n: all_.pop(n))
guard_mutation("rename a guard", lambda all_, n: all_[n].update(guard="renamed_guard"))
guard_mutation("contradict a guard by another", opposite, 2)
guard_mutation("contradict a guard in itself", lambda all_, n: itself(all_[n]), 2)
guard_mutation(
    "demand a million", lambda all_, n: all_[n].update(check=f"({all_[n]['check']}) and client.age > 1000000"), 2
)
guard_mutation("misspell a name in a guard", lambda all_, n: misspelt(all_[n]))
guard_mutation("misspell a fix", lambda all_, n: all_[n].update(fix=typo(all_[n].get("fix", "client"))))
guard_mutation("misspell a key of a guard", lambda all_, n: all_[n].update(chek=all_[n].pop("check")), 2)
guard_mutation("drop what a guard says", lambda all_, n: all_[n].pop("say"), 1)
guard_mutation("drop a language", lambda all_, n: all_[n]["say"].pop(("id", "en")[n % 2]))
guard_mutation("give a guard twice", lambda all_, n: all_.append(deepcopy(all_[n])), 2)
guard_mutation("turn the requirements round", lambda all_, _: all_.reverse(), 2)
guard_mutation("turn the class of a guard", lambda all_, n: all_[n].update(kind="legal"), 2)
guard_mutation(
    "break a guard over lines", lambda all_, n: all_[n].update(check=all_[n]["check"].replace(" ", "\n ")), 1
)


@mutation
def drop_a_stage(data: Data) -> Iterator[Data]:
    for name in spread(list(data["stages"])):
        yield changed(data, lambda d, n=name: d["stages"].pop(n))  # type: ignore[misc]


@mutation
def drop_a_move(data: Data) -> Iterator[Data]:
    for number in range(len(data["moves"])):
        if number in (0, 1) or data["moves"][number]["move"] in ("pause", "resume", "reopen"):
            yield changed(data, lambda d, n=number: d["moves"].pop(n))  # type: ignore[misc]


@mutation
def drop_a_closure(data: Data) -> Iterator[Data]:
    for name in spread(list(data["closures"])):
        yield changed(data, lambda d, n=name: d["closures"].pop(n))  # type: ignore[misc]
    yield changed(
        data, lambda d: [d["closures"].pop(name) for name, one in list(d["closures"].items()) if one.get("complete")]
    )


@mutation
def rename_a_stage(data: Data) -> Iterator[Data]:
    for name in spread(list(data["stages"]), 2):
        alone = {("renamed" if key == name else key): part for key, part in data["stages"].items()}
        yield {**deepcopy(data), "stages": deepcopy(alone)}
        whole = json.loads(re.sub(rf'"(from|to)": "{name}"', r'"\1": "renamed"', json.dumps(data)))
        for move in whole["moves"]:
            if isinstance(move["from"], list):
                move["from"] = ["renamed" if source == name else source for source in move["from"]]
        yield {**whole, "stages": deepcopy(alone)}


@mutation
def rename_a_move(data: Data) -> Iterator[Data]:
    text = json.dumps(data)
    for name in spread(list(dict.fromkeys(move["move"] for move in data["moves"])), 2):
        alone = text.replace(f'"move": "{name}"', '"move": "renamed"')
        yield json.loads(alone)
        for old, new in ((f'"approve {name}"', '"approve renamed"'), (f'given(\\"{name}\\"', 'given(\\"renamed\\"')):
            alone = alone.replace(old, new)
        yield json.loads(alone)


@mutation
def misspell_a_stage(data: Data) -> Iterator[Data]:
    for number, move in spread(list(enumerate(data["moves"]))):
        if "to" in move:
            yield changed(data, lambda d, n=number: d["moves"][n].update(to=typo(d["moves"][n]["to"])))  # type: ignore[misc]


@mutation
def misspell_a_document(data: Data) -> Iterator[Data]:
    for name in spread(list(data["stages"])):
        yield changed(data, lambda d, n=name: d["stages"][n]["documents"].append("contrat"))  # type: ignore[misc]


@mutation
def drop_a_document(data: Data) -> Iterator[Data]:
    for name in spread(list(data["stages"]), 2):
        yield changed(data, lambda d, n=name: d["stages"][n]["documents"].pop())  # type: ignore[misc]


@mutation
def cut_the_ways_of_a_move(data: Data) -> Iterator[Data]:
    first = next(iter(data["stages"]))
    for number, move in enumerate(data["moves"]):
        if move["from"] == "any":
            yield changed(data, lambda d, n=number: d["moves"][n].update({"from": first}))  # type: ignore[misc]
        elif isinstance(move["from"], list):
            yield changed(data, lambda d, n=number: d["moves"][n]["from"].pop())  # type: ignore[misc]


@mutation
def take_the_status_from_a_move(data: Data) -> Iterator[Data]:
    for number, move in enumerate(data["moves"]):
        for key in ("status", "when"):
            if key in move:
                yield changed(data, lambda d, n=number, k=key: d["moves"][n].pop(k))  # type: ignore[misc]


@mutation
def leave_nobody(data: Data) -> Iterator[Data]:
    for act in ("advance", "approve", "close", "override"):
        yield changed(data, lambda d, a=act: d["permissions"].update({a: []}))  # type: ignore[misc]
    yield changed(data, lambda d: d["permissions"].update({"record": ["auditor"]}))
    yield changed(data, lambda d: d["permissions"].update({"approve": ["social_worker"]}))
    yield changed(data, lambda d: d["permissions"].update({"aprove": ["supervisor"]}))


@mutation
def change_numbers(data: Data) -> Iterator[Data]:
    first = next(iter(data["stages"]))
    for value in (1, 30, "five", -1.5):
        yield changed(data, lambda d, v=value: d["stages"][first].update(days=v))  # type: ignore[misc]
    for value in (7, 0, "1"):
        yield changed(data, lambda d, v=value: d.update(version=v))  # type: ignore[misc]


@mutation
def rename_a_setting(data: Data) -> Iterator[Data]:
    for name in data.get("settings", {}):
        yield changed(data, lambda d, n=name: d["settings"].update({typo(n): d["settings"].pop(n)}))  # type: ignore[misc]


@mutation
def make_no_closure_complete(data: Data) -> Iterator[Data]:
    whole = [name for name, closure in data["closures"].items() if closure.get("complete")]
    yield changed(data, lambda d: d["closures"][whole[0]].update(complete=False))
    yield changed(data, lambda d: [d["closures"][name].update(complete=False) for name in whole])


@mutation
def turn_the_file_round(data: Data) -> Iterator[Data]:
    yield changed(data, lambda d: d["moves"].reverse())
    yield {**deepcopy(data), "closures": dict(reversed(data["closures"].items()))}
    yield dict(reversed(deepcopy(data).items()))


SEARCHED = {"contradict a guard by another", "contradict a guard in itself", "demand a million"}
"""Mutations whose mutants cost a whole search each."""
REFUSED = {kind for kind in MUTATIONS if kind.startswith(("misspell", "drop a language", "give", "change numbers"))}
"""Mutations whose mutants mostly are refused at once."""


def tried(name: str, kind: str) -> list[Data]:
    """The mutants that are checked: all where that is fast, else some of each file in turn; the whole stays short."""
    mutants = [one for one in MUTATIONS[kind](ORIGINALS[name]) if one != ORIGINALS[name]]
    turn = (list(MUTATIONS).index(kind) + list(ORIGINALS).index(name)) % len(ORIGINALS)
    if kind in REFUSED:
        return mutants
    if kind in SEARCHED:
        return mutants[:1] if turn < 2 else []
    return mutants if turn == 0 else mutants[turn:][:1] if turn < 3 else []


def words_of(data: Data) -> set[str]:
    """What the guards of a sound file name, and what the mutations add."""
    named = {word for guard in guards(data) for word in re.findall(r"[a-z_]+", guard["check"])}
    return named | {"client", "age", "and", "or", "not"}


@pytest.mark.parametrize("name", ORIGINALS)
def test_the_naive_model_finds_nothing_in_a_shipped_workflow(name: str) -> None:
    assert not is_broken(ORIGINALS[name], words_of(ORIGINALS[name]))


CASES = [(name, kind) for name in ORIGINALS for kind in MUTATIONS if tried(name, kind)]


@pytest.mark.parametrize(("name", "kind"), CASES, ids=[f"{name}: {kind}" for name, kind in CASES])
def test_the_check_finds_what_breaks_a_workflow_and_passes_what_does_not(name: str, kind: str) -> None:
    words = words_of(ORIGINALS[name])
    for mutant in tried(name, kind):
        text = json.dumps(mutant, indent=1)
        report = check_text(WorkflowText("mutant.yaml", *parse(text, "mutant.yaml")), [TEMPLATES])
        said = [problem.say("en") for problem in report.findings]
        verdict = "broken" if is_broken(mutant, words) else "sound"
        assert bool(said) == (verdict == "broken"), f"the model says {verdict}, the check: {said}"


def test_there_are_more_than_a_hundred_broken_mutants_and_many_sound_ones() -> None:
    verdicts = [is_broken(one, words_of(ORIGINALS[name])) for name, kind in CASES for one in tried(name, kind)]
    assert verdicts.count(True) > 100
    assert verdicts.count(False) > 30
