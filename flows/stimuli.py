"""Why a session goes on: the closed set of things that may happen to it.

A token is that of the wait the stimulus answers. A stimulus of an older wait raises StaleStimulus.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flows.values import Json, Msg


@dataclass(frozen=True, slots=True)
class MsgReceived:
    """The contact wrote. Answers a wait of kind msg and no other."""

    msg: Msg


@dataclass(frozen=True, slots=True)
class WaitTimedOut:
    """`wait.timeout_at` has come. Answers any wait that has one."""

    token: str


@dataclass(frozen=True, slots=True)
class TimeElapsed:
    """The time of wait_for_time, or the patience of wait_for_result, is over."""

    token: str


@dataclass(frozen=True, slots=True)
class EffectDone:
    """An effect was carried out, or could not be.

    `ok` says that an answer came with a 2xx status; `status` is 0 without any answer. `data` is the
    answer's JSON, if the host has parsed it already; else `body_text` is parsed here. `error` is for
    people.
    """

    token: str
    effect_uuid: str
    ok: bool
    status: int = 0
    body_text: str = ""
    data: Json = None
    elapsed_ms: int = 0
    error: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    #: The answer was longer than this many bytes and was not read.
    limit_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class ResultArrived:
    """An outside system resumed the flow with results. Answers a wait of kind result."""

    data: Mapping[str, Json] = field(default_factory=dict)
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Expired:
    """`wait.expires_at` has come: the waiting run ends as expired and its parent goes on."""

    token: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The session is to end: keyword, api_terminate, new_flow, optout, flow_inactive, ..."""

    reason: str


Stimulus = (
    MsgReceived | WaitTimedOut | TimeElapsed | EffectDone | ResultArrived | Expired | Interrupted
)
