"""The documents of the cases: read, drawn, registered, corrected."""

from __future__ import annotations

from . import authenticity, cases, drafting, issuing, moving, pictures, registering, translating
from .authenticity import Checked
from .cases import Who, permit_in
from .document import Document
from .documents.identity import Identity
from .drawings.svg import Drawing
from .errors import Invalid, Problem
from .messages import Message
from .moments import When
from .store.database import retried
from .values import Issued, Registered, Reissued
from .workflow import ADVANCE
from .writing import Writing


class Papers(Writing):
    """The cases of one office in one database, with what they issue."""

    def documents(self, number: str) -> tuple[Issued, ...]:
        """The documents issued in a case, in the order of their issue."""
        with self._store.reading() as tx:
            case_id, _ = cases.find(tx, number)
            return tuple(moving.issued_of(row) for row in tx.documents(case_id))

    def document(
        self,
        number: str,
        name: str,
        *,
        item: int | None = None,
        version: int | None = None,
        identity: Identity | None = None,
        lang: str | None = None,
    ) -> Document:
        """One issued document; the latest unless ``item`` and ``version`` say which.

        In another language than that of its issue, ``lang``, it is a translation, and marked as one.

        Raises:
            NotFound: there is no such case or document.
            Invalid: there is no such language.
            TemplateFault: the document's template is not translated into it.
        """
        with self._store.reading() as tx:
            case_id, state = cases.find(tx, number)
            row = issuing.latest(tx.documents(case_id), number, name, item, version)
            if lang is None:
                return issuing.open_document(tx, row, state, self._engines, identity)
            return translating.open_translation(tx, row, state, self._engines, self.templates, lang, identity)

    def draft(
        self,
        number: str,
        name: str,
        *,
        item: int | None = None,
        identity: Identity | None = None,
        at: When = None,
        lang: str | None = None,
    ) -> Document:
        """A document as it would be issued now, marked as a draft; what lacks is marked too. Nothing is stored.

        It is in the office's language, unless ``lang`` names another.

        Raises:
            NotFound: there is no such case, or no such document that it can still come to.
            Refused: the case is closed.
            Invalid: there is no such language.
            TemplateFault: the document's template is not translated into it.
        """
        spoken = translating.known(lang or self.office.letter.language)
        with self._store.reading() as tx:
            loaded = cases.load(tx, number, self._moment(at), self._engines, spoken)
            return drafting.draft(
                loaded, name, item, office=self.office, templates=self.templates, identity=identity, lang=spoken
            )

    def draw(
        self,
        number: str,
        drawing: str,
        *,
        identity: Identity = "initials",
        compare: bool = False,
        at: When = None,
        lang: str | None = None,
    ) -> Drawing:
        """A drawing of a case as it is now: ``genogram``, ``ecomap``, ``finance`` or ``timeline``.

        Its words are in the office's language, unless ``lang`` names another. With ``compare``, a genogram or an
        ecomap stands beside the first one of the case, and what has changed is marked and told.

        Raises:
            NotFound: there is no such case, or nothing in it that could be drawn or has changed.
            Invalid: there is no such drawing, or no such language.
        """
        spoken = translating.known(lang or self.office.letter.language)
        with self._store.reading() as tx:
            loaded = cases.load(tx, number, self._moment(at), self._engines, spoken)
            return pictures.of_case(loaded, drawing, spoken, identity, compare=compare)

    def check(self, content: bytes) -> Checked:
        """Whether the bytes of a file (PDF, Word, HTML, text or XML) are those of a document that was issued."""
        with self._store.reading() as tx:
            return authenticity.check(tx, self._engines, self.templates, content)

    @retried
    def register(
        self,
        number: str,
        document: str,
        letter: str | None = None,
        *,
        by: Who,
        item: int | None = None,
        version: int | None = None,
        correct: bool = False,
        reason: str | None = None,
        at: When = None,
        key: str | None = None,
        seen: int | None = None,
    ) -> Registered:
        """Enter the letter number of an issued document; a closed case's letters are registered too.

        Args:
            number: the case's number.
            document: the document's name; the latest one unless ``item`` and ``version`` say which.
            letter: the number that the office's register gave; None draws the next one of the office's pattern.
            by: the acting member of staff.
            item: which one, of a document issued for each item.
            version: which version.
            correct: put ``letter`` in the place of a wrong number, for a ``reason``.
            reason: why the number is corrected.
            at: the working date; its year is the number's.
            key: an idempotency key.
            seen: the version of the case that this rests on; see ``How``.

        Raises:
            NotFound: there is no such case or document.
            Invalid: this cannot be a letter number, or the reason is missing.
            Refused: another document bears the number, or this one has a number already.
        """
        on = self._moment(at)
        with self._store.writing() as tx:
            actor = cases.staff(tx, by)
            request = [
                "register",
                number,
                document,
                letter,
                item,
                version,
                correct,
                reason,
                actor.name,
                on if at else None,
            ]
            if done := self._repeated(tx, key, request):
                return registering.registered(number, done)
            loaded = self._load(tx, number, on, seen)
            permit_in(loaded, actor, ADVANCE)
            row = issuing.latest(tx.documents(loaded.case_id), number, document, item, version)
            body = registering.words(tx, self.office, row, letter, int(on[:4]), correct=correct, reason=reason)
            private = {"reason": reason} if reason else None
            addition = self._event("registered", on, actor, body, private=private, key=key, request=request)
            tx.append(loaded.case_id, loaded.state, addition)
            tx.register(row["id"], body["number"])
            result = registering.registered(number, {"body": body, "on": on, "by": actor.name})
        self._tell("registered", result)
        return result

    @retried
    def reissue(
        self,
        number: str,
        document: str,
        *,
        by: Who,
        reason: str,
        item: int | None = None,
        at: When = None,
        key: str | None = None,
        seen: int | None = None,
    ) -> Reissued:
        """Issue a correction of a document after what it says was recorded anew.

        Args:
            number: the case's number.
            document: the document's name.
            by: the acting member of staff.
            reason: why it is corrected.
            item: which one, of a document issued for each item; the last one where none is named.
            at: the working date.
            key: an idempotency key.
            seen: the version of the case that this rests on; see ``How``.

        Raises:
            NotFound: there is no such case or document.
            Invalid: the reason is missing.
            Refused: the case is closed or past that document's plan, or nothing has changed.
            IncompleteDocument: the document lacks a value.
        """
        on = self._moment(at)
        if not reason.strip():
            why = Message("Correcting a document needs a reason.")
            raise Invalid(Message("The reason is missing."), [Problem("reason", why)])
        with self._store.writing() as tx:
            actor = cases.staff(tx, by)
            request = ["reissue", number, document, item, reason, actor.name, on if at else None]
            if done := self._repeated(tx, key, request):
                row = next(row for row in tx.documents(done["stream"]) if row["seq"] == done["seq"])
                return Reissued(number, moving.issued_of(row), done["on"], done["by"])
            loaded = self._load(tx, number, on, seen)
            permit_in(loaded, actor, ADVANCE)
            before = issuing.latest(tx.documents(loaded.case_id), number, document, item, None)
            letter = self.office.letter.language
            row, kept = issuing.reissue(
                loaded, before, office=self.office.as_data(), templates=self.templates, lang=letter, on=on
            )
            for digest, text in kept.items():
                tx.keep_template(digest, text)
            body = {name: row[name] for name in ("name", "item", "version")}
            private = {"reason": reason.strip()}
            addition = self._event(
                "reissued", on, actor, body, private=private, documents=[row], key=key, request=request
            )
            tx.append(loaded.case_id, loaded.state, addition)
            result = Reissued(number, moving.issued_of(row), on, actor.name)
        self._tell("reissued", result)
        return result
