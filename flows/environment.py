"""What surrounds one sprint: the time, chance, ids and the organization's ways."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from flows.directory import Directory
from flows.limits import DEFAULT_LIMITS, Limits
from flows.values import Language


@dataclass(frozen=True, slots=True)
class Environment:
    """`now` is aware UTC and stands still during a sprint; `new_uuid` gives a fresh UUID as text."""

    now: datetime
    new_uuid: Callable[[], str]
    timezone: str = "UTC"
    rng: random.Random = field(default_factory=lambda: random.Random(0))
    languages: tuple[Language, ...] = ()
    default_language: str = "en"
    country: str = "IN"
    #: strptime-free names: the order of day, month and year that people write here.
    date_format: str = "DD-MM-YYYY"
    time_format: str = "tt:mm"
    #: Whether phone numbers stay out of expressions and events.
    redact_urns: bool = False
    organization_id: str = ""
    #: Whose habits hold where the two engines differ (catalogue 13). goflow: has_only_text minds case, a
    #: message that starts a flow answers its first wait, an unknown variable is an error, a webhook's
    #: body is sent as it stands.
    dialect: Literal["glific", "goflow"] = "glific"
    limits: Limits = DEFAULT_LIMITS
    #: Whether the Sprint says how it came about (flows.trace).
    tracing: bool = False
    directory: Directory = field(default_factory=Directory)
    #: Says why a text may not be sent, "" when it may.
    unsendable: Callable[[str], str] = lambda text: ""
    #: Types of the effects that the host carries out. Others fail at once, told as action:unsupported.
    effects: frozenset[str] = frozenset({"call_webhook"})
    #: Whether a URN (scheme:path) belongs to another contact.
    is_urn_taken: Callable[[str], bool] = lambda identity: False

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)
