"""A talk with a flow that leaves no trace: nothing is stored, nobody is written to, nothing is called.

The state of the talk goes to the page and comes back with its next request. It is only ever read by
the pure engine, so what a page makes of it concerns nobody else.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

from app.core.context import Ctx
from app.core.errors import Invalid
from app.domain.flow_definitions.assets import DbAssets, load_assets, with_flows
from flows import (
    Contact,
    EffectDone,
    Environment,
    Event,
    FieldValue,
    FlowError,
    FlowInvalid,
    GroupRef,
    ManualTrigger,
    Msg,
    MsgReceived,
    SessionState,
    Sprint,
    compile_flow,
    resume,
    start,
)
from flows import Flow as CompiledFlow
from flows.effects import ALL_EFFECTS

#: Webhooks that fail in one turn before the talk is stopped.
_MAX_CALLS = 20
#: Whom the flow talks with: a name and a number that nobody has.
_NAME, _PHONE = "Asha Devi", "917000000000"


@dataclass(frozen=True, slots=True)
class Turn:
    """What one message led to. `uncalled` are addresses, or kinds, of effects that were taken to fail."""

    state: SessionState
    contact: Contact
    events: tuple[Event, ...]
    uncalled: tuple[str, ...]


@dataclass(slots=True)
class DraftAssets(DbAssets):
    """The organization's things, with one flow as it is on somebody's screen."""

    draft: CompiledFlow | None = None

    def flow(self, uuid: str, revision_id: str | None = None) -> CompiledFlow | None:
        if self.draft is not None and uuid == self.draft.uuid:
            return self.draft
        return DbAssets.flow(self, uuid, revision_id)


async def begin_talk(ctx: Ctx, definition: Mapping[str, Any], language: str | None) -> Turn:
    """The flow as drawn says its first words. Raises Invalid for a flow that cannot be run."""
    assets = await _assets(ctx, definition)
    assert assets.draft is not None
    uuid = assets.draft.uuid
    environment = _environment(ctx, assets)
    contact = Contact(
        uuid=environment.new_uuid(),
        id="0",
        name=_NAME,
        phone=_PHONE,
        urns=(f"tel:+{_PHONE}",),
        language=language if assets.language(language or "") and language else "en",
        timezone=assets.org.timezone,
        created_on=ctx.clock.now(),
    )
    first = await with_flows(
        ctx, assets, lambda: start(assets, contact, ManualTrigger(uuid), environment)
    )
    return await _settled(ctx, assets, environment, first)


async def continue_talk(
    ctx: Ctx,
    definition: Mapping[str, Any],
    state: Mapping[str, Any],
    contact: Mapping[str, Any],
    text: str,
    attachments: tuple[str, ...] = (),
) -> Turn:
    """The flow answers `text`. Raises Invalid for a talk that is over or cannot be read."""
    assets = await _assets(ctx, definition)
    environment = _environment(ctx, assets)
    try:
        before, person = SessionState.from_json(state), contact_of(contact)
        kind = attachments[0].split(":")[0].split("/")[0] if attachments else "text"
        message = Msg(environment.new_uuid(), f"tel:+{_PHONE}", text, attachments, kind)
        came = MsgReceived(message)
        sprint = await with_flows(
            ctx, assets, lambda: resume(before, assets, person, came, environment)
        )
    except (FlowError, KeyError, TypeError, ValueError, AttributeError) as fault:
        raise Invalid("session", f"cannot go on: {fault}") from fault
    return await _settled(ctx, assets, environment, sprint)


async def _assets(ctx: Ctx, definition: Mapping[str, Any]) -> DraftAssets:
    try:
        draft = compile_flow(definition)
    except FlowInvalid as fault:
        raise Invalid("flow", f"cannot be run: {fault}") from fault
    known = await load_assets(ctx, drafts=True)
    values = {item.name: getattr(known, item.name) for item in fields(DbAssets)}
    return DraftAssets(**values, draft=draft)


def _environment(ctx: Ctx, assets: DbAssets) -> Environment:
    return Environment(
        now=ctx.clock.now(),
        new_uuid=lambda: str(ctx.ids.uuid4()),
        timezone=assets.org.timezone,
        rng=random.Random(ctx.ids.token(16)),
        languages=assets.languages,
        organization_id=str(ctx.org_id),
        effects=ALL_EFFECTS,
    )


async def _settled(ctx: Ctx, assets: DraftAssets, environment: Environment, sprint: Sprint) -> Turn:
    """The turn once no effect is awaited any more: none is carried out, all count as failed."""
    events, uncalled = list(sprint.events), []
    for _ in range(_MAX_CALLS):
        if not sprint.effects or sprint.wait is None:
            break
        effect = sprint.effects[0]
        uncalled.append(getattr(effect, "url", "") or effect.type)
        failed = EffectDone(sprint.wait.token, effect.uuid, ok=False, error="not called here")
        again = partial(resume, sprint.state, assets, sprint.contact, failed, environment)
        sprint = await with_flows(ctx, assets, again)
        events += sprint.events
    return Turn(sprint.state, sprint.contact, tuple(events), tuple(uncalled))


# -- the contact as JSON


def contact_json(contact: Contact) -> dict[str, Any]:
    """What the page keeps of the contact, in the words of the flow specification."""
    return {
        "uuid": contact.uuid,
        "name": contact.name,
        "language": contact.language,
        "status": contact.status,
        "timezone": contact.timezone,
        "urns": list(contact.urns),
        "groups": [
            {"uuid": group.uuid, "id": group.id, "name": group.name} for group in contact.groups
        ],
        "fields": {
            key: {"text": value.value, "name": value.label} for key, value in contact.fields.items()
        },
        "settings": dict(contact.settings),
    }


def contact_of(data: Mapping[str, Any]) -> Contact:
    """The contact that `contact_json` gave."""
    fields_ = {
        str(key): FieldValue(str(item["text"]), str(item.get("name") or key))
        for key, item in data.get("fields", {}).items()
    }
    groups = tuple(
        GroupRef(str(item["uuid"]), str(item.get("id", "")), str(item["name"]))
        for item in data.get("groups", ())
    )
    plain = Contact(uuid=str(data["uuid"]), id="0", phone=_PHONE, urns=(f"tel:+{_PHONE}",))
    return replace(
        plain,
        name=str(data.get("name") or ""),
        language=str(data.get("language") or ""),
        status=str(data.get("status") or "valid"),
        timezone=str(data.get("timezone") or ""),
        groups=groups,
        fields=fields_,
        settings=dict(data.get("settings") or {}),
    )
