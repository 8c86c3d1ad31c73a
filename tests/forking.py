"""A ``casework`` on the path that starts at once: a server has everything imported, and forks for each command.

The documentation's tests start the command line some hundreds of times; what they would wait for is Python importing.
A command gets its own process all the same, with the caller's terminal, folder and environment.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import casework_flow

CLIENT = f"""#!{sys.executable} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect(%r)
    told = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(server, [len(told).to_bytes(4, "big")], [0, 1, 2])
    server.sendall(told)
    sys.exit(server.recv(1)[0])
"""


@contextmanager
def commands(folder: Path) -> Iterator[Path]:
    """A folder for the path, whose ``casework`` works as long as the context lasts."""
    folder.mkdir()
    address = str(folder / "socket")
    client = folder / "casework"
    client.write_text(CLIENT % address, encoding="utf-8")
    client.chmod(0o755)
    with subprocess.Popen(
        [sys.executable, __file__, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        yield folder


def serve(address: str) -> None:
    """Run each command that is asked for, until standard input ends, as it does when the tests end or are killed."""
    for module in pkgutil.walk_packages(casework_flow.__path__, "casework_flow."):
        if ".migrations." not in module.name:  # which alembic runs
            with suppress(ImportError):  # an optional part that is not installed
                importlib.import_module(module.name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while sys.stdin not in select.select([server, sys.stdin], [], [])[0]:
            asked, _ = server.accept()
            if os.fork() == 0:
                server.close()
                answer(asked)
            asked.close()


def answer(asked: socket.socket) -> None:
    """Run one command as a process of its own; it ends here."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        size, files, _, _ = socket.recv_fds(asked, 4, 3)
        arguments, folder, environment = json.loads(_all(asked, int.from_bytes(size, "big")))
        for place, file in enumerate(files):
            os.dup2(file, place)
            os.close(file)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.stdin, sys.stdout, sys.stderr = (open(place, mode) for place, mode in enumerate("rww"))  # noqa: PTH123, SIM115
        code = casework_flow.cli.run(arguments)  # type: ignore[attr-defined]  # imported by walk_packages
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        asked.sendall(bytes([code]))
        os._exit(0)


def _all(asked: socket.socket, size: int) -> bytes:
    read = b""
    while len(read) < size:
        read += asked.recv(size - len(read))
    return read


if __name__ == "__main__":
    serve(sys.argv[1])
