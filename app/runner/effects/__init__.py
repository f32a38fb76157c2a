"""Carrying out what sessions wait for. One line in KINDS is one kind of effect."""

from __future__ import annotations

from collections.abc import Mapping

from app.runner.effects import classifier, function, mail, profile, sheets, webhook
from app.runner.effects.base import Kind
from flows import CallWebhook, Effect
from flows.effects import ALL_EFFECTS

#: Kind of an effect's row -> how it is carried out.
KINDS: Mapping[str, Kind] = {
    "webhook": Kind(carry=webhook.send, log=webhook.log_row),
    "function": Kind(carry=function.run, log=webhook.log_row),
    "call_classifier": Kind(carry=classifier.classify),
    "send_email": Kind(carry=mail.send),
    "read_sheet": Kind(carry=sheets.read),
    "write_sheet": Kind(carry=sheets.write),
    "change_profile": Kind(change=profile.change),
}

#: Types of the engine's effects that are carried out here; the engine fails others at once.
CARRIED = ALL_EFFECTS


def kind_of(effect: Effect) -> str:
    """The kind of the row that an effect becomes."""
    if not isinstance(effect, CallWebhook):
        return effect.type
    return "function" if effect.method == "FUNCTION" else "webhook"
