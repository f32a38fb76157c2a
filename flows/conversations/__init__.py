"""Conversations as text that a flow must hold: read, played, and recorded (docs/flow_tests.md)."""

from __future__ import annotations

from flows.conversations.player import Report, play
from flows.conversations.reader import read_scripts
from flows.conversations.recorder import record
from flows.conversations.script import Script, ScriptFault
from flows.conversations.surroundings import Overlay, assets_of

__all__ = [
    "Overlay",
    "Report",
    "Script",
    "ScriptFault",
    "assets_of",
    "play",
    "read_scripts",
    "record",
]
