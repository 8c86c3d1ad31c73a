"""The front door: one object, one transaction for each verb.

Each verb reads the case, asks the engine, and writes one event with everything that it adds, or nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Unpack

from . import approving, cases, facts, moving, recording, upgrading
from .access import Access
from .cases import Loaded, Who, name_of, permit, permit_in
from .engine import Option
from .errors import Invalid, Problem, Refused
from .messages import Message, Sayable
from .moments import When, last_day
from .occasions import occasion
from .store.database import retried
from .store.store import CASE_NUMBERS, CLIENT, Transaction
from .values import Advanced, Approval, Case, Done, How, Recorded, Staff, Upgraded
from .workflow import ADVANCE, CLOSE, MOVE, UPGRADE


class Casework(Access):
    """Casework in one database, for one office: everything that can be read of it, and the verbs that change it."""

    # the life of a case

    @retried
    def open(
        self,
        workflow: str,
        *,
        client: Mapping[str, Any],
        by: Who,
        worker: Who | None = None,
        at: When = None,
        key: str | None = None,
    ) -> Case:
        """Open a case for ``client`` in the programme ``workflow``; its worker is ``by`` unless another is named.

        Raises:
            NotFound: there is no such workflow or member of staff.
            Invalid: the client's record has faults, or a document of the workflow has no template.
            Refused: the role of ``by`` may not open cases.
        """
        flow = self.library.load(workflow)
        on = self._moment(at)
        with self._store.writing() as tx:
            actor = cases.staff(tx, by)
            request = ["open", workflow, plain(client, key), name_of(worker), actor.name, on if at else None]
            if done := self._repeated(tx, key, request):
                return self._case_of(cases.find(tx, done["body"]["number"])[1], (), date.fromisoformat(on[:10]))
            permit(flow, actor, "open")
            responsible = cases.staff(tx, worker) if worker else actor
            kind = facts.record_types(flow)[CLIENT]
            content, warnings = recording.validated(kind, client, flow, date.fromisoformat(on[:10]))
            if nik := content.get("nik"):
                warnings += _same_nik(tx, nik)
            warnings += upgrading.adopt(tx, flow, self.templates)
            year = int(on[:4])
            number = self.office.case_number.format(year=year, number=tx.next_number(CASE_NUMBERS, year))
            body = {
                "number": number,
                "workflow": flow.name,
                "workflow_version": flow.version,
                "workflow_digest": flow.digest,
                "worker": responsible.name,
                "to": flow.first,
                "due_on": moving.due_on(flow, flow.first, on, {}, self.office),
            }
            row = recording.row(kind, content, (1, 1), (1, 1), on, self._recorded_at(), actor)
            addition = self._event("opened", on, actor, body, records=[row], key=key, request=request)
            case = self._case_of(tx.open(addition)[1], warnings, date.fromisoformat(on[:10]))
        self._tell("opened", case)
        return case

    @retried
    def record(
        self,
        number: str,
        record: str,
        data: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        by: Who,
        at: When = None,
        revise: int | bool = False,
        again: bool = False,
        key: str | None = None,
        seen: int | None = None,
    ) -> Recorded:
        """Record ``data`` in a case; a list adds many items of a record that may have many.

        Args:
            number: the case's number.
            record: the record's type.
            data: the fields, or a list of them.
            by: the acting member of staff.
            at: the working date.
            revise: True to correct a single record, an item's number to correct that item.
            again: record the same content once more, though it is there already.
            key: an idempotency key.
            seen: the version of the case that this rests on; see ``How``.

        Raises:
            NotFound: there is no such case, record type or item.
            Invalid: the data have faults; every one is named.
            Refused: the case is closed, or the rules do not let ``by`` record this.
        """
        on = self._moment(at)
        with self._store.writing() as tx:
            actor = cases.staff(tx, by)
            request = ["record", number, record, plain(data, key), actor.name, on if at else None, revise, again]
            if done := self._repeated(tx, key, request):
                body = done["body"]
                items = tuple((item, revision) for item, revision in body["items"])
                return Recorded(number, body["record"], items, done["on"], done["by"])
            loaded = self._load(tx, number, on, seen)
            kind = recording.record_type(loaded.kinds, record)
            permit_in(loaded, actor, "record", kind.name)
            if loaded.state.status == "closed":
                raise Refused(Message("Case {number} is closed; nothing more can be recorded in it.", number=number))
            contents, warnings = recording.checked(kind, data, loaded)
            if not again:
                recording.refuse_same(kind, contents, loaded, revise)
            numbers = recording.numbered(kind, contents, loaded, revise)
            scope, now = (loaded.state.cycle, loaded.state.episode), self._recorded_at()
            rows = [
                recording.row(kind, content, pair, scope, on, now, actor)
                for content, pair in zip(contents, numbers, strict=True)
            ]
            body = {"record": kind.name, "items": [[*pair] for pair in numbers]}
            addition = self._event("recorded", on, actor, body, records=rows, key=key, request=request)
            tx.append(loaded.case_id, loaded.state, addition)
            result = Recorded(number, kind.name, tuple(numbers), on, actor.name, tuple(warnings))
        self._tell("recorded", result)
        return result

    def advance(self, number: str, *, by: Who, **how: Unpack[How]) -> Done:
        """Move a case forward to its next stage and issue the documents of the stage it leaves.

        Args:
            number: the case's number.
            by: the acting member of staff.
            how: see ``How``.

        Raises:
            Refused: a requirement is not met; ``unmet`` lists them all.
            IncompleteDocument: a document lacks a value.
            Conflict: somebody else changed the case first.
        """
        return self._move(number, ADVANCE, None, by=by, **how)

    def move(self, number: str, move: str, *, by: Who, **how: Unpack[How]) -> Done:
        """Make another move of the workflow than the forward one; it needs a ``reason``. See ``advance``."""
        return self._move(number, move, None, by=by, **how)

    def close(self, number: str, *, because: str, by: Who, **how: Unpack[How]) -> Done:
        """Close a case for a reason of its workflow, with that reason's own requirements. See ``advance``."""
        return self._move(number, CLOSE, because, by=by, **how)

    @retried
    def advance_many(self, numbers: Sequence[str], *, by: Who, at: When = None) -> Advanced:
        """Move many cases forward in one transaction, for imports and the work of a night: far cheaper for each.

        A case that may not advance stays where it is, and stops none of the others; nobody is asked for an approval.

        Args:
            numbers: the cases' numbers; a hundred at a time are a good measure.
            by: the acting member of staff.
            at: the working date.

        Raises:
            NotFound: there is no such case; nothing is done.
            IncompleteDocument: a document lacks a value; nothing is done.
        """
        on = self._moment(at)
        done: list[Done] = []
        refused: dict[str, Refused] = {}
        with self._store.writing() as tx:
            actor = cases.staff(tx, by)
            for number in dict.fromkeys(numbers):
                try:
                    loaded = self._load(tx, number, on)
                    permit_in(loaded, actor, ADVANCE)
                    option = self._engines.of(loaded.workflow).decide(
                        loaded.state, loaded.views, ADVANCE, standing=loaded.standing
                    )
                except Refused as no:
                    refused[number] = no
                    continue
                done.append(self._carry_out(tx, loaded, option, actor, on))
        for one in done:
            self._tell("advanced", one)
        return Advanced(tuple(done), refused)

    @retried
    def _move(
        self,
        number: str,
        move: str,
        because: str | None,
        *,
        by: Who,
        at: When = None,
        override: Sequence[str] = (),
        reason: str | None = None,
        until: When = None,
        dry_run: bool = False,
        key: str | None = None,
        seen: int | None = None,
    ) -> Done:
        reason = (reason or "").strip() or None
        if reason is None and (override or move not in (ADVANCE, CLOSE)):
            why = Message("Overriding a guard needs a reason.") if override else Message("This move needs a reason.")
            raise Invalid(Message("The reason is missing."), [Problem("reason", why)])
        on = self._moment(at)
        until_day = last_day(until, on)
        refusal: Refused | None = None
        done: Done | None = None
        with self._store.writing() as tx:
            actor = cases.staff(tx, by)
            request = [move, number, because, actor.name, on if at else None, sorted(override), reason, until_day]
            if before := self._repeated(tx, key, request):
                return moving.done_again(before, number, tx.documents(before["stream"]))
            loaded = self._load(tx, number, on, seen)
            permit_in(loaded, actor, *((move,) if move in (ADVANCE, CLOSE) else (MOVE, move)))
            try:
                option = self._engines.of(loaded.workflow).decide(
                    loaded.state,
                    loaded.views,
                    move,
                    because=because,
                    overrides=override,
                    override_role=actor.role,
                    standing=loaded.standing,
                )
            except Refused as no:
                if dry_run:
                    raise
                refusal = no  # raised after the commit: the requests for approval are kept
                state = loaded.state
                wanted = list(approving.wanted(loaded, no.unmet, because))
                no.asked = tuple(body["what"] for body in wanted)
                for body in wanted:
                    state = tx.append(loaded.case_id, state, self._event("approval_requested", on, actor, body))
            else:
                done = self._carry_out(
                    tx,
                    loaded,
                    option,
                    actor,
                    on,
                    reason=reason,
                    until=until_day,
                    overrides=override,
                    dry_run=dry_run,
                    key=key,
                    request=request,
                )
        if done is None:
            assert refusal is not None  # noqa: S101  # for the type checker: no move means a refusal
            raise refusal
        if not dry_run:
            self._tell(occasion("moved", {"move": move}), done)
        return done

    def _carry_out(
        self,
        tx: Transaction,
        loaded: Loaded,
        option: Option,
        actor: Staff,
        on: str,
        *,
        reason: str | None = None,
        until: str | None = None,
        overrides: Sequence[str] = (),
        dry_run: bool = False,
        key: str | None = None,
        request: object = None,
    ) -> Done:
        """Write the event of a move that was decided, and its documents; nothing where it is a dry run."""
        made = moving.make(
            loaded,
            option,
            actor=actor,
            on=on,
            reason=reason,
            until=until,
            overrides=overrides,
            office=self.office,
            templates=self.templates,
            issued=lambda: tx.documents(loaded.case_id),
        )
        if dry_run:
            return replace(made.done, dry_run=True)
        for digest, bundle in made.templates.items():
            tx.keep_template(digest, bundle)
        more = {"private": made.private, "documents": made.documents, "key": key, "request": request}
        tx.append(loaded.case_id, loaded.state, self._event("moved", on, actor, made.body, **more))
        return made.done

    @retried
    def upgrade(
        self, workflow: str, *, by: Who, at: When = None, dry_run: bool = False, partly: bool = False
    ) -> Upgraded:
        """Move the running cases of ``workflow`` to the version that its file has now, one event for each.

        Args:
            workflow: the programme's name.
            by: the acting member of staff.
            at: the working date.
            dry_run: tell what would happen, write nothing.
            partly: move those that can, though others cannot.

        Raises:
            NotFound: there is no such workflow or member of staff.
            Refused: the role of ``by`` may not do this, or some cases cannot move; each is named with the reasons.
        """
        flow = self.library.load(workflow)
        on = self._moment(at)
        with self._store.writing() as tx:
            actor = cases.staff(tx, by)
            permit(flow, actor, UPGRADE)
            running = [self._load(tx, row["number"], on) for row in tx.cases() if not upgrading.same(row, flow)]
            stuck = {one.state.number: tuple(upgrading.obstacles(one, flow)) for one in running}
            stuck = {number: reasons for number, reasons in stuck.items() if reasons}
            moved = [one for one in running if one.state.number not in stuck]
            result = Upgraded(flow.name, flow.version, tuple(one.state.number for one in moved), stuck, dry_run)
            if dry_run:
                return result
            if stuck and not partly:
                raise upgrading.CasesStuck(result)
            upgrading.adopt(tx, flow, self.templates)
            for one in moved:
                tx.append(one.case_id, one.state, self._event("upgraded", on, actor, upgrading.words(one, flow)))
        self._tell("upgraded", result)
        return result

    # approvals

    def approve(
        self,
        number: str,
        what: str,
        *,
        by: Who,
        note: str | None = None,
        at: When = None,
        key: str | None = None,
        seen: int | None = None,
    ) -> Approval:
        """Approve a record's present revision, or a move that somebody asked for.

        Raises:
            Refused: there is nothing to approve, it is approved already or was rejected and not revised since, or
                ``by`` may not: nobody approves their own work.
        """
        return self._judge(number, what, by=by, note=note, at=at, approved=True, key=key, seen=seen)

    def reject(
        self,
        number: str,
        what: str,
        *,
        by: Who,
        note: str | None = None,
        at: When = None,
        key: str | None = None,
        seen: int | None = None,
    ) -> Approval:
        """Reject what ``approve`` would approve, or has approved; a record must then be revised first.

        Args:
            note: what must be done better; a rejection without it is Invalid.
        """
        return self._judge(number, what, by=by, note=note, at=at, approved=False, key=key, seen=seen)

    @retried
    def _judge(
        self,
        number: str,
        what: str,
        *,
        by: Who,
        note: str | None,
        at: When,
        approved: bool,
        key: str | None,
        seen: int | None,
    ) -> Approval:
        on = self._moment(at)
        with self._store.writing() as tx:
            actor = cases.staff(tx, by)
            request = ["judge", number, what, approved, note, actor.name, on if at else None]
            if done := self._repeated(tx, key, request):
                return Approval(number, what, approved, done["on"], done["by"], note)
            loaded = self._load(tx, number, on, seen)
            body = approving.decision(tx, loaded, actor, what, approve=approved, note=note)
            kind = "approved" if approved else "rejected"
            private = {"note": note} if note else None
            addition = self._event(kind, on, actor, body, private=private, key=key, request=request)
            tx.append(loaded.case_id, loaded.state, addition)
            result = Approval(number, what, approved, on, actor.name, note)
        self._tell(kind, result)
        return result


def _same_nik(tx: Transaction, nik: str) -> list[Sayable]:
    found = tx.open_cases_of(nik)
    if not found:
        return []
    return [Message("A client with the same NIK has an open case already: {numbers}.", numbers=found)]


def plain(data: object, key: str | None) -> object:
    """``data`` as JSON has it, for the commitment to a request: dates become text. None without a ``key``."""
    return key and json.loads(json.dumps(data, default=str))
