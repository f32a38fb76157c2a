"""What goflow's cases run in: their assets, contacts, messages and HTTP answers as the engine's."""

from __future__ import annotations

import copy
import random
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from flows import (
    CallWebhook,
    Contact,
    Effect,
    EffectDone,
    Environment,
    FieldValue,
    Flow,
    Language,
    Limits,
    Msg,
    StaticAssets,
    compile_flow,
)
from flows.contact import Ticket
from flows.directory import Channel, Classifier, Directory, Topic, User
from flows.effects import ALL_EFFECTS, SendEmail
from flows.locations import Locations, Place, make_place
from flows.migrations import upgrade
from flows.values import FieldRef, GroupRef, LabelRef

NOW = datetime(2025, 5, 4, 12, 30, 46, 123456, UTC)
#: The suites were recorded with an engine whose only limits are these.
LIMITS = Limits(
    runs_in_stack=1000,
    visits_per_node=10_000,
    messages_since_input=10_000,
    effects_since_input=10_000,
    same_message=0,
)
#: Bytes that the recorded engine reads of an answer.
MOST_BYTES = 100_000
FORMATS = {"date_format": "YYYY-MM-DD", "time_format": "tt:mm", "timezone": "UTC"}


class Chance(random.Random):
    """Gives the chance that the case was recorded with; the recorder's own generator is not ours."""

    def __init__(self, chance: float | None) -> None:
        super().__init__(0)
        self.chance = chance

    def random(self) -> float:
        return super().random() if self.chance is None else self.chance


@dataclass
class World:
    """The assets of a case, and what stands around its sprints."""

    raw: dict[str, Any]
    languages: tuple[str, ...] = ("eng", "spa")
    country: str = "US"
    settings: Mapping[str, Any] = field(default_factory=dict)
    chance: float | None = None
    are_urns_taken: bool = False
    forbidden: str = ""
    mocks: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    smtp_error: str = ""
    requests: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.mocks = copy.deepcopy(self.mocks)
        self._ids = random.Random(1)

    def flows(self) -> Iterator[Flow]:
        for definition in self.raw.get("flows", ()):
            yield compile_flow(upgrade(definition), strict=True)

    def assets(self) -> StaticAssets:
        raw = self.raw
        return StaticAssets(
            flows=tuple(self.flows()),
            groups=tuple(_group(item) for item in raw.get("groups", ())),
            labels=tuple(LabelRef(item["uuid"], item["name"]) for item in raw.get("labels", ())),
            contact_fields=tuple(
                FieldRef(item["key"], item["name"], item.get("type", "text"))
                for item in raw.get("fields", ())
            ),
            templates={item["uuid"]: item for item in raw.get("templates", ())},
            global_values={item["key"]: item["value"] for item in raw.get("globals", ())},
        )

    def directory(self) -> Directory:
        raw = self.raw
        groups = (_group(item) for item in raw.get("groups", ()))
        return Directory(
            channels=tuple(
                Channel(
                    item["uuid"],
                    item["name"],
                    item.get("address", ""),
                    tuple(item.get("schemes", ())),
                    tuple(item.get("roles", ())),
                    item.get("country", ""),
                )
                for item in raw.get("channels", ())
            ),
            topics=tuple(Topic(item["uuid"], item["name"]) for item in raw.get("topics", ())),
            users=tuple(
                User(item["uuid"], item["name"], item.get("email", ""))
                for item in raw.get("users", ())
            ),
            classifiers=tuple(
                Classifier(item["uuid"], item["name"]) for item in raw.get("classifiers", ())
            ),
            smart_groups=tuple(group for group in groups if group.query),
            locations=Locations(tuple(_place(item) for item in raw.get("locations", ()))),
            blocked_hosts=("facebook.com",),
        )

    def environment(self, contact: Contact) -> Environment:
        given = {**FORMATS, **{key: value for key, value in self.settings.items() if value}}
        languages = given.get("allowed_languages") or self.languages
        return Environment(
            now=NOW,
            new_uuid=self.new_uuid,
            timezone=contact.timezone or given["timezone"],
            rng=Chance(self.chance),
            languages=tuple(Language(code, code) for code in languages),
            default_language=languages[0] if languages else "",
            country=given.get("default_country") or self.country,
            date_format=given["date_format"],
            time_format=given["time_format"],
            redact_urns=given.get("redaction_policy") == "urns",
            dialect="goflow",
            limits=LIMITS,
            directory=self.directory(),
            effects=ALL_EFFECTS,
            unsendable=self._unsendable,
            is_urn_taken=lambda identity: self.are_urns_taken,
        )

    def _unsendable(self, text: str) -> str:
        return "forbidden_content" if self.forbidden and self.forbidden in text else ""

    def new_uuid(self) -> str:
        return str(uuid.UUID(int=self._ids.getrandbits(128), version=4))

    # -- answers

    def answer(self, effect: Effect, token: str) -> EffectDone:
        """Carry out an effect with the answers of the case."""
        if isinstance(effect, SendEmail):
            ok = not self.smtp_error
            return EffectDone(token, effect.uuid, ok=ok, error=self.smtp_error or None)
        if not isinstance(effect, CallWebhook):
            return EffectDone(token, effect.uuid, ok=False, error="nobody answers")
        self.requests[effect.uuid] = trace(effect)
        waiting = self.mocks.get(effect.url) or [{"status": 0, "body": ""}]
        given = waiting.pop(0)
        status = given.get("status", 200)
        body = str(given.get("body", "")) * (given.get("body_repeat") or 1)
        too_long = len(body.encode()) > MOST_BYTES
        return EffectDone(
            token,
            effect.uuid,
            ok=200 <= status < 300,
            status=status,
            body_text="" if too_long else body,
            elapsed_ms=1000,
            headers=given.get("headers") or {},
            limit_bytes=MOST_BYTES if too_long else None,
        )


def trace(effect: CallWebhook) -> str:
    """The request as it goes over the wire, in the recorder's order of headers."""
    parts = urlsplit(effect.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"{effect.method} {target} HTTP/1.1", f"Host: {parts.netloc}"]
    lines.append("User-Agent: goflow-testing")
    size = len(effect.body.encode())
    if size or effect.method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {size}")
    lines += [f"{name}: {value}" for name, value in sorted(effect.headers.items())]
    lines.append("Accept-Encoding: gzip")
    return "\r\n".join(lines) + "\r\n\r\n" + effect.body


def _group(item: Mapping[str, Any]) -> GroupRef:
    return GroupRef(item["uuid"], "", item["name"], item.get("query", ""))


def _place(item: Mapping[str, Any]) -> Place:
    children = (_place(child) for child in item.get("children") or ())
    return make_place(item["name"], tuple(item.get("aliases") or ()), *children)


# -- contacts and messages


def contact_of(raw: Mapping[str, Any], world: World) -> Contact:
    """The contact of a case as the engine sees it."""
    fields = {item["key"]: item for item in world.raw.get("fields", ())}
    groups = {item["uuid"]: item for item in world.raw.get("groups", ())}
    return Contact(
        uuid=raw["uuid"],
        id=str(raw.get("id") or ""),
        name=raw.get("name") or "",
        language=raw.get("language") or "",
        status=raw.get("status") or "active",
        groups=tuple(_group(groups[item["uuid"]]) for item in raw.get("groups") or ()),
        fields={
            key: _field_value(value, fields[key])
            for key, value in (raw.get("fields") or {}).items()
            if key in fields and value
        },
        urns=tuple(raw.get("urns") or ()),
        created_on=_time(raw.get("created_on")),
        last_seen_on=_time(raw.get("last_seen_on")),
        timezone=raw.get("timezone") or "",
        tickets=tuple(
            Ticket(item["uuid"], _pair(item.get("topic")), None)
            for item in raw.get("tickets") or ()
        ),
    )


def _pair(item: Mapping[str, str] | None) -> tuple[str, str]:
    return (item["uuid"], item["name"]) if item else ("", "")


def _field_value(raw: Mapping[str, Any], known: Mapping[str, Any]) -> FieldValue:
    parsed = {key: str(value) for key, value in raw.items() if key != "text" and value is not None}
    return FieldValue(raw.get("text", ""), known["name"], known.get("type", "text"), None, parsed)


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    head, _, rest = text.partition(".")
    digits = rest.rstrip("Z")
    cut = next((at for at, char in enumerate(digits) if not char.isdigit()), len(digits))
    offset = digits[cut:] or "+00:00"
    micro = f".{digits[:cut][:6]:0<6}" if cut else ""
    offset = "+00:00" if offset == "-00:00" else offset
    return datetime.fromisoformat(head.rstrip("Z") + micro + offset)


def msg_of(event: Mapping[str, Any]) -> Msg:
    """The message of a msg_received event."""
    msg = event["msg"]
    return Msg(
        uuid=event["uuid"],
        urn=msg.get("urn") or "",
        text=msg.get("text") or "",
        attachments=tuple(msg.get("attachments") or ()),
        external_id=msg.get("external_id"),
        channel=(msg.get("channel") or {}).get("uuid", ""),
    )
