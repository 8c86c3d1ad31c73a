"""Who is named in a document: in full, by initials, or under a pseudonym.

The data are changed before the template sees them, so every format, every heading and every free text in which
somebody typed a name says the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, get_args

from .language import mask_nik

Identity = Literal["full", "initials", "pseudonym"]
IDENTITIES: Final[tuple[Identity, ...]] = get_args(Identity)

_PERSON_FIELDS: Final = ("name", "given_by", "witness")
_NOT_PERSONS: Final = ("systems", "by")  # the institutions of an ecomap; the staff who made a move
_HIDDEN_FIELDS: Final = ("phone", "contact", "detail")
_SHOWN_NAMES: Final = ("label",)  # what a genogram calls its members: a first name, more often than not
_MASKED_FIELDS: Final = ("nik", "kk_number", "pkh_number")
_SHORTEST_FIRST_NAME: Final = 4  # a shorter one is as likely a title or another word


def redacted(data: Any, client: Mapping[str, Any], identity: Identity, seed: str, keep: frozenset[str]) -> Any:
    """``data`` with the persons in it named as ``identity`` says.

    Args:
        data: records as plain data; it is not changed.
        client: the client's record.
        identity: ``full`` leaves everything as it is.
        seed: what the pseudonym is drawn from, the same for all documents of a case.
        keep: names that are never hidden: the office's own staff.
    """
    if identity == "full":
        return data
    client_name = str(client.get("name") or "")
    short = str(client.get("initials") or _initials(client_name))
    alias = short if identity == "initials" else f"K-{hashlib.sha256(seed.encode()).hexdigest()[:6].upper()}"
    shown = {_key(name): name for name in keep}
    shown.setdefault(_key(client_name), alias)
    for name in _values(data, _PERSON_FIELDS):
        other = _initials(name) if identity == "initials" else f"{alias}-{len(shown) - len(keep)}"
        shown.setdefault(_key(name), other)
    for number in _values(data, _MASKED_FIELDS):
        shown.setdefault(_key(number), mask_nik(number))
    written = [client_name, *keep, *_values(data, (*_PERSON_FIELDS, *_MASKED_FIELDS))]
    hidden = (*_HIDDEN_FIELDS, *_SHOWN_NAMES) if identity == "pseudonym" else _HIDDEN_FIELDS
    return _replaced(data, _replacer(shown, written, alias), hidden)


def _key(name: str) -> str:
    """A name however it was typed."""
    return " ".join(name.split()).casefold()


def _initials(name: str) -> str:
    return "".join(f"{word[0].upper()}." for word in name.split() if word) or "-"


def _values(data: Any, fields: Collection[str], field: str = "") -> Iterator[str]:
    """The texts in those fields, at any depth."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            if key not in _NOT_PERSONS:
                yield from _values(value, fields, key)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _values(value, fields, field)
    elif isinstance(data, str) and field in fields:
        yield data


def _replacer(shown: Mapping[str, str], written: Sequence[str], alias: str) -> Callable[[str], str]:
    """What puts ``shown`` for each of the ``written`` names, however it is typed in a text.

    The first of them is the client's: ``alias`` is put for its first word too, where that stands alone.
    """
    names = sorted({" ".join(name.split()) for name in written} - {""}, key=lambda name: (-len(name), name))
    if not names:
        return lambda text: text
    typed = "|".join(r"\s+".join(map(re.escape, name.split())) for name in names)
    first, *more = written[0].split() or [""]
    alone = f"|{re.escape(first)}" if more and len(first) >= _SHORTEST_FIRST_NAME else ""
    pattern = re.compile(rf"(?<!\w)(?:(?i:{typed}){alone})(?!\w)")

    def replace(found: re.Match[str]) -> str:
        return shown.get(_key(found[0]), alias)

    return lambda text: pattern.sub(replace, text)


def _replaced(data: Any, replace: Callable[[str], str], hidden: Collection[str], field: str = "") -> Any:
    if isinstance(data, Mapping):
        return {key: _replaced(value, replace, hidden, key) for key, value in data.items() if key not in hidden}
    if isinstance(data, list | tuple):
        return [_replaced(value, replace, hidden, field) for value in data]
    if not isinstance(data, str):
        return data
    if field in _MASKED_FIELDS:
        return mask_nik(data)
    return replace(data)
