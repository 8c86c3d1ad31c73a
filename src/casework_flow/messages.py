"""Text that is said to a person, in the language that person reads.

Code writes its messages in English; the Indonesian ones are in ``locale/``. A message is kept unspoken
until somebody asks for it in a language, so that one refusal can be logged in one and shown in another.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LOCALES = Path(__file__).parent / "locale"
SOURCE_LANGUAGE = "en"
"""The language that the code's own messages are written in; every other one is a catalogue."""


def languages() -> tuple[str, ...]:
    """The languages that the software speaks: the source language and each catalogue."""
    found = sorted(path.parent.parent.name for path in LOCALES.glob("*/LC_MESSAGES/*.po"))
    compiled = sorted(path.parent.parent.name for path in LOCALES.glob("*/LC_MESSAGES/*.mo"))
    return tuple(dict.fromkeys([*found, *compiled, SOURCE_LANGUAGE]))


@cache
def _catalogue(lang: str) -> gettext.NullTranslations:
    return gettext.translation("casework_flow", LOCALES, languages=[lang], fallback=True)


def say(value: object, lang: str) -> str:
    """``value`` in ``lang``: messages and texts are translated, lists joined, the rest printed as it is."""
    if isinstance(value, Message | Text):
        return value.say(lang)
    if isinstance(value, list | tuple):
        return ", ".join(say(item, lang) for item in value)
    return str(value)


class Message:
    """A sentence with named places, such as ``Message("No case {number}", number=…)``.

    The template, in English, is the key of the catalogues. A parameter may be a message itself.
    """

    __slots__ = ("params", "template")

    def __init__(self, template: str, /, **params: object) -> None:
        self.template = template
        self.params: Mapping[str, object] = params

    def say(self, lang: str) -> str:
        """The sentence in ``lang``, or in English where the catalogue has none."""
        template = _catalogue(lang).gettext(self.template) if lang != SOURCE_LANGUAGE else self.template
        return template.format(**{name: say(value, lang) for name, value in self.params.items()})

    def __str__(self) -> str:
        return self.say(SOURCE_LANGUAGE)

    def __repr__(self) -> str:
        return f"Message({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and (self.template, self.params) == (other.template, other.params)

    def __hash__(self) -> int:
        return hash((self.template, tuple(sorted((k, str(v)) for k, v in self.params.items()))))


class Text:
    """A text that a file gives in several languages, such as ``{id: Rencana, en: Plan}``."""

    __slots__ = ("by_language",)

    def __init__(self, by_language: Mapping[str, str]) -> None:
        self.by_language = dict(by_language)

    def say(self, lang: str) -> str:
        """The text in ``lang``, or in the first language that the file gives."""
        found = self.by_language.get(lang)
        return found if found is not None else next(iter(self.by_language.values()), "")

    def __str__(self) -> str:
        return self.say(SOURCE_LANGUAGE)

    def __repr__(self) -> str:
        return f"Text({self.by_language!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and self.by_language == other.by_language

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.by_language.items())))


Sayable = Message | Text
