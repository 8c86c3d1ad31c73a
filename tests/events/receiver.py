"""A receiver as somebody else would write one: a real HTTP server that checks signatures by the specification."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()  # a test's own


@dataclass(frozen=True)
class Message:
    """What came in, and what was answered."""

    headers: Mapping[str, str]
    raw: bytes
    status: int

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw)
        return found

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = self.event["data"]
        return found

    @property
    def place(self) -> tuple[str, int]:
        """The case, and the event's place in its history."""
        return self.data["case"], self.data["seq"]


def genuine(message: Message, secret: str, now: float, tolerance: float = 300) -> bool:
    """Whether the sender knows the secret: https://www.standardwebhooks.com, "Verifying signatures"."""
    sent = int(message.headers["webhook-timestamp"])
    if abs(now - sent) > tolerance:
        return False
    key = base64.b64decode(secret.split("_", 1)[1])
    content = f"{message.headers['webhook-id']}.{sent}.".encode() + message.raw
    right = base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    given = [part.partition(",") for part in message.headers["webhook-signature"].split(" ")]
    return any(version == "v1" and hmac.compare_digest(signature, right) for version, _, signature in given)


Answer = int | str
"""A status, or what goes wrong: ``hang``, ``close``, ``drip``, ``flood``."""


@dataclass
class Receiver:
    """Listens on a port of this machine; ``answer`` says what each message gets."""

    answer: Callable[[Message], Answer] = lambda _: 204
    port: int = 0
    got: list[Message] = field(default_factory=list)
    _server: ThreadingHTTPServer | None = None
    _gone: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/events"

    @property
    def taken(self) -> list[Message]:
        """What was acknowledged."""
        return [message for message in self.got if message.status < 300]

    def start(self) -> Receiver:
        """Begin to listen, on the port of the last time."""
        receiver = self
        self._gone.clear()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                raw = self.rfile.read(length)
                if len(raw) < length:
                    return  # the sender was killed while it sent
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = receiver.answer(Message(headers, raw, 0))
                status = answer if isinstance(answer, int) else 999
                with receiver._lock:
                    receiver.got.append(Message(headers, raw, status))
                receiver._answer(self, answer)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, *_: object) -> None:
                pass  # the sender has gone away, as it should

        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def _answer(self, request: BaseHTTPRequestHandler, answer: Answer) -> None:
        if answer == "hang":
            self._gone.wait(30)
        elif answer == "drip":
            request.send_response(200)
            request.end_headers()
            while not self._gone.wait(0.05):
                request.wfile.write(b".")
        elif answer == "flood":
            request.send_response(200)
            request.end_headers()
            while not self._gone.is_set():
                request.wfile.write(b"x" * 65_536)
        elif answer == "close":
            request.connection.shutdown(socket.SHUT_RDWR)
        else:
            assert isinstance(answer, int)
            request.send_response(answer)
            if 300 <= answer < 400:
                request.send_header("location", f"http://127.0.0.1:{self.port}/elsewhere")
            request.send_header("content-length", "0")
            request.end_headers()

    def stop(self) -> None:
        """Be gone: whoever comes now finds nobody."""
        self._gone.set()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
