"""The documents of a case: what a move issues, and what was issued, read again.

An issued document is its snapshot, its template and the renderer's version. The snapshot points at the records
as they stood (they are never overwritten), so that a person's data are kept in one place and can be erased there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from . import facts, lacking
from .cases import Engines, Loaded
from .document import Document, finished
from .documents import render
from .documents.identity import Identity
from .engine import CaseState, Option
from .errors import CaseworkError, Lack, NotFound, Refused, did_you_mean
from .messages import Message, Sayable
from .rules import compile_rule
from .showing import Shown, seed_of, show
from .store.ids import new_id
from .store.store import Transaction
from .workflow import Workflow, canonical


def issue(
    loaded: Loaded,
    option: Option,
    *,
    office: Mapping[str, Any],
    templates: render.Templates,
    move: Mapping[str, Any],
    existing: Sequence[Mapping[str, Any]],
    lang: str,
    on: str,
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The rows of the documents that ``option`` issues, and the templates they were made from, by digest.

    Raises:
        IncompleteDocument: documents lack values; everything that all of them lack is named.
        TemplateFault: a template is wrong.
    """
    rows: list[dict[str, Any]] = []
    lacks: list[Lack] = []
    office, bundles = letterhead_apart(office)
    latest: dict[tuple[str, int], Mapping[str, Any]] = {}
    for row in existing:
        latest[row["name"], row["item"]] = row
    scene = _Scene(loaded, {"case": loaded.case, "move": move}, loaded.today)
    for wanted in option.documents:
        bundle = templates.bundle(wanted.document, lang)
        digest = render.digest_of(bundle)
        items = [0] if wanted.each is None else [item["item"] for item in wanted.each.value(loaded.views) or ()]
        for item in items:
            before = latest.get((wanted.document, item))
            snapshot = {
                "office": office,
                "lang": lang,
                "case": loaded.case,
                "approvals": list(loaded.approvals.current),
                "move": move,
                "today": loaded.today.isoformat(),
                "each": wanted.each.source if wanted.each else None,
                "item": item,
                "version": before["version"] + 1 if before else 1,
                "correction": _correction(before, loaded),
                "workflow": loaded.workflow.digest,
                "state": [loaded.state.episode, loaded.state.cycle, loaded.state.version],
            }
            try:
                xml = _complete(wanted.document, snapshot, bundle, scene)
            except render.IncompleteDocument as fault:
                lacks += fault.problems
                continue
            sha256 = hashlib.sha256(xml.encode()).hexdigest()
            if wanted.each and before and _same_but_version(before, snapshot, bundle, scene):
                continue
            bundles[digest] = bundle
            rows.append(_row(wanted.document, snapshot, digest, sha256, on))
    if lacks:
        raise lacking.refusal(lacks)
    return rows, bundles if rows else {}


def reissue(
    loaded: Loaded,
    before: Mapping[str, Any],
    *,
    office: Mapping[str, Any],
    templates: render.Templates,
    lang: str,
    on: str,
) -> tuple[dict[str, Any], dict[str, str]]:
    """The row of a corrected version of the document in the row ``before``, and the templates it was made from.

    It says of the move what was said then, and of the records what they say now.

    Raises:
        Refused: the case is closed, the document belongs to an earlier episode or plan, or nothing has changed.
        IncompleteDocument: the document lacks a value.
        TemplateFault: the template is wrong.
    """
    state, name, then = loaded.state, before["name"], json.loads(before["snapshot"])
    if state.status == "closed":
        raise Refused(Message("Case {number} is closed; nothing more can be done in it.", number=state.number))
    if then["state"][:2] != [state.episode, state.cycle]:
        raise Refused(
            Message(
                "The document {document} belongs to an earlier plan or episode of the case; it stays as it is.",
                document=name,
            )
        )
    office, bundles = letterhead_apart(office)
    bundle = templates.bundle(name, lang)
    digest = render.digest_of(bundle)
    snapshot = {
        **then,
        "office": office,
        "lang": lang,
        "case": {**loaded.case, **{key: then["case"][key] for key in ("stage", "status", "stage_since")}},
        "approvals": list(loaded.approvals.current),
        "today": loaded.today.isoformat(),
        "version": before["version"] + 1,
        "correction": then["correction"] + 1,
        "workflow": loaded.workflow.digest,
        "state": [state.episode, state.cycle, state.version],
    }
    told = {"case": snapshot["case"], "move": snapshot["move"]}
    judged = {**snapshot, "today": then["today"]}
    if _same_but_version(before, judged, bundle, _Scene(loaded, told, date.fromisoformat(then["today"]))):
        raise Refused(
            Message(
                "Nothing has changed since the document {document} was issued: correct the record first, with "
                "casework record --revise.",
                document=name,
            )
        )
    xml = _complete(name, snapshot, bundle, _Scene(loaded, told, loaded.today))
    sha256 = hashlib.sha256(xml.encode()).hexdigest()
    return _row(name, snapshot, digest, sha256, on), {**bundles, digest: bundle}


class _Scene:
    """What the documents of one move have in common: the persons in the records are named once in each way.

    ``told`` is what is told of the case and the move, ``today`` the day by which the records are judged.
    """

    def __init__(self, loaded: Loaded, told: Mapping[str, Any], today: date) -> None:
        self.loaded = loaded
        self.told = told
        self.today = today
        self._shown: dict[Identity, Shown] = {}

    def names(self, name: str, snapshot: Mapping[str, Any], bundle: str) -> dict[str, Any]:
        """The names that the template of the document ``name`` may use."""
        how = render.identity_of(bundle)
        if how not in self._shown:
            self._shown[how] = self._show(how)
        return _names(name, snapshot, how, self._shown[how])

    def _show(self, how: Identity) -> Shown:
        one = self.loaded
        if how == "full" and self.told["case"] is one.case and one.state.closed_on is None:
            return Shown(one.views, self.told["move"])  # just what the guards have read
        return show(
            one.workflow,
            one.kinds,
            one.entries,
            self.told,
            one.approvals,
            identity=how,
            seed=seed_of(one.rows, one.state.number),
            today=self.today,
        )


def _complete(name: str, snapshot: Mapping[str, Any], bundle: str, scene: _Scene) -> str:
    """The XML of a document that is to be issued; what it lacks is named by the records where it belongs."""
    names = scene.names(name, snapshot, bundle)
    try:
        return render.render(bundle, names, snapshot["lang"], name, added=scene.loaded.workflow.added)
    except render.IncompleteDocument as fault:
        lacks = list(lacking.placed(fault.problems, names, scene.loaded.kinds, snapshot["each"]))
    raise lacking.refusal(lacks)


def _row(name: str, snapshot: Mapping[str, Any], template: str, sha256: str, on: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "name": name,
        "item": snapshot["item"],
        "version": snapshot["version"],
        "on": on,
        "number": None,
        "template": template,
        "renderer": render.RENDERER,
        "snapshot": canonical(snapshot),
        "sha256": sha256,
    }


def letterhead_apart(office: Mapping[str, Any]) -> tuple[Mapping[str, Any], dict[str, str]]:
    """The profile with its letterhead file and logo named by digests, and those: they are kept once, as templates."""
    files = {name: text for name in ("base", "logo") if (text := office["letter"].get(name))}
    if not files:
        return office, {}
    named = {name: render.digest_of(text) for name, text in files.items()}
    return {**office, "letter": {**office["letter"], **named}}, {named[name]: text for name, text in files.items()}


def _correction(before: Mapping[str, Any] | None, loaded: Loaded) -> int:
    """How often this document has been corrected; one for a new episode or plan is no correction of the last."""
    if before is None:
        return 0
    snapshot = json.loads(before["snapshot"])
    corrects = snapshot["state"][:2] == [loaded.state.episode, loaded.state.cycle]
    return int(snapshot["correction"]) + 1 if corrects else 0


def _same_but_version(before: Mapping[str, Any], snapshot: Mapping[str, Any], bundle: str, scene: _Scene) -> bool:
    """Whether a document for one item would say what its last version says already."""
    again = {**snapshot, **{key: json.loads(before["snapshot"])[key] for key in ("version", "correction")}}
    name = before["name"]
    xml = render.render(
        bundle, scene.names(name, again, bundle), snapshot["lang"], name, added=scene.loaded.workflow.added
    )
    return hashlib.sha256(xml.encode()).hexdigest() == str(before["sha256"])


def to_xml(
    name: str,
    snapshot: Mapping[str, Any],
    bundle: str,
    workflow: Workflow,
    rows: Sequence[Mapping[str, Any]],
    state: CaseState,
    identity: Identity | None,
) -> str:
    """The XML of a document as its snapshot says, the client named as ``identity`` says (None: the default)."""
    names = seen(name, snapshot, bundle, workflow, rows, state, identity)
    return render.render(bundle, names, snapshot["lang"], name, added=workflow.added)


def seen(
    name: str,
    snapshot: Mapping[str, Any],
    bundle: str,
    workflow: Workflow,
    rows: Sequence[Mapping[str, Any]],
    state: CaseState,
    identity: Identity | None,
) -> dict[str, Any]:
    """The names that a document's template may use, the persons in them named as ``identity`` says."""
    episode, cycle, seq = snapshot["state"]
    then = replace(state, episode=episode, cycle=cycle)
    kinds = facts.record_types(workflow)
    entries = facts.entries([row for row in rows if row["seq"] <= seq], then, kinds)
    how = identity or render.identity_of(bundle)
    shown = show(
        workflow,
        kinds,
        entries,
        snapshot,
        facts.Approvals(tuple(snapshot["approvals"])),
        identity=how,
        seed=seed_of(rows, state.number),
        today=date.fromisoformat(snapshot["today"]),
    )
    return _names(name, snapshot, how, shown)


def _names(name: str, snapshot: Mapping[str, Any], how: Identity, shown: Shown) -> dict[str, Any]:
    """What is ``shown`` of the case, with what only this document tells."""
    views = shown.views
    items = _items(snapshot, views)
    item = next((found for found in items if found["item"] == snapshot["item"]), None) if snapshot["each"] else None
    return {
        **views,
        "office": snapshot["office"],
        "move": shown.move,
        "item": item,
        "today": snapshot["today"],
        "document": {
            "name": name,
            "version": snapshot["version"],
            "correction": snapshot["correction"],
            "identity": how,
        },
    }


def _items(snapshot: Mapping[str, Any], views: Mapping[str, object]) -> Sequence[Mapping[str, Any]]:
    """The list over which the document is issued, one document for each of its items."""
    return compile_rule(snapshot["each"]).value(views) or () if snapshot["each"] else ()


def latest(
    rows: Sequence[Mapping[str, Any]], number: str, name: str, item: int | None, version: int | None
) -> Mapping[str, Any]:
    """The row of the document ``name`` that was issued last, or of the ``item`` and ``version`` that are asked for.

    Raises:
        NotFound: the case ``number`` has no such document.
    """
    named = [row for row in rows if row["name"] == name]
    found = [row for row in named if item in (None, row["item"]) and version in (None, row["version"])]
    if found:
        return found[-1]
    if named:
        raise NotFound(_other_issues(named, name, item, version))
    issued = sorted({row["name"] for row in rows})
    hint: Sayable = Message("No document has been issued in this case yet.")
    if issued:
        hint = did_you_mean(name, issued) or Message("Issued are: {names}.", names=issued)
    raise NotFound(Message("Case {number} has no such document: {name}. {hint}", number=number, name=name, hint=hint))


def _other_issues(named: Sequence[Mapping[str, Any]], name: str, item: int | None, version: int | None) -> Message:
    """What there is of a document of which another item or version was asked for."""
    items = sorted({row["item"] for row in named} - {0})
    of_item = [row for row in named if item in (None, row["item"])]
    if not of_item:
        return Message(
            "The document {name} has no item {item}; there are: {known}.", name=name, item=item, known=items or "-"
        )
    versions = sorted({row["version"] for row in of_item})
    return Message(
        "The document {name} has no version {version}; there are: {known}.",
        name=name,
        version=version,
        known=versions,
    )


def open_document(
    tx: Transaction,
    row: Mapping[str, Any],
    state: CaseState,
    engines: Engines,
    identity: Identity | None = None,
) -> Document:
    """An issued document from its stored row, by the workflow and the template of the day of its issue.

    Raises:
        CaseworkError: what is rendered now is not what was issued.
    """
    snapshot = json.loads(row["snapshot"])
    bundle = tx.template(row["template"]) or ""
    workflow = engines.workflow(tx, snapshot["workflow"])
    names = seen(row["name"], snapshot, bundle, workflow, tx.records(row["case_id"]), state, identity)
    xml = render.render(bundle, names, snapshot["lang"], row["name"], added=workflow.added)
    if identity in (None, render.identity_of(bundle)) and hashlib.sha256(xml.encode()).hexdigest() != row["sha256"]:
        raise CaseworkError(
            Message(
                "The document {document} no longer gives what was issued: run casework verify.", document=row["name"]
            )
        )
    return finished(
        row["name"],
        snapshot,
        xml,
        names,
        added=workflow.added,
        on=date.fromisoformat(row["on"][:10]),
        file_of=tx.template,
        number=row["number"],
        id=row["id"],
        sha256=row["sha256"],
        word=render.word_of(bundle),
    )


def rendered_digest(tx: Transaction, row: Mapping[str, Any], engines: Engines) -> str:
    """The digest of what a stored document gives when it is rendered anew; empty where its case is not there."""
    case = tx.case(tx.number_of(row["case_id"]))
    if case is None:
        return ""
    case_id, state = case
    snapshot = json.loads(row["snapshot"])
    flow = engines.workflow(tx, snapshot["workflow"])
    bundle = tx.template(row["template"]) or ""
    xml = to_xml(row["name"], snapshot, bundle, flow, tx.records(case_id), state, None)
    return hashlib.sha256(xml.encode()).hexdigest()
