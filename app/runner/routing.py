"""What a person's message does: it starts a flow, goes on with one, or neither. Pure.

The rules stand in `decide`, in the order in which they are tried; the first that holds wins
(semantics 11).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.flow_definitions.keywords import clean
from app.runner.periods import due

#: Said by somebody who wants no more: it is heard even while a webhook is out.
STOP_WORDS = frozenset({"stop", "optout", "unsubscribe"})
DRAFT_PREFIX = "draft:"
TEMPLATE_PREFIX = "template:"
#: How long the office's flow stays away once a person has met it.
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the organization has set up. Flows are named by uuid."""

    #: Cleaned keyword -> flow that is active and published.
    keywords: Mapping[str, str]
    #: As `keywords`, of every flow that has a draft.
    draft_keywords: Mapping[str, str]
    #: Name, in lower case -> flow that others are made from; they are tried out in the simulator.
    template_flows: Mapping[str, str] = field(default_factory=dict)
    optin_flow: str | None = None
    newcontact_flow: str | None = None
    #: Pattern and flow.
    regx: re.Pattern[str] | None = None
    regx_flow: str | None = None
    office: Office | None = None
    #: Period and flow (app.runner.periods).
    periodic: tuple[tuple[str, str], ...] = ()
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Office:
    """Hours of the office: which flow answers when nobody is there, and which when somebody is."""

    opens: str
    closes: str
    days: frozenset[int]
    timezone: str
    closed_flow: str | None
    open_flow: str | None
    #: Else once a day and person.
    every_time: bool = False

    def flow_at(self, now: datetime) -> str | None:
        """The flow that answers at that moment."""
        local = now.astimezone(ZoneInfo(self.timezone))
        is_open = (
            local.isoweekday() in self.days
            and self.opens <= local.strftime("%H:%M:%S") <= self.closes
        )
        return self.open_flow if is_open else self.closed_flow


@dataclass(frozen=True, slots=True)
class Heard:
    """A message and who says it. `wait_kind` is what his session waits for, None without one.

    `flow_uuid` is the flow that the session began with.
    """

    text: str
    now: datetime
    wait_kind: str | None = None
    ignores_keywords: bool = False
    is_new_contact: bool = False
    has_opted_out: bool = False
    flow_uuid: str | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """Begin a flow; an earlier session of the person is interrupted for `reason`."""

    flow_uuid: str
    reason: str
    keyword: str = ""
    is_draft: bool = False
    #: Not if the person has begun the flow after that moment.
    once_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """Begin the first of these flows that the person has not begun lately; none is also an answer."""

    starts: tuple[Start, ...]


@dataclass(frozen=True, slots=True)
class Continue:
    """The waiting session takes the message."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """No flow takes it; staff see it in the chat."""


Decision = Start | Offer | Continue | Ignore


def decide(heard: Heard, rules: Rules) -> Decision:
    """What the message does."""
    if heard.text.strip().lower().startswith((DRAFT_PREFIX, TEMPLATE_PREFIX)):
        return _draft(heard, rules)
    if heard.has_opted_out and rules.optin_flow:
        is_in_it = heard.flow_uuid == rules.optin_flow and heard.wait_kind is not None
        return _go_on(heard) if is_in_it else Start(rules.optin_flow, "optin")
    if heard.wait_kind is not None and heard.ignores_keywords:
        return _go_on(heard)
    if heard.is_new_contact and rules.newcontact_flow and heard.wait_kind is None:
        return Start(rules.newcontact_flow, "new_contact")
    word = clean(heard.text)
    if word in rules.keywords:
        return Start(rules.keywords[word], "keyword", keyword=word)
    if heard.wait_kind is not None:
        return _go_on(heard)
    return _unasked(heard, rules)


def preempts(text: str, rules: Rules) -> bool:
    """Whether the message is heard at once, even while a webhook is out."""
    word = clean(text)
    return word in STOP_WORDS and word in rules.keywords


def _draft(heard: Heard, rules: Rules) -> Decision:
    prefix, _, rest = heard.text.strip().partition(":")
    is_template = prefix.lower() == TEMPLATE_PREFIX[:-1]
    word = rest.strip().lower() if is_template else clean(rest)
    flow = (rules.template_flows if is_template else rules.draft_keywords).get(word)
    if flow is None:
        return _go_on(heard)
    return Start(flow, "keyword", keyword=word, is_draft=True)


def _go_on(heard: Heard) -> Decision:
    return Continue() if heard.wait_kind in ("msg", "effect") else Ignore()


def _unasked(heard: Heard, rules: Rules) -> Decision:
    if rules.regx is not None and rules.regx_flow and rules.regx.search(heard.text):
        return Start(rules.regx_flow, "regx")
    starts = [
        Start(flow, "periodic", once_since=since)
        for flow, since in due(rules.periodic, heard.now, rules.timezone)
    ]
    office = rules.office
    flow = office.flow_at(heard.now) if office is not None else None
    if office is not None and flow is not None:
        since = None if office.every_time else heard.now - DAY
        starts.append(Start(flow, "office", once_since=since))
    return Offer(tuple(starts)) if starts else Ignore()


#: Letters of `regxOpt` (as Elixir's Regex.compile takes them) -> flags.
_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}


def read_pattern(pattern: str, options: str) -> re.Pattern[str] | None:
    """The compiled pattern, or None when it is none."""
    flags = re.NOFLAG
    for letter in options or "":
        flags |= _FLAGS.get(letter, re.NOFLAG)
    try:
        return re.compile(pattern, flags) if pattern else None
    except re.error:
        return None


def read_office(
    settings: Mapping[str, Any], timezone: str, flow_uuid: Mapping[int, str], *, every_time: bool
) -> Office | None:
    """Office hours as the organization's `out_of_office` says, or None when they are off."""
    if not settings.get("enabled"):
        return None
    days = settings.get("enabled_days") or settings.get("enabledDays") or ()
    return Office(
        opens=_time(settings, "start_time", "startTime") or "00:00:00",
        closes=_time(settings, "end_time", "endTime") or "23:59:59",
        days=frozenset(int(day["id"]) for day in days if day.get("enabled")),
        timezone=timezone,
        closed_flow=flow_uuid.get(_number(settings, "flow_id", "flowId")),
        open_flow=flow_uuid.get(_number(settings, "default_flow_id", "defaultFlowId")),
        every_time=every_time,
    )


def _time(settings: Mapping[str, Any], *names: str) -> str:
    found = next((str(settings[name]) for name in names if settings.get(name)), "")
    # "T09:00:00" and "09:00:00Z" are both met.
    digits = found.strip("TZ")[:8]
    return digits if len(digits) != 5 else f"{digits}:00"


def _number(settings: Mapping[str, Any], *names: str) -> int:
    found = next((settings[name] for name in names if settings.get(name)), 0)
    return int(found) if str(found).isdigit() else 0
