"""Refusals about flows."""

from __future__ import annotations

from app.core.errors import Conflict


class Outdated(Conflict):
    """Somebody saved since the editor was opened; saving now would undo his work."""

    code = "outdated"
