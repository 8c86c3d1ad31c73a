"""Who is named in a document: in full, by initials, or under a pseudonym.

The data are changed before the template sees them, so every format, every drawing and every free text in which
somebody typed a name says the same. A name is hidden whole and in part, however it is typed; numbers and addresses
that are recorded somewhere are hidden in every text too. Where it is not sure whether a word is a name, it is hidden.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, get_args

from . import markup
from .language import CHOICE_WORDS, mask_nik

Identity = Literal["full", "initials", "pseudonym"]
IDENTITIES: Final[tuple[Identity, ...]] = get_args(Identity)

_PERSON_FIELDS: Final = ("name", "given_by", "witness")
_LABEL: Final = "label"  # what a genogram calls its members: a first name, more often than not
_NOT_PERSONS: Final = ("systems", "by")  # the institutions of an ecomap; the staff who made a move
_HIDDEN_FIELDS: Final = ("phone", "contact", "detail")
_NUMBER_FIELDS: Final = ("phone", "contact")
_PLACE_FIELDS: Final = ("detail", "address", "new_address")
_MASKED_FIELDS: Final = ("nik", "kk_number", "pkh_number")
_REFERENCES: Final = ("id", "index", "a", "b", "system", "code", "scheme")  # never printed, and must go on agreeing
_GONE: Final = "***"
_FEWEST_DIGITS: Final = 6  # a shorter number is as likely a sum of money
_SAME_PHONE: Final = 9  # digits at the end of a phone number that stay, however the country is written
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200d\u2060]")  # between two letters they would hide a name from us
_TOKEN: Final = re.compile(r"[^\W\d_][^\W_]*(?:['’][^\W_]+)*")
_SHORTEST_ODD_NAME: Final = 4  # characters of a name that has no word in it


def redacted(data: Any, client: Mapping[str, Any], identity: Identity, seed: str, keep: frozenset[str]) -> Any:
    """``data`` with the persons in it named as ``identity`` says.

    Args:
        data: records as plain data; it is not changed.
        client: the client's record.
        identity: ``full`` leaves everything as it is.
        seed: what the pseudonyms are drawn from: a secret of the case, the same for all its documents.
        keep: names that are never hidden: the office's own staff.
    """
    if identity == "full":
        return data
    people = _People(client, identity, seed, keep)
    texts = list(_texts(data))
    for name in _values(texts, lambda field: field in _PERSON_FIELDS or field.endswith("_name")):
        people.add(name)
    for label, is_client in _labels(data):
        people.add(label, client=is_client)
    replace = _replacer(people, _secrets(texts, identity))
    hidden = (*_HIDDEN_FIELDS, _LABEL) if identity == "pseudonym" else _HIDDEN_FIELDS
    return _replaced(data, replace, hidden, identity)


@cache
def _lexicon() -> Mapping[str, frozenset[str]]:
    text = Path(__file__).with_name("names.toml").read_text(encoding="utf-8")
    return {name: frozenset(words) for name, words in tomllib.loads(text).items()}


def _plain(text: str) -> str:
    """A text as it will be read: what cannot be seen is gone, letters and their accents are one character."""
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", markup.clean(text)))


def _key(name: str) -> str:
    """A name however it was typed."""
    return " ".join(_TOKEN.findall(name)).casefold()


def _parts(name: str) -> list[str]:
    """The words of a name that tell who it is: no titles, no degrees, no forms of address."""
    no_part = _lexicon()["kin"] | _lexicon()["titles"]
    first, *more = name.split(",")
    least = {word: 4 if "." in word.rstrip(".") else 2 for word in first.split()}  # a degree is short and has dots
    least.update((word, 4) for segment in more for word in segment.split())
    found = [part for word, length in least.items() for part in _TOKEN.findall(word) if len(part) >= length]
    return [part for part in found if part.casefold() not in no_part]


def _initials(name: str) -> str:
    return "".join(f"{word[0].upper()}." for word in _TOKEN.findall(name.partition(",")[0])) or "-"


class _People:
    """Everybody who is named in the records, each with what stands for them."""

    def __init__(self, client: Mapping[str, Any], identity: Identity, seed: str, keep: frozenset[str]) -> None:
        self.identity = identity
        self.seed = seed
        self.kept = {_key(name): name for name in keep}
        self.names: dict[str, str] = {}
        self.of_part: dict[str, str] = {}
        self.written: list[str] = [*keep]
        name = _plain(str(client.get("name") or ""))
        short = _plain(str(client.get("initials") or ""))
        if not short or {part.casefold() for part in _parts(name)} & {part.casefold() for part in _parts(short)}:
            short = _initials(name)
        self.alias = short if identity == "initials" else f"K-{self._drawn('', 6)}"
        self.add(name, client=True)

    def _drawn(self, key: str, length: int) -> str:
        return hashlib.sha256(f"{self.seed}\n{key}".encode()).hexdigest()[:length].upper()

    def add(self, written: str, *, client: bool = False) -> None:
        """Take a name in; one that is part of a known person's name is theirs."""
        name = _plain(written)
        key = _key(name)
        parts = [part.casefold() for part in _parts(name)]
        odd = not parts and len(name) >= _SHORTEST_ODD_NAME and not set(key.split()) - {""} & _lexicon()["kin"]
        if not (parts or odd) or key in self.kept or key in self.names:
            return  # a form of address by itself names nobody
        self.written += [name]
        owners = {self.of_part[part] for part in parts if part in self.of_part}
        if client:
            alias = self.alias
        elif parts and len(owners) == 1 and all(part in self.of_part for part in parts):
            alias = owners.pop()
        elif self.identity == "initials":
            alias = _initials(name)
        else:
            alias = f"{self.alias}-{self._drawn(key, 4)}"
        self.names[key] = alias
        for part in parts:
            self.of_part.setdefault(part, alias)


_Texts = Sequence[tuple[str, str]]
"""The texts in some data, each with the name of its field."""


def _values(texts: _Texts, wanted: Callable[[str], bool]) -> list[str]:
    """The texts in the wanted fields, the longest first."""
    found = dict.fromkeys(text for field, text in texts if wanted(field))
    return sorted(found, key=lambda text: (-len(text), text))


def _texts(data: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Every text in ``data``, at any depth, but for those of fields that hold no persons."""
    if isinstance(data, str):
        yield field, data
    elif isinstance(data, Mapping):
        for key, value in data.items():
            if key not in _NOT_PERSONS:
                yield from _texts(value, key)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _texts(value, field)


def _labels(data: Any) -> Iterator[tuple[str, bool]]:
    """What the members of genograms are called, where that names them; and whether it is the client's name."""
    if isinstance(data, Mapping):
        for member in data.get("members") or ():
            label = str(member.get(_LABEL) or "") if isinstance(member, Mapping) else ""
            if _parts(_plain(label)):
                yield label, member.get("id") == data.get("index")
        data = list(data.values())
    if isinstance(data, list | tuple):
        for value in data:
            yield from _labels(value)


def _secrets(texts: _Texts, identity: Identity) -> Iterator[tuple[str, str]]:
    """A pattern for each recorded number and address, with what is put in its place."""
    for number in _values(texts, lambda field: field in _MASKED_FIELDS):
        signs = [re.escape(sign) for sign in number if sign.isalnum()]
        if len(signs) >= _FEWEST_DIGITS:
            yield r"(?<!\w)" + r"[\s.\-/]*".join(signs) + r"(?!\w)", _mask(number, identity)
    for number in _values(texts, lambda field: field in _NUMBER_FIELDS):
        digits = [sign for sign in number if sign.isdigit()]
        if len(digits) >= _FEWEST_DIGITS:
            tail = r"[\s().\-/]*".join(digits[-_SAME_PHONE:])
            yield r"(?<![\w+])\+?(?:\d[\s().\-/]*){0,6}" + tail + r"(?!\d)", _GONE
        if "@" in number:
            yield r"(?<!\w)" + re.escape(number.strip()), _GONE
    for place in _values(texts, lambda field: field in _PLACE_FIELDS):
        for piece in dict.fromkeys([place, *re.split(r"[,;\n]", place)]):
            words = [re.escape(word) for word in _plain(piece).split()]
            telling = len(words) > 1 or any(sign.isdigit() for sign in piece)
            if telling and (
                len(words) > 2 or "," in place or any(sign.isdigit() for sign in place) or piece == place
            ):
                yield r"(?<!\w)" + r"[\s,]+".join(words) + r"(?!\w)", _GONE


def _mask(number: str, identity: Identity) -> str:
    return mask_nik(number) if identity == "initials" else "*" * len(number)


def _replacer(people: _People, secrets: Iterable[tuple[str, str]]) -> Callable[[str], str]:
    """What puts the alias for each name and part of a name, and hides the secrets, in any text."""
    hidden = [(re.compile(pattern, re.IGNORECASE), instead) for pattern, instead in secrets]
    typed, loose, strict = [], [], []
    for name in sorted(people.written, key=lambda name: (-len(name), name)):
        words = _TOKEN.findall(name) or name.split()
        typed.append(r"[\W_]*".join(map(re.escape, words)) + (r"\.?" if name.endswith(".") else ""))
        typed.append(r"\s*".join(map(re.escape, name.split())))
        for part in _parts(name):
            if part.casefold() not in people.of_part:
                continue  # one of the staff's
            if len(part) == 2 or part.casefold() in _lexicon()["ordinary"]:
                strict += [re.escape(part.title()), re.escape(part.upper())]
            else:
                loose.append(re.escape(part))
    loose.sort(key=lambda part: (-len(part), part))
    any_case = "|".join([*typed, *loose])
    if not any_case and not strict:
        return lambda text: _hide(_plain(text), hidden)
    joined = "|".join(_lexicon()["suffixes"])
    choices = "|".join(filter(None, [f"(?i:{any_case})" if any_case else "", *strict]))
    pattern = re.compile(rf"(?<![^\W\d_])(?:{choices})(?=(?i:{joined})?(?![^\W\d_]))")
    glued = {
        name.replace(" ", ""): alias for name, alias in {**people.of_part, **people.names, **people.kept}.items()
    }

    def named(found: re.Match[str]) -> str:
        return glued.get("".join(_TOKEN.findall(found[0])).casefold(), people.alias)

    return lambda text: pattern.sub(named, _hide(_plain(text), hidden))


def _hide(text: str, hidden: Collection[tuple[re.Pattern[str], str]]) -> str:
    for pattern, instead in hidden:
        text = pattern.sub(instead, text)
    return text


def _replaced(
    data: Any, replace: Callable[[str], str], hidden: Collection[str], identity: Identity, field: str = ""
) -> Any:
    if isinstance(data, str):
        if field in _REFERENCES:
            return data
        if field in _MASKED_FIELDS:
            return _mask(data, identity)
        if field not in _PERSON_FIELDS and data.replace("_", " ") in CHOICE_WORDS:
            return data
        return replace(data)
    if isinstance(data, Mapping):
        if field == "by":  # a member of staff
            return data
        return {
            key: _replaced(value, replace, hidden, identity, key) for key, value in data.items() if key not in hidden
        }
    if isinstance(data, list | tuple):
        return [_replaced(value, replace, hidden, identity, field) for value in data]
    return data
