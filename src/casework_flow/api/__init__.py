"""Casework over HTTP: the verbs of the library for whoever has a key. Needs the extra ``[api]``."""

from __future__ import annotations

from .app import create_app

__all__ = ["create_app"]
