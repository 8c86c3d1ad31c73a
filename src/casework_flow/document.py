"""One document of a case, ready to be written in any format."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from . import pictures
from .additions import NOTHING, Additions
from .documents import markup, seal
from .drawings.svg import Drawing
from .errors import NotFound, did_you_mean
from .messages import Message

FORMATS: Final = ("pdf", "docx", "html", "text", "xml")
"""The formats in which every document is written."""
_CODE_WIDTH = 62  # points: 22 mm


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was issued, or the draft of one: that has no ``id``, and ``blank`` marks in it what lacks."""

    name: str
    item: int | None
    version: int
    number: str | None
    sha256: str
    on: date
    lang: str
    xml: str
    profile: Mapping[str, Any]
    drawings: Mapping[str, Drawing]
    """The drawings of its figures, by name."""
    id: str = ""
    blank: str = ""
    word: str = ""
    """The office's own Word template as base64 text, in whose place the shipped letter is not written."""
    translates: str = ""
    """The language in which the document was issued, of one that is a translation."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """The names that a Word template may use."""
    added: Additions = field(default=NOTHING, compare=False, repr=False)
    """What the host adds: its formats are these."""

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats that ``written`` knows."""
        return (*FORMATS, *self.added.formats)

    def written(self, form: str) -> bytes:
        """The document in one of ``formats``.

        Raises:
            NotFound: there is no such format.
            ExtensionFault: the host's own writer failed.
        """
        match form:
            case "pdf":
                return self.pdf()
            case "docx":
                return self.docx()
            case "html":
                return self.html().encode()
            case "text":
                return self.text().encode()
            case "xml":
                return self.xml.encode()
        if form in self.added.formats:
            return self.added.formats[form].written(self)
        hint = did_you_mean(form, self.formats) or Message("There are: {names}.", names=list(self.formats))
        raise NotFound(Message("There is no format {name}. {hint}", name=form, hint=hint))

    def html(self) -> str:
        """The document as a complete HTML page."""
        from .documents import html  # each writer is loaded when it is asked for

        root, drawings = self._sealed()
        return html.write(root, self.profile, number=self.number, drawings=drawings)

    def text(self) -> str:
        """The document as plain text, 80 columns wide."""
        from .documents import text

        root = seal.printed(self.tree(), self.reference, self.seal_label) if self.id else self.tree()
        return text.write(root, self.profile, number=self.number, drawings=self._svgs())

    def pdf(self) -> bytes:
        """The document as PDF; the same bytes each time for the same number and identity.

        LibreOffice sets that of a Word template: there the bytes are its own affair.

        Raises:
            WordError: the document has a Word template, and LibreOffice is not installed here.
        """
        if self.word:
            from .documents import word

            return word.to_pdf(self.docx())
        from .documents import pdf

        return pdf.write(
            self.tree(),
            self.profile,
            number=self.number,
            at=self.on,
            drawings=self._svgs(),
            reference=self.reference if self.id else "",
        )

    def docx(self) -> bytes:
        """The document as a Word file; the same bytes each time for the same number and identity.

        Raises:
            WordError: the document has a Word template, and the extra for these is not installed.
            IncompleteDocument: the Word template prints a value that is not recorded.
            TemplateFault: the Word template is wrong.
        """
        if self.word:
            from .documents import png, profile, qr, word

            said = f"{self.seal_label}: {self.reference}"
            draft = "" if self.id else self.profile["words"]["draft"]
            own = {*self.added.functions}  # a Word template is written in a process of its own, without the host
            told = {
                **self.facts["document"],
                "number": self.number or profile.PLACEHOLDER,
                "seal": draft or said,
            }
            return word.render(
                b64decode(self.word),
                {**{name: value for name, value in self.facts.items() if name not in own}, "document": told},
                self.lang,
                self.name,
                title=self.tree().get("title"),
                agency=self.profile["agency"],
                at=self.on,
                seal=(b"", "") if draft else (png.to_png(qr.svg(self.reference), _CODE_WIDTH), said),
                blank=self.blank,
                draft=draft,
            )
        from .documents import docx

        root, drawings = self._sealed()
        return docx.write(root, self.profile, number=self.number, at=self.on, drawings=drawings)

    def tree(self) -> markup.Node:
        """What the writers write: the document's elements, each figure as its drawing describes and measures it."""
        root = markup.parse(self.xml)
        root = pictures.placed(root, self.drawings) if self.drawings else root
        if self.translates:
            root = markup.Node(root.tag, {**root.attrs, "draft": "yes"}, root.children)
        return _filled(root, self.blank) if self.blank else root

    @property
    def reference(self) -> str:
        """What the document says of itself, so that a print of it can be checked; it names no person and no case."""
        return seal.reference(self.number or self.id, self.version, self.sha256)

    @property
    def seal_label(self) -> str:
        """What stands before the reference."""
        said = (
            Message("Authenticity code of the issued document") if self.translates else Message("Authenticity code")
        )
        return said.say(self.lang)

    def _sealed(self) -> tuple[markup.Node, dict[str, str]]:
        if not self.id:
            return self.tree(), self._svgs()
        root, code = seal.drawn(self.tree(), self.reference, self.seal_label)
        return root, {**self._svgs(), **code}

    def _svgs(self) -> dict[str, str]:
        return {name: drawing.svg for name, drawing in self.drawings.items()}


def _filled(node: markup.Node, blank: str) -> markup.Node:
    """``node`` where a part that has nothing to say yet says so."""
    children = tuple(_filled(c, blank) if isinstance(c, markup.Node) else c for c in node.children)
    if node.tag in ("section", "subsection") and not children:
        children = (markup.Node("p", {}, (blank,)),)
    return markup.Node(node.tag, node.attrs, children)


def finished(
    name: str,
    snapshot: Mapping[str, Any],
    xml: str,
    facts: Mapping[str, Any],
    *,
    on: date,
    file_of: Callable[[str], str | None],
    number: str | None = None,
    sha256: str = "",
    id: str = "",
    blank: str = "",
    word: str = "",
    translates: str = "",
    added: Additions = NOTHING,
) -> Document:
    """The document whose rendered ``xml`` tells of ``facts``, with its drawings.

    Args:
        name: the document's name.
        snapshot: what is kept of it.
        xml: its text.
        facts: the names that its template used, from which its figures are drawn.
        on: the day of its issue.
        file_of: gives the office's own Word file as base64 text, or its logo, by the digest in the snapshot.
        number: the registered letter number.
        sha256: the digest of what was issued.
        id: by which the store knows it.
        blank: the mark for what a draft lacks.
        word: the office's own Word template as base64 text.
        translates: the language in which it was issued, if this is a translation.
        added: what the host adds.
    """
    office, lang = snapshot["office"], snapshot["lang"]
    base, logo = (file_of(digest) if (digest := office["letter"].get(name)) else None for name in ("base", "logo"))
    return Document(
        name=name,
        item=snapshot["item"] or None,
        version=snapshot["version"],
        number=number,
        sha256=sha256,
        on=on,
        lang=lang,
        xml=xml,
        profile={**writer_profile(office, lang, translation=bool(translates)), "base": base, "logo": logo},
        drawings=pictures.drawn(markup.parse(xml), facts, lang) if "<figure" in xml else {},  # few have one
        id=id,
        blank=blank,
        word=word,
        translates=translates,
        facts=facts,
        added=added,
    )


def writer_profile(office: Mapping[str, Any], lang: str, *, translation: bool = False) -> dict[str, Any]:
    """The office's profile as the writers of the formats take it."""
    letter = office["letter"]
    return {
        **{key: office[key] for key in ("agency", "government", "address", "contact", "place")},
        "lang": lang,
        "paper": letter["paper"],
        "font": letter["font"],
        "font_size": letter["font_size"],
        **{name: letter[name] for name in ("signature_space", "signature_side") if name in letter},
        "margins": {side: letter[f"margin_{side}"] for side in ("top", "right", "bottom", "left")},
        "words": {
            "page": Message("Page {{page}} of {{pages}}").say(lang),
            "number": Message("Number").say(lang),
            "thumbprint": Message("thumbprint").say(lang),
            "draft": (Message("TRANSLATION") if translation else Message("DRAFT")).say(lang),
        },
    }
