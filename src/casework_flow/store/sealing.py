"""Seals: the heads of all chains at a moment, kept elsewhere, so that a cut-off end or a vanished case is found.

Whoever can write to the database can shorten a chain and make the rest agree. They cannot change a seal that lies
in another drawer, nor sign a new one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..errors import Invalid, Problem
from ..messages import Message
from ..values import Finding
from ..workflow import canonical
from .store import Transaction

FORM: Final = 1
"""The version of the seal's form."""

Seal = dict[str, Any]


def seal(tx: Transaction, at: str, private_key: bytes | None = None) -> Seal:
    """The heads of all chains.

    Args:
        tx: a transaction that reads.
        at: the clock.
        private_key: an Ed25519 key as PEM, without a password, to sign with.

    Raises:
        Invalid: this is no such key.
    """
    made: Seal = {"casework_seal": FORM, "office": tx.office_id, "at": at, "chains": dict(tx.heads())}
    if private_key is not None:
        made["signature"] = _private(private_key).sign(_signed(made)).hex()
    return made


def broken(tx: Transaction, given: Mapping[str, Any], public_key: bytes | None = None) -> Iterator[Finding]:
    """What the database no longer holds of that which was sealed.

    Args:
        tx: a transaction that reads.
        given: a seal, as ``seal`` gave it.
        public_key: the Ed25519 key that it must be signed with, as PEM.

    Raises:
        Invalid: this is no seal, or no such key.
    """
    chains: Any = given.get("chains") if isinstance(given, Mapping) else None
    if (
        not isinstance(given, Mapping)
        or given.get("casework_seal") != FORM
        or not isinstance(chains, Mapping)
        or not all(map(_is_head, chains.values()))
    ):
        raise Invalid(
            Message("The seal cannot be used."), [Problem("", Message("What casework seal printed is expected."))]
        )
    if public_key is not None and not _is_signed(given, public_key):
        yield Finding("seal", Message("The seal is not signed with this key, or was changed after it was."))
    if given.get("office") != tx.office_id:
        yield Finding("seal", Message("The seal is that of another database."))
    for stream, (seq, digest) in chains.items():
        found, place = tx.event_hash(stream, seq), f"chain {stream}"
        if found is None:
            yield Finding(
                place,
                Message(
                    "When it was sealed on {at} it had {count} events; the last ones are not there.",
                    at=given["at"],
                    count=seq,
                ),
            )
        elif found != digest:
            yield Finding(
                place,
                Message("Event {seq} is other than it was when it was sealed on {at}.", seq=seq, at=given["at"]),
            )


def _is_head(head: object) -> bool:
    return isinstance(head, list | tuple) and len(head) == 2 and isinstance(head[0], int) and isinstance(head[1], str)


def _signed(given: Mapping[str, Any]) -> bytes:
    return canonical({name: value for name, value in given.items() if name != "signature"}).encode()


def _is_signed(given: Mapping[str, Any], public_key: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        _public(public_key).verify(bytes.fromhex(str(given.get("signature", ""))), _signed(given))
    except (InvalidSignature, ValueError):
        return False
    return True


def _private(pem: bytes) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return _key(load_pem_private_key, Ed25519PrivateKey, pem, password=None)


def _public(pem: bytes) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    return _key(load_pem_public_key, Ed25519PublicKey, pem)


def _key(load: Any, kind: type, pem: bytes, **how: Any) -> Any:
    try:
        key = load(pem, **how)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, kind):
        expected = Message(
            "An Ed25519 key as PEM, without a password, is expected: openssl genpkey -algorithm ed25519 makes one."
        )
        raise Invalid(Message("The key cannot be used."), [Problem("", expected)])
    return key
