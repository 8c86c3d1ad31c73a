"""Who comes in from outside, by which key, and what they read: keys, the rule of reading, and who has read what."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal, get_args

from . import cases
from .cases import Who, permit_at
from .delivering import Delivering
from .errors import CaseworkError, Invalid, NotFound, NotPermitted, Problem
from .messages import Message
from .store import keys as store
from .store.database import retried
from .values import Case, Staff
from .workflow import AUDIT, READ

Scope = Literal["read", "write", "approve", "audit"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
"""What a key may be used for, within what the role of its member of staff may do."""

TOKEN: Final = re.compile(r"cw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
"""A key: its id, by which it is found, and 256 random bits."""
_USE_TOLD: Final = timedelta(minutes=1)
"""The last use of a key is kept to the minute: to write it at each request would be a write for each read."""
_LONGEST_LABEL: Final = 100


class NotAuthenticated(CaseworkError):
    """No key, or none that counts; an office's administrator makes one with casework key add."""

    code = "not_authenticated"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key, without its secret. ``expires_on`` is the last day on which it opens anything; times are UTC."""

    id: str
    staff: str
    label: str
    scopes: tuple[Scope, ...]
    created_at: str
    expires_on: date | None
    revoked_at: str | None
    used_at: str | None

    def as_data(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "id": self.id,
            "staff": self.staff,
            "label": self.label,
            "scopes": list(self.scopes),
            "created_at": self.created_at,
            "expires_on": self.expires_on.isoformat() if self.expires_on else None,
            "revoked_at": self.revoked_at,
            "used_at": self.used_at,
        }


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever a key lets in: they act as this member of staff."""

    key: ApiKey
    staff: Staff


@dataclass(frozen=True, slots=True)
class Read:
    """That somebody read something: of one case, or of many (``case`` is None)."""

    at: str
    by: str
    role: str
    key: str | None
    case: str | None
    what: str

    def as_data(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "at": self.at,
            "by": self.by,
            "role": self.role,
            "key": self.key,
            "case": self.case,
            "what": self.what,
        }


class Access(Delivering):
    """The cases of one office in one database, for those who come in with a key."""

    @retried
    def add_key(
        self, staff: Who, *, scopes: Sequence[str], label: str = "", expires_on: date | None = None
    ) -> tuple[ApiKey, str]:
        """Make a key with which a program acts as a member of staff.

        Args:
            staff: whose key it is; what their role may not do, the key does not either.
            scopes: what it may be used for, of ``SCOPES``.
            label: what it is for, in words.
            expires_on: the last day on which it counts.

        Returns:
            The key, and the secret text that is sent with each request. It is told this once: only its digest is
            kept.

        Raises:
            NotFound: there is no such member of staff.
            Invalid: a scope is none, or the key would have expired already.
        """
        now = self._now()
        problems = [
            Problem("scopes", Message("{scope} is no scope; known are: {scopes}.", scope=scope, scopes=SCOPES))
            for scope in scopes
            if scope not in SCOPES
        ]
        if not scopes:
            problems.append(Problem("scopes", Message("At least one is expected: {scopes}.", scopes=SCOPES)))
        if expires_on is not None and expires_on < now.date():
            problems.append(Problem("expires", Message("The key would have expired already.")))
        if len(label) > _LONGEST_LABEL:
            longest = Message("The text is longer than {most} characters.", most=_LONGEST_LABEL)
            problems.append(Problem("label", longest))
        if problems:
            raise Invalid(Message("The key cannot be made."), problems)
        id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        token = f"cw_{id}_{secret}"
        with self._store.writing() as tx:
            person = cases.staff(tx, staff)
            key = ApiKey(
                id,
                person.name,
                label.strip(),
                tuple(scope for scope in SCOPES if scope in scopes),
                self._recorded_at(),
                expires_on,
                None,
                None,
            )
            row = {**key.as_data(), "scopes": " ".join(key.scopes), "digest": _digest(token)}
            store.add(tx, row)
        return key, token

    def api_keys(self) -> tuple[ApiKey, ...]:
        """Every key that was ever made, the first one first."""
        with self._store.reading() as tx:
            return tuple(_key_of(row) for row in store.every(tx))

    @retried
    def revoke_key(self, id: str) -> ApiKey:
        """Let a key open nothing any more, from this moment.

        Raises:
            NotFound: there is no such key.
        """
        with self._store.writing() as tx:
            store.revoke(tx, id, self._recorded_at())
            row = store.find(tx, id)
            if row is None:
                raise NotFound(Message("There is no key {id}. casework key list shows them.", id=id))
            return _key_of(row)

    def holder(self, token: str) -> Holder:
        """Whom the key ``token`` lets in.

        Raises:
            NotAuthenticated: it is no key, or one that has expired or was revoked.
        """
        found = TOKEN.fullmatch(token)
        with self._store.reading() as tx:
            row = store.find(tx, found[1]) if found else None
            # compared even where there is none, so that the time tells nothing
            same = hmac.compare_digest(row["digest"] if row else _digest(""), _digest(token))
            if row is None or not same:
                raise NotAuthenticated(Message("This is no key of this office."))
            key = _key_of(row)
            if key.revoked_at:
                raise NotAuthenticated(Message("This key was revoked; ask for a new one."))
            if key.expires_on is not None and key.expires_on < self._now().date():
                raise NotAuthenticated(Message("This key expired on {day}; ask for a new one.", day=key.expires_on))
            holder = Holder(key, cases.staff(tx, key.staff))
        self._tell_use(key)
        return holder

    def _tell_use(self, key: ApiKey) -> None:
        now = self._clock().astimezone(UTC)
        if key.used_at is None or now - datetime.fromisoformat(key.used_at) >= _USE_TOLD:
            self._keep_use(key.id, self._recorded_at())

    @retried
    def _keep_use(self, id: str, at: str) -> None:
        with self._store.writing() as tx:
            store.used(tx, id, at)

    @retried
    def admit(
        self, number: str, what: str, *, by: Who, name: str = "", also: str = "", key: str | None = None
    ) -> Case:
        """Let somebody read something of a case, if they may, and keep that they did.

        Whoever may read a case is its worker, their supervisor, or of a role that works in every case; a workflow
        says which roles read at all, and may say so of one record or document.

        Args:
            number: the case's number.
            what: what is read, as the list of reads tells of it: ``history``, ``document contract``.
            by: who reads.
            name: the record, document or drawing that is read; without one, the case as a whole.
            also: another act whose roles read this, in whosever hands the case is.
            key: the id of the key by which they came in.

        Returns:
            The case; whatever is read after this is of its ``version``, or of a later one.

        Raises:
            NotFound: there is no such case or member of staff.
            NotPermitted: ``by`` may not read it; nothing is kept.
        """
        with self._store.writing() as tx:
            case_id, state = cases.find(tx, number)
            flow, actor = self._engines.workflow(tx, state.workflow_digest), cases.staff(tx, by)
            if not (also and flow.may(actor.role, also)):
                permit_at(flow, number, cases.staff(tx, state.worker), actor, READ, name)
            store.keep_read(tx, self._read(actor, what, case_id, key))
            return self._case_of(state)

    @retried
    def admit_to_many(self, what: str, *, by: Who, act: str = "", key: str | None = None) -> Staff:
        """Let somebody read something of many cases, if their role may ``act``, and keep that they did.

        Which cases they see is ruled by the verb that reads them, by the same ``by``.

        Raises:
            NotFound: there is no such member of staff.
            NotPermitted: their role may not.
        """
        with self._store.writing() as tx:
            actor = cases.staff(tx, by)
            if act:
                self._permit_office(tx, actor, act)
            store.keep_read(tx, self._read(actor, what, None, key))
            return actor

    def _read(self, actor: Staff, what: str, case_id: str | None, key: str | None) -> dict[str, Any]:
        return {
            "at": self._recorded_at(),
            "by": actor.name,
            "role": actor.role,
            "key_id": key,
            "case_id": case_id,
            "what": what,
        }

    def reads(
        self,
        number: str | None = None,
        *,
        by: Who | None = None,
        limit: int | None = None,
        before: str | None = None,
    ) -> tuple[tuple[str, Read], ...]:
        """Who has read what, by key, the latest first; each with the place by which the rest is asked for.

        Args:
            number: only of this case; without it, of all, and of many at once.
            by: who asks, and must be of a role that audits. None: whoever has the database.
            limit: at most so many.
            before: only those before this place.

        Raises:
            NotFound: there is no such case or member of staff.
            NotPermitted: the role of ``by`` does not audit.
        """
        with self._store.reading() as tx:
            case_id, state = cases.find(tx, number) if number is not None else (None, None)
            if by is not None:
                actor = cases.staff(tx, by)
                if state is None:
                    self._permit_office(tx, actor, AUDIT)
                elif not (flow := self._engines.workflow(tx, state.workflow_digest)).may(actor.role, AUDIT):
                    raise cases.not_permitted(actor, AUDIT, flow.roles_for(AUDIT))
            return tuple(
                (row["id"], Read(row["at"], row["by"], row["role"], row["key_id"], row["number"], row["what"]))
                for row in store.reads(tx, case_id, limit, before)
            )


def require(key: ApiKey, scope: Scope) -> None:
    """Refuse, unless ``key`` has the ``scope``.

    Raises:
        NotPermitted: it has not.
    """
    if scope not in key.scopes:
        raise NotPermitted(
            Message("This key may not be used for this: it has no scope {scope}. Ask for another key.", scope=scope)
        )


def _digest(token: str) -> str:
    """A digest without salt or stretching: a key has 256 random bits, which nobody guesses."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _key_of(row: dict[str, Any]) -> ApiKey:
    return ApiKey(
        row["id"],
        row["staff"],
        row["label"],
        tuple(scope for scope in SCOPES if scope in row["scopes"].split()),
        row["created_at"],
        date.fromisoformat(row["expires_on"]) if row["expires_on"] else None,
        row["revoked_at"],
        row["used_at"],
    )
