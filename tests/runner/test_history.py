"""What a flow does to a contact stands in his history: once, whichever action did it."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.contacts.service import opt_in, set_field
from app.domain.groups.data import GroupPatch
from app.domain.groups.service import add_to_groups, create_group
from app.models import Contact, ContactHistory
from tests.runner.conftest import Stage
from tests.runner.drawing import Json, flow, node

pytestmark = pytest.mark.anyio

FIELD = {"key": "age", "name": "Age"}
STARTED, ENDED = "contact_flow_started", "contact_flow_ended"

#: Action -> what it leaves in the history.
TOLD: dict[str, tuple[Json, list[str]]] = {
    "name": ({"type": "set_contact_name", "name": "Meera"}, ["contact_name_updated"]),
    "same name": ({"type": "set_contact_name", "name": "Asha"}, []),
    "language": (
        {"type": "set_contact_language", "language": "Hindi"},
        ["contact_language_updated"],
    ),
    "field": (
        {"type": "set_contact_field", "field": FIELD, "value": "31"},
        ["contact_fields_updated"],
    ),
    "same field": ({"type": "set_contact_field", "field": FIELD, "value": "30"}, []),
    "field cleared": (
        {"type": "set_contact_field", "field": FIELD, "value": ""},
        ["contact_fields_updated"],
    ),
    "opt out": (
        {
            "type": "set_contact_field",
            "field": {"key": "settings", "name": "Settings"},
            "value": "optout",
        },
        ["contact_opted_out"],
    ),
    "opt in again": (
        {
            "type": "set_contact_field",
            "field": {"key": "settings", "name": "Settings"},
            "value": "optin",
        },
        [],
    ),
    "a result": ({"type": "set_run_result", "name": "Rank", "value": "1", "category": ""}, []),
}


@pytest.mark.parametrize("name", list(TOLD))
async def test_an_action_stands_in_the_history_once(stage: Stage, name: str) -> None:
    action, told = TOLD[name]
    async with stage.work() as ctx:
        contact = await ctx.session.get_one(Contact, stage.contact.id)
        await opt_in(ctx, contact, "test")
        await set_field(ctx, contact, "age", "30", "Age")
    await stage.draw(flow("Change", node("do", action)), "change")
    before = len(await stage.rows(ContactHistory))

    await stage.say("change")

    history = [row.event_type for row in (await stage.rows(ContactHistory))[before:]]
    assert sorted(history) == sorted([STARTED, *told, ENDED])


@pytest.mark.parametrize("kind", ["add_contact_groups", "remove_contact_groups"])
async def test_a_change_of_groups_stands_in_the_history_once(stage: Stage, kind: str) -> None:
    async with stage.work() as ctx:
        group = await create_group(ctx, GroupPatch(label="Parents"))
        if kind == "remove_contact_groups":
            await add_to_groups(ctx, stage.contact.id or 0, [group.id])
    ref: Any = {"uuid": str(group.id), "name": "Parents"}
    await stage.draw(flow("Change", node("do", {"type": kind, "groups": [ref]})), "change")
    before = len(await stage.rows(ContactHistory))

    await stage.say("change")

    history = [row.event_type for row in (await stage.rows(ContactHistory))[before:]]
    assert sorted(history) == sorted([STARTED, ENDED])


async def test_what_a_flow_sets_is_told_with_its_value(stage: Stage) -> None:
    await stage.draw(flow("Change", node("do", TOLD["field"][0])), "change")

    await stage.say("change")

    told = [
        (row.event_label, row.event_meta)
        for row in await stage.rows(ContactHistory)
        if row.event_type == "contact_fields_updated"
    ]
    assert told == [("Value for Age is updated to 31", {"field": {"key": "age", "value": "31"}})]
