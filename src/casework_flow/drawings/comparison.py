"""The same drawing twice, as it was and as it is, with what changed between them marked and told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..messages import Message, Sayable
from . import ecomap as eco
from . import genogram as geno
from . import lines, svg
from .family import COUPLES
from .lines import Point
from .placing import HALF
from .svg import FAINT, TEXT_WIDTH, Canvas, Drawing, Sign

_GUTTER = 16.0
_HEAD = 20.0
_NOTE, _TITLE = 8.0, 9.5
_BESIDE = 710.0  # two drawings that are wider together stand below each other: smaller ones could not be read
_MEMBER_FIELDS = ("label", "sex", "alive", "in_household", "schooling", "roles")

UNKNOWN = Message("not recorded")
YES, NO = Message("yes"), Message("no")
FIELDS: Mapping[str, Message] = {
    "label": Message("name"),
    "sex": Message("sex"),
    "alive": Message("alive"),
    "in_household": Message("in the household"),
    "schooling": Message("schooling"),
    "roles": Message("roles"),
}
STRESSFUL, CALM = Message("stressful"), Message("not stressful")
FLOWS: Mapping[str, Message] = {
    "to_client": Message("flow to the client"),
    "from_client": Message("flow from the client"),
    "mutual": Message("flow in both directions"),
    "none": Message("no flow"),
}


@dataclass(slots=True)
class Change:
    """One thing that changed: its words, and where it is marked in the first and in the second drawing."""

    words: Sayable
    before: Point | None = None
    after: Point | None = None


@dataclass(slots=True)
class Panel:
    """One of the two drawings."""

    title: str
    canvas: Canvas = field(default_factory=Canvas)
    width: float = 0.0
    height: float = 0.0


def genograms(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    titles: tuple[str, str],
    *,
    lang: str,
    say: geno.Say | None = None,
) -> Drawing:
    """Two genograms of the same family, people and relations matched by their identifiers.

    Args:
        before: the earlier record, sound and with the labels that may be shown.
        after: the later one.
        titles: what stands above the two.
        lang: the language of the other words.
        say: what a stored word is called; by default the word itself.
    """
    pictures = [geno.Picture(content, say) for content in (before, after)]
    panels = []
    for title, picture in zip(titles, pictures, strict=True):
        panel = Panel(title, width=picture.layout.width, height=picture.layout.height)
        picture.paint(panel.canvas)
        panels.append(panel)
    changes = [*_members(pictures[0], pictures[1]), *_relations(pictures[0], pictures[1])]
    said = [geno.described(picture, lang) for picture in pictures]
    return _drawn(panels, changes, geno.signs(pictures, lang), said, lang)


def ecomaps(
    before: Mapping[str, Any], after: Mapping[str, Any], client: str, titles: tuple[str, str], *, lang: str
) -> Drawing:
    """Two ecomaps of the same client; a system stands at the same place in both.

    Args:
        before: the earlier record, sound and with the names that may be shown.
        after: the later one.
        client: what stands in the middle.
        titles: what stands above the two.
        lang: the language of the other words.
    """
    contents = (before, after)
    around = {system["id"]: system for content in contents for system in content.get("systems", ())}
    layouts = [eco.layout(content, list(around.values()), (_BESIDE - _GUTTER) / 2) for content in contents]
    panels = []
    for title, content, made in zip(titles, contents, layouts, strict=True):
        panel = Panel(title, width=made.width, height=made.height)
        eco.paint(panel.canvas, content, client, made, lang)
        panels.append(panel)
    changes = [*_systems(contents, layouts), *_ties(contents, layouts)]
    said = [eco.described(content, client, lang) for content in contents]
    return _drawn(panels, changes, eco.signs(contents, lang), said, lang)


def _drawn(
    panels: Sequence[Panel],
    changes: Sequence[Change],
    signs: Sequence[tuple[Sign, str]],
    said: Sequence[str],
    lang: str,
) -> Drawing:
    for number, change in enumerate(changes, 1):
        for panel, spot in zip(panels, (change.before, change.after), strict=True):
            if spot:
                panel.canvas.badge(*spot, str(number))
    first, second = panels
    each = max(first.width, second.width)
    beside = 2 * each + _GUTTER <= _BESIDE
    width = max(TEXT_WIDTH, 2 * each + _GUTTER if beside else each)
    canvas = Canvas()
    room = (width - _GUTTER) / 2 if beside else width
    below = 0.0 if beside else _HEAD + first.height + 6
    for place, panel in enumerate(panels):
        left = (room + _GUTTER) * place if beside else 0.0
        top = below * place
        canvas.text(
            left + room / 2, top + 12, svg.wrapped(panel.title, room - 20, 9.5, 1, bold=True)[0], 9.5, bold=True
        )
        canvas.group(panel.canvas, left + (room - panel.width) / 2, top + _HEAD)
    high = _HEAD + (max(first.height, second.height) if beside else first.height + 6 + _HEAD + second.height)
    if beside:
        canvas.path(lines.straight([(width / 2, 4), (width / 2, high - 4)]), width=0.6, stroke=FAINT)
    else:
        canvas.path(lines.straight([(10, below - 3), (width - 10, below - 3)]), width=0.6, stroke=FAINT)
    told = [change.words.say(lang) for change in changes] or [Message("Nothing has changed.").say(lang)]
    high = _notes(canvas, told, numbered=bool(changes), y=high + 6, width=width)
    high = svg.legend(canvas, signs, high + 6, width)
    alt = " ".join(
        [
            *(f"{panel.title}: {words}" for panel, words in zip(panels, said, strict=True)),
            Message("Changes: {changes}", changes="; ".join(told)).say(lang),
        ]
    )
    return canvas.drawing(width, high, alt)


def _notes(canvas: Canvas, told: Sequence[str], *, numbered: bool, y: float, width: float) -> float:
    """The changes by their numbers, in two columns."""
    room = width / 2 - 40
    columns: list[list[list[str]]] = [[], []]
    rows = [svg.wrapped(words, room, _NOTE, 3) for words in told]
    half = -(-len(rows) // 2) if len(rows) > 1 else 1
    columns = [rows[:half], rows[half:]]
    reached = y
    number = 0
    for place, column in enumerate(columns):
        top = y
        for words in column:
            x = 16 + place * width / 2
            if numbered:
                canvas.badge(x, top + 6, str(number + 1))
            canvas.rows(x + 11, top + 9, words, _NOTE, full=told[number], anchor="start")
            number += 1
            top += len(words) * _NOTE * svg.LEADING + 6
        reached = max(reached, top)
    return reached


def _members(before: geno.Picture, after: geno.Picture) -> list[Change]:
    found = []
    old, new = before.family.members, after.family.members
    for name in dict.fromkeys([*old, *new]):
        label = (after if name in new else before).captions[name].label or "–"
        if name not in old:
            found.append(Change(Message("Added: {what}", what=label), None, _corner(after, name)))
        elif name not in new:
            found.append(Change(Message("No longer there: {what}", what=label), _corner(before, name), None))
        else:
            for key in _MEMBER_FIELDS:
                one, other = old[name].get(key) or _none(key, old[name]), new[name].get(key) or _none(key, new[name])
                if one != other:
                    words = Message(
                        "{what}, {field}: {before} → {after}",
                        what=label,
                        field=FIELDS[key],
                        before=_value(one, before.say),
                        after=_value(other, after.say),
                    )
                    found.append(Change(words, _corner(before, name), _corner(after, name)))
    return found


def _none(key: str, member: Mapping[str, Any]) -> Any:
    """False is something else than not recorded, an empty list is not."""
    return False if member.get(key) is False else None


def _value(value: Any, say: geno.Say) -> Sayable | str:
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, list | tuple):
        return ", ".join(say(str(one)) for one in value)
    return say(str(value))


def _corner(picture: geno.Picture, name: str) -> Point:
    symbol = picture.layout.symbols[name]
    return (symbol.x + HALF - 1, symbol.y - HALF + 1)


def _relations(before: geno.Picture, after: geno.Picture) -> list[Change]:
    """Relations matched by whom they join and by sort: couple, parent and child, siblings."""
    old, new = _keyed(before), _keyed(after)
    found = []
    for key in dict.fromkeys([*old, *new]):
        for place in range(max(len(old.get(key, ())), len(new.get(key, ())))):
            one = old[key][place] if place < len(old.get(key, ())) else None
            other = new[key][place] if place < len(new.get(key, ())) else None
            change = _relation(before, after, one, other)
            if change:
                found.append(change)
    return found


def _keyed(picture: geno.Picture) -> dict[tuple[str, ...], list[int]]:
    found: dict[tuple[str, ...], list[int]] = {}
    for number, relation in enumerate(picture.family.relations):
        kind = "couple" if relation["kind"] in COUPLES else relation["kind"]
        ends = (relation["a"], relation["b"])
        key = (kind, *(ends if kind == "parent_child" else sorted(ends)))
        found.setdefault(key, []).append(number)
    return found


def _relation(before: geno.Picture, after: geno.Picture, one: int | None, other: int | None) -> Change | None:
    picture, number = (after, other) if other is not None else (before, one)
    assert number is not None  # noqa: S101  # a relation is in one of the two at least
    relation = picture.family.relations[number]
    ends = (relation["a"], relation["b"])
    what = " – ".join(picture.captions[end].label or "–" for end in ends)
    people = {before: before.family.members, after: after.family.members}
    if one is None or other is None:
        elsewhere = before if picture is after else after
        if any(end not in people[elsewhere] for end in ends):
            return None  # the person came or went, and that is told
        added = other is not None
        words = (
            Message("Added: {what}, {kind}", what=what, kind=_kind(relation))
            if added
            else Message("No longer there: {what}, {kind}", what=what, kind=_kind(relation))
        )
        spot = picture.spot(number)
        return Change(words, None if added else spot, spot if added else None)
    old = before.family.relations[one]
    told = [(_kind(old), _kind(relation))] if old["kind"] != relation["kind"] else []
    if (old.get("quality") or "unknown") != (relation.get("quality") or "unknown"):
        told.append((_quality(old), _quality(relation)))
    if not told:
        return None
    words = Message("{what}: {before} → {after}", what=what, before=[a for a, _ in told], after=[b for _, b in told])
    return Change(words, before.spot(one), after.spot(other))


def _kind(relation: Mapping[str, Any]) -> Message:
    return geno.WORDS[{"parent_child": "descent", "sibling": "siblings"}.get(relation["kind"], relation["kind"])]


def _quality(relation: Mapping[str, Any]) -> Message:
    quality = relation.get("quality") or "unknown"
    if quality == "ordinary":
        return Message("Ordinary relationship")
    return geno.WORDS.get(quality, Message("Relationship not known"))


def _systems(contents: Sequence[Mapping[str, Any]], layouts: Sequence[eco.Layout]) -> list[Change]:
    old, new = ({system["id"]: system for system in content.get("systems", ())} for content in contents)
    found = []
    for name, node in layouts[0].nodes.items():
        spot = (node.box[2] - 1, node.box[1] + 1)
        if name not in old:
            found.append(Change(Message("Added: {what}", what=svg.clean(new[name]["name"])), None, spot))
        elif name not in new:
            found.append(Change(Message("No longer there: {what}", what=svg.clean(old[name]["name"])), spot, None))
    return found


def _ties(contents: Sequence[Mapping[str, Any]], layouts: Sequence[eco.Layout]) -> list[Change]:
    """Ties matched by system and by their order at it."""
    by_system: list[dict[str, list[int]]] = [{}, {}]
    for known, content in zip(by_system, contents, strict=True):
        for number, tie in enumerate(content.get("ties", ())):
            known.setdefault(tie["system"], []).append(number)
    systems = [{system["id"]: svg.clean(str(system["name"])) for system in c.get("systems", ())} for c in contents]
    found = []
    for name in dict.fromkeys([*by_system[0], *by_system[1]]):
        if name not in systems[0] or name not in systems[1]:
            continue  # the system came or went, and that is told
        numbers = [known.get(name, []) for known in by_system]
        for place in range(max(map(len, numbers))):
            one, other = (list_[place] if place < len(list_) else None for list_ in numbers)
            old = None if one is None else contents[0]["ties"][one]
            new = None if other is None else contents[1]["ties"][other]
            before, after = _tie_words(old, new)
            if before != after:
                words = Message("{what}: {before} → {after}", what=systems[1][name], before=before, after=after)
                spots = [
                    None if number is None else _on_tie(layout, number)
                    for layout, number in zip(layouts, (one, other), strict=True)
                ]
                found.append(Change(words, *spots))
    return found


def _tie_words(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> tuple[list[Sayable], list[Sayable]]:
    """What is told of a tie before and after: its strength, and what else changed."""
    if old is None or new is None:
        return (
            [eco.WORDS[old["strength"]] if old else UNKNOWN],
            [eco.WORDS[new["strength"]] if new else UNKNOWN],
        )
    before: list[Sayable] = []
    after: list[Sayable] = []
    if old["strength"] != new["strength"]:
        before.append(eco.WORDS[old["strength"]])
        after.append(eco.WORDS[new["strength"]])
    if bool(old.get("stressful")) != bool(new.get("stressful")):
        before.append(STRESSFUL if old.get("stressful") else CALM)
        after.append(STRESSFUL if new.get("stressful") else CALM)
    if (old.get("flow") or "none") != (new.get("flow") or "none"):
        before.append(FLOWS[old.get("flow") or "none"])
        after.append(FLOWS[new.get("flow") or "none"])
    return before, after


def _on_tie(layout: eco.Layout, number: int) -> Point:
    """Beside the tie, near the client: arrow heads and the word of an absent tie stay free."""
    points = layout.ties[number].points
    (x, y), (dx, dy) = lines.at(points, lines.length(points) * 0.3)
    side = 1 if dx < 0 else -1
    return (x - dy * 10 * side, y + dx * 10 * side)
