"""Rules between the fields of a record: what contradicts itself, and what only looks odd.

A condition names the fields that it reads. It is asked only when each of them is sound by itself, so that one
slip is reported once, and it sees the content as plain data, dates as ISO text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..errors import did_you_mean
from ..messages import Message
from .fields import Context, region_fault, short
from .views import LEGAL_AGE, age_on, measures

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a condition found: at which field of the record, and whether it only warns."""

    where: str
    message: Message
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """``find`` looks at a record whose fields ``reads`` (paths, ``*`` for each item) are sound."""

    reads: tuple[tuple[str, ...], ...]
    find: Callable[[Content, Context], Iterator[Finding]]

    def can_judge(self, faults: Sequence[tuple[str, ...]]) -> bool:
        """Whether none of ``faults``, paths of unsound values, touches what the condition reads."""
        return not any(_touch(path, fault) for path in self.reads for fault in faults)


def _touch(path: tuple[str, ...], fault: tuple[str, ...]) -> bool:
    return all(a in ("*", b) for a, b in zip(path, fault, strict=False))


def condition(*reads: str) -> Callable[[Callable[[Content, Context], Iterator[Finding]]], Condition]:
    """Make a condition of the function below; it ``reads`` these paths."""
    return lambda find: Condition(tuple(tuple(path.split(".")) for path in reads), find)


def _value(content: Content, path: str) -> Any:
    found: Any = content
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _each(content: Any, path: Sequence[str], where: str = "") -> Iterator[tuple[str, Any]]:
    """Each value at ``path``, with its place; ``*`` goes through a list."""
    if not path:
        if content is not None:
            yield where, content
    elif path[0] == "*":
        for number, item in enumerate(content or ()):
            yield from _each(item, path[1:], f"{where}{number}" + "." * (len(path) > 1))
    elif isinstance(content, Mapping):
        yield from _each(content.get(path[0]), path[1:], f"{where}{path[0]}" + "." * (len(path) > 1))


def in_order(first: str, second: str) -> Condition:
    """The day ``second`` is not before the day ``first``."""

    @condition(first, second)
    def check(content: Content, _: Context) -> Iterator[Finding]:
        begin, end = _value(content, first), _value(content, second)
        if begin is not None and end is not None and end < begin:
            yield Finding(second, Message("{end} is before {begin} ({field}).", end=end, begin=begin, field=first))

    return check


def ids_differ(path: str) -> Condition:
    """No two values at ``path`` are the same."""

    @condition(path)
    def check(content: Content, _: Context) -> Iterator[Finding]:
        first: dict[str, str] = {}
        for where, value in _each(content, path.split(".")):
            if value in first:
                message = Message("{value} is used already at {where}.", value=short(value), where=first[value])
                yield Finding(where, message)
            first.setdefault(value, where)

    return check


def _unknown(where: str, name: str, known: Sequence[str]) -> Finding:
    near = did_you_mean(name, known)
    if near is None:
        return Finding(where, Message("{name} is not the id of anything here.", name=short(name)))
    return Finding(where, Message("{name} is not the id of anything here. {near}", name=short(name), near=near))


@condition("scheme", "code")
def region_code_fits_its_scheme(content: Content, _: Context) -> Iterator[Finding]:
    """A region's code has the form of its scheme."""
    fault = region_fault(content["scheme"], content["code"])
    if fault:
        yield Finding("code", fault)


@condition("nik", "nik_absent_reason", "identity_unknown")
def nik_or_the_reason(content: Content, _: Context) -> Iterator[Finding]:
    """A client has a NIK, or a reason why there is none, or is unknown."""
    if content.get("nik"):
        if content.get("nik_absent_reason"):
            yield Finding("nik_absent_reason", Message("There is a NIK; leave the reason for its absence out."))
    elif not content.get("nik_absent_reason") and not content.get("identity_unknown"):
        yield Finding("nik", Message("A NIK is required, or nik_absent_reason, or identity_unknown: true."))


@condition("age_years", "as_of")
def age_has_its_date(content: Content, _: Context) -> Iterator[Finding]:
    """An age says on which day it was right."""
    if content.get("age_years") is not None and content.get("as_of") is None:
        yield Finding("as_of", Message("An age needs the date on which it was right (as_of)."))
    if content.get("as_of") is not None and content.get("age_years") is None:
        yield Finding("age_years", Message("as_of goes with age_years, which is missing."))


@condition("birth_date", "age_years", "as_of")
def ages_agree(content: Content, _: Context) -> Iterator[Finding]:
    """A date of birth and an age, where both are told, say the same within a year."""
    if all(content.get(name) is not None for name in ("birth_date", "age_years", "as_of")):
        age = age_on({"birth_date": content["birth_date"]}, date.fromisoformat(content["as_of"]))
        if age is not None and abs(age - content["age_years"]) > 1:
            message = Message(
                "By the date of birth the client was {age} on {day}, not {told}.",
                age=age,
                day=content["as_of"],
                told=content["age_years"],
            )
            yield Finding("age_years", message, warning=True)


@condition("birth_date", "age_years", "as_of", "capacity", "guardian")
def guardian_where_needed(content: Content, context: Context) -> Iterator[Finding]:
    """A child, or who lacks full legal capacity, has a guardian (UU 27/2022, articles 25 and 26)."""
    if content.get("guardian"):
        return
    age = age_on(content, context.today)
    if age is not None and age < LEGAL_AGE:
        yield Finding("guardian", Message("A guardian is required: the client is under {age}.", age=LEGAL_AGE))
    elif content.get("capacity") == "limited":
        yield Finding("guardian", Message("A guardian is required: the client's legal capacity is limited."))


@condition("nik", "birth_date", "sex", "address.region")
def nik_agrees_with_the_rest(content: Content, _: Context) -> Iterator[Finding]:
    """Compare a NIK with what is recorded beside it; it is given once for all, so a difference only warns."""
    nik = content.get("nik")
    if not nik:
        return
    day, month, year = int(nik[6:8]), nik[8:10], nik[10:12]
    sex, shown = ("female", Message("female")) if day > 40 else ("male", Message("male"))
    if content.get("sex") in ("female", "male") and content["sex"] != sex:
        message = Message("The NIK is one of a person of the other sex ({sex}).", sex=shown)
        yield Finding("nik", message, warning=True)
    born = content.get("birth_date")
    if born and (born[2:4], born[5:7], born[8:10]) != (year, month, f"{day % 40:02}"):
        message = Message(
            "The NIK says that the client was born on {told} (day-month-year), the record {born}.",
            told=f"{day % 40:02}-{month}-{year}",
            born=born,
        )
        yield Finding("nik", message, warning=True)
    region = _value(content, "address.region")
    if region and region["scheme"] == "kemendagri":  # a NIK carries no BPS code
        code = region["code"].replace(".", "")[:6]
        if not nik.startswith(code):
            message = Message(
                "The NIK was first registered in region {told}, the address is in {code}.",
                told=f"{nik[:2]}.{nik[2:4]}.{nik[4:6]}",
                code=region["code"],
            )
            yield Finding("nik", message, warning=True)


@condition("method", "witness")
def consent_has_its_witness(content: Content, _: Context) -> Iterator[Finding]:
    """A consent that is not written has a witness."""
    if content["method"] != "written" and not content.get("witness"):
        yield Finding("witness", Message("A witness is required unless the consent is written."))


@condition("agreed_on", "start_on")
def agreed_before_the_start(content: Content, _: Context) -> Iterator[Finding]:
    """A contract does not begin before it is agreed."""
    agreed, start = content["agreed_on"], content["start_on"]
    if agreed > start:
        yield Finding(
            "agreed_on",
            Message("The contract is agreed on {agreed}, after it begins on {start}.", agreed=agreed, start=start),
        )


@condition("a", "b")
def related_to_another(content: Content, _: Context) -> Iterator[Finding]:
    """Nobody is related to themselves."""
    if content["a"] == content["b"]:
        yield Finding("b", Message("{name} cannot be related to themselves.", name=short(content["a"])))


@condition("index", "members.*.id")
def index_is_a_member(content: Content, _: Context) -> Iterator[Finding]:
    """The index of a genogram is one of its members."""
    ids = [member["id"] for member in content.get("members", ())]
    if content["index"] not in ids:
        yield _unknown("index", content["index"], ids)


@condition("members.*.id", "relations.*.a", "relations.*.b")
def relations_resolve(content: Content, _: Context) -> Iterator[Finding]:
    """Both ends of a relation are members."""
    ids = [member["id"] for member in content.get("members", ())]
    for number, relation in enumerate(content.get("relations", ())):
        for end in ("a", "b"):
            if relation[end] not in ids:
                yield _unknown(f"relations.{number}.{end}", relation[end], ids)


@condition("members", "relations")
def generations_in_order(content: Content, context: Context) -> Iterator[Finding]:
    """A parent is older than the child, as far as ages are known; nobody is their own ancestor."""
    born: dict[str, int] = {}
    for member in content.get("members", ()):
        if member.get("birth_year") is not None:
            born[member["id"]] = member["birth_year"]
        elif member.get("age") is not None and member.get("alive") is not False:  # the dead stopped ageing
            born[member["id"]] = context.today.year - member["age"]
    parents: dict[str, set[str]] = {}
    for number, relation in enumerate(content.get("relations", ())):
        parent, child = relation["a"], relation["b"]
        if relation["kind"] != "parent_child" or parent == child:
            continue
        where = f"relations.{number}"
        if child in _ancestors(parent, parents):
            yield Finding(where, Message("{name} would be their own ancestor.", name=short(child)))
        parents.setdefault(child, set()).add(parent)
        if parent in born and child in born and born[parent] >= born[child]:
            message = Message(
                "The parent {parent} is not older than the child {child}.",
                parent=short(parent),
                child=short(child),
            )
            yield Finding(where, message, warning=True)


def _ancestors(person: str, parents: Mapping[str, set[str]]) -> set[str]:
    """Everybody above ``person``, and the person."""
    seen, queue = set[str](), [person]
    while queue:
        one = queue.pop()
        if one not in seen:
            seen.add(one)
            queue.extend(parents.get(one, ()))
    return seen


@condition("members")
def birth_years_agree(content: Content, context: Context) -> Iterator[Finding]:
    """A year of birth has been, and an age beside it says the same within a year."""
    for number, member in enumerate(content.get("members", ())):
        year, age = member.get("birth_year"), member.get("age")
        if year is not None and year > context.today.year:
            message = Message("{year} is after the working date {today}.", year=year, today=context.today)
            yield Finding(f"members.{number}.birth_year", message)
            continue
        told = year is not None and age is not None and member.get("alive") is not False
        if told and not 0 <= context.today.year - year - age <= 1:
            message = Message(
                "Born in {year}, {name} is not {age} years old.",
                year=year,
                name=short(member["id"]),
                age=age,
            )
            yield Finding(f"members.{number}.age", message, warning=True)


@condition("systems.*.id", "ties.*.system")
def ties_resolve(content: Content, _: Context) -> Iterator[Finding]:
    """A tie goes to a system of the ecomap."""
    ids = [system["id"] for system in content.get("systems", ())]
    for number, tie in enumerate(content.get("ties", ())):
        if tie["system"] not in ids:
            yield _unknown(f"ties.{number}.system", tie["system"], ids)


@condition("week_from", "week_to")
def weeks_in_order(content: Content, _: Context) -> Iterator[Finding]:
    """An activity does not end before it begins."""
    if content["week_to"] < content["week_from"]:
        yield Finding(
            "week_to",
            Message("Week {to} is before week {begin}.", to=content["week_to"], begin=content["week_from"]),
        )


@condition("baseline", "baseline_reason")
def baseline_or_the_reason(content: Content, _: Context) -> Iterator[Finding]:
    """An indicator has a baseline, or says why it was not measured."""
    if content.get("baseline") is None and not content.get("baseline_reason"):
        yield Finding("baseline", Message("A baseline is required, or baseline_reason."))


@condition("measure")
def measure_is_published(content: Content, _: Context) -> Iterator[Finding]:
    """What an indicator is derived from is a figure that the records publish."""
    measure = content.get("measure")
    if measure is not None and measure not in measures():
        near = did_you_mean(measure, measures())
        message = Message("No record publishes the figure {name}.", name=short(measure))
        if near is not None:
            message = Message("No record publishes the figure {name}. {near}", name=short(measure), near=near)
        yield Finding("measure", message)


@condition("direction", "purpose")
def purpose_goes_with_an_expense(content: Content, _: Context) -> Iterator[Finding]:
    """Each expense has a purpose, and no income has one."""
    if content["direction"] == "expense" and content.get("purpose") is None:
        yield Finding("purpose", Message("A purpose is required for an expense."))
    if content["direction"] != "expense" and content.get("purpose") is not None:
        yield Finding("purpose", Message("Only an expense has a purpose."))


@condition("reason")
def reason_is_known(content: Content, context: Context) -> Iterator[Finding]:
    """A reason of closure is one of the workflow's."""
    if context.reasons and content["reason"] not in context.reasons:
        known = list(context.reasons)
        hint = did_you_mean(content["reason"], known) or Message("The reasons are: {names}.", names=known)
        yield Finding("reason", Message("This programme does not close a case for that reason. {hint}", hint=hint))


@condition("reason", "reviewed_on")
def review_where_required(content: Content, context: Context) -> Iterator[Finding]:
    """Some reasons of closure demand a review with the client."""
    if content["reason"] in context.review_required_for and content.get("reviewed_on") is None:
        message = Message("The date of the joint review is required for {reason}.", reason=content["reason"])
        yield Finding("reviewed_on", message)
