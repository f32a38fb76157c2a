"""Why a session goes on, as its trace says it."""

from __future__ import annotations

import json

from flows.stimuli import (
    EffectDone,
    Expired,
    Interrupted,
    MsgReceived,
    ResultArrived,
    Stimulus,
    TimeElapsed,
    WaitTimedOut,
)
from flows.values import Json, Msg

#: Stimulus -> the word for it.
CAUSES: dict[type, str] = {
    MsgReceived: "message",
    WaitTimedOut: "timeout",
    TimeElapsed: "time",
    EffectDone: "answer",
    ResultArrived: "result",
    Expired: "expired",
    Interrupted: "interrupted",
}


def cause_of(stimulus: Stimulus) -> dict[str, Json]:
    """Give why the session goes on."""
    word: dict[str, Json] = {"cause": CAUSES[type(stimulus)]}
    if isinstance(stimulus, MsgReceived):
        return word | message_of(stimulus.msg)
    if isinstance(stimulus, EffectDone):
        return word | _answer(stimulus)
    if isinstance(stimulus, ResultArrived):
        return word | {"result": dict(stimulus.data)}
    if isinstance(stimulus, Interrupted):
        return word | {"reason": stimulus.reason}
    return word


def message_of(msg: Msg) -> dict[str, Json]:
    """Give what a message was."""
    said: dict[str, Json] = {"text": msg.text}
    if msg.kind != "text":
        said["type"] = msg.kind
    if msg.attachments:
        said["attachments"] = list(msg.attachments)
    return said | ({"payload": dict(msg.payload)} if msg.payload else {})


def _answer(done: EffectDone) -> dict[str, Json]:
    told: dict[str, Json] = {"ok": done.ok, "status": done.status, "elapsed_ms": done.elapsed_ms}
    if done.body_text:
        told["body"] = done.body_text
    elif done.data is not None:
        told["body"] = json.dumps(done.data, ensure_ascii=False)
    return told | ({"error": done.error} if done.error else {})
