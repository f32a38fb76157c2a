"""What carries out an effect is given, and what it gives."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.context import Ctx
from app.core.services import Services
from app.models import WebhookLog

#: Seconds that carrying out an effect may take.
TIMEOUT_S = 15


@dataclass(frozen=True, slots=True)
class Task:
    """A claimed effect: nobody else carries it out until its lease ends."""

    effect_id: int
    org_id: int
    contact_id: int
    flow_id: int | None
    #: The effect's idempotency key.
    uuid: str
    #: From 1 on.
    attempt: int
    kind: str
    #: The effect as the engine wrote it (`flows.effects`).
    request: Mapping[str, Any]
    #: The moment of the claim.
    at: datetime
    #: The secret with which the organization's calls are signed.
    phrase: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an effect brought: `body` or `data`, or why it failed.

    `retry_s` is set when it is to be tried again after so many seconds.
    """

    status: int = 0
    body: str = ""
    elapsed_ms: int = 0
    error: str | None = None
    retry_s: float | None = None
    data: Any = None

    @classmethod
    def of(cls, data: Any = None) -> Outcome:
        """Success with `data`, which is also its body."""
        body = "" if data is None else json.dumps(data, ensure_ascii=False)
        return cls(data=data, body=body)


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of effect is carried out: by `carry` outside of any transaction, or by `change`.

    `carry` raises nothing that the outside did wrong. `change` is for our own rows: it belongs to
    the transaction that ends the effect, so it happens once; what it refuses (AppError) is undone
    and told to the flow.
    """

    carry: Callable[[Services, Task], Awaitable[Outcome]] | None = None
    change: Callable[[Ctx, Task], Awaitable[Any]] | None = None
    #: The row of the webhook log for the effect, made before anything is sent.
    log: Callable[[Task], WebhookLog] | None = None
