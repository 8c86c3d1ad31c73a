"""The HTTP API as it is served: a real server on a port of its own, and clients with keys."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn

from casework_flow.casework import Casework

ALL = ("read", "write", "approve", "audit")


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The address at which ``app`` is served."""
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:  # or asyncio would wait before each answer
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="critical", ws="none", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=10)


def token(cw: Casework, who: str, *scopes: str) -> str:
    """A new key of a member of staff, with every scope unless some are named."""
    return cw.add_key(who, scopes=scopes or ALL)[1]


class Api:
    """An office behind a server; ``as_`` gives a client that acts as a member of staff."""

    def __init__(self, cw: Casework, address: str) -> None:
        self.cw = cw
        self.address = address
        self._clients: list[httpx.Client] = []

    def client(self, key: str | None = None, **headers: str) -> httpx.Client:
        """A client with a key, or without one."""
        sent = {"Accept-Language": "en", **headers, **({"Authorization": f"Bearer {key}"} if key else {})}
        made = httpx.Client(base_url=self.address, headers=sent, timeout=30)
        self._clients.append(made)
        return made

    def as_(self, who: str, *scopes: str, **headers: str) -> httpx.Client:
        """A client that acts as ``who``."""
        return self.client(token(self.cw, who, *scopes), **headers)

    def close(self) -> None:
        """Close every client."""
        for client in self._clients:
            client.close()


Serve = Callable[..., Api]
