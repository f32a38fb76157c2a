"""What the tests of the engine share."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flows import StaticAssets
from flows.simulator import Conversation
from flows.values import FieldRef, GroupRef, LabelRef

NOW = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)

_ROOT = Path(__file__).resolve().parents[2]
CONFORMANCE = Path(os.environ.get("SAMVAD_CONFORMANCE", _ROOT.parent / "shared" / "conformance"))
#: The one reason to skip a test: what it reads is other people's data, under licences that keep it out
#: of this repository, and a clone may stand alone. Where the data is, nothing of it may be missing.
needs_conformance = pytest.mark.skipif(
    not CONFORMANCE.is_dir(), reason=f"no conformance data at {CONFORMANCE} (SAMVAD_CONFORMANCE)"
)

GROUP = GroupRef("g-uuid", "7", "Readers")
LABEL = LabelRef("l-uuid", "Poetry")


def assets(*flows: Any, **more: Any) -> StaticAssets:
    """Assets with one group, one label and one field."""
    known: dict[str, Any] = {
        "flows": flows,
        "groups": (GROUP,),
        "labels": (LABEL,),
        "contact_fields": (FieldRef("age_group", "Age group"),),
    }
    return StaticAssets(**known | more)


def talk(*flows: Any, **more: Any) -> Conversation:
    """A conversation with the first flow, which has begun."""
    conversation = Conversation(flows[0], assets(*flows), **more)
    conversation.start()
    return conversation


def types(conversation: Conversation) -> list[str]:
    return [event.type for event in conversation.events]
