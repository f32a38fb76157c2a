"""What a session waits for when control comes back to the host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from flows.stimuli import Stimulus, TimeElapsed, WaitTimedOut
from flows.values import Json

#: msg: a message of the contact. time: only time. result: an outside system. effect: an EffectDone.
WaitKind = Literal["msg", "time", "result", "effect"]


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause of the session.

    `token` is new for every wait and fences late timers and answers. At `timeout_at` the host gives
    `on_timeout()`, at `expires_at` Expired(token). For a msg wait the seconds count from the sending
    of the last message; the host may move `timeout_at` by what pacing delays.
    """

    kind: WaitKind
    token: str
    run_uuid: str
    flow_uuid: str
    node_uuid: str
    timeout_at: datetime | None = None
    expires_at: datetime | None = None
    #: The action that waits, by its place in the node; -1 when the router does.
    action_index: int = -1
    effect_uuid: str | None = None
    #: What the action that waits wants to know again when its answer comes.
    note: Mapping[str, Json] = field(default_factory=dict)

    def on_timeout(self) -> Stimulus:
        """Give the stimulus that is due at `timeout_at`."""
        if self.kind in ("time", "result"):
            return TimeElapsed(self.token)
        return WaitTimedOut(self.token)

    def to_json(self) -> dict[str, Json]:
        return {
            "kind": self.kind,
            "token": self.token,
            "run_uuid": self.run_uuid,
            "flow_uuid": self.flow_uuid,
            "node_uuid": self.node_uuid,
            "timeout_at": self.timeout_at.isoformat() if self.timeout_at else None,
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
            "action_index": self.action_index,
            "effect_uuid": self.effect_uuid,
            "note": dict(self.note),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Wait:
        times = {
            key: datetime.fromisoformat(data[key]) if data.get(key) else None
            for key in ("timeout_at", "expires_at")
        }
        return cls(
            kind=data["kind"],
            token=data["token"],
            run_uuid=data["run_uuid"],
            flow_uuid=data["flow_uuid"],
            node_uuid=data["node_uuid"],
            timeout_at=times["timeout_at"],
            expires_at=times["expires_at"],
            action_index=data["action_index"],
            effect_uuid=data.get("effect_uuid"),
            note=data.get("note") or {},
        )
