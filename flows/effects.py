"""What the host does for the engine while the session waits: outside input and output.

The effect's uuid is its idempotency key. The answer comes back as EffectDone with the wait's token.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from flows.values import Json


@dataclass(frozen=True, slots=True)
class CallWebhook:
    """An HTTP request (catalogue 12.4; conformance/glific/webhooks.md 2).

    `body` is always JSON text {"contact": ..., "results": ..., custom keys}; for GET the host puts it
    into the query parameter `data`. `method` is GET, POST, PUT, PATCH, DELETE, HEAD or FUNCTION; for
    FUNCTION the `url` is the name of a function. `headers` are the author's; signing is the host's.
    """

    type: ClassVar[str] = "call_webhook"

    uuid: str
    run_uuid: str
    flow_uuid: str
    node_uuid: str
    action_uuid: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: str
    result_name: str
    timeout_s: int

    def to_json(self) -> dict[str, Json]:
        return {
            "type": self.type,
            "uuid": self.uuid,
            "run_uuid": self.run_uuid,
            "flow_uuid": self.flow_uuid,
            "node_uuid": self.node_uuid,
            "action_uuid": self.action_uuid,
            "method": self.method,
            "url": self.url,
            "headers": dict(self.headers),
            "body": self.body,
            "result_name": self.result_name,
            "timeout_s": self.timeout_s,
        }


Effect = CallWebhook
