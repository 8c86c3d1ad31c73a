"""A program that serves HTTP, started for a test and stopped after it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """The environment of a host's program: nothing of ours, and English words from tools."""
    mine = ("CASEWORK_", "DJANGO_", "DINAS_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(mine)}
    return {**kept, "LC_ALL": "C.UTF-8", **more}


def run(script: Sequence[str], folder: Path, **more: str) -> str:
    """Run a Python program to its end; what it printed."""
    done = subprocess.run(
        [sys.executable, *script], cwd=folder, env=environment(more), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def answers(server: subprocess.Popen[Any], address: str, said: Callable[[], str]) -> None:
    """Wait until ``server`` answers at ``address``; ``said`` gives its words where it ends instead."""
    for _ in range(600):
        assert server.poll() is None, said()
        try:
            httpx.get(address, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.1)  # until the server listens
        else:
            return
    raise AssertionError(f"nobody answers at {address}")


@contextmanager
def serving(command: Sequence[str], port: int, folder: Path, **more: str) -> Iterator[str]:
    """Serve until the block is left; the address."""
    log = folder / "server.log"
    address = f"http://127.0.0.1:{port}"
    with log.open("w", encoding="utf-8") as heard:
        server = subprocess.Popen(command, cwd=folder, env=environment(more), stdout=heard, stderr=heard)
        try:
            answers(server, address, lambda: log.read_text(encoding="utf-8"))
            yield address
        finally:
            server.terminate()
            server.wait(timeout=30)
