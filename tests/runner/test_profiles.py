"""Several persons share a phone: a flow makes profiles, switches between them and ends one."""

from __future__ import annotations

import pytest

from app.domain.contacts.service import opt_in_phone
from app.models import Contact, ContactHistory, ContactProfile, FlowEffect
from tests.runner.conftest import Stage
from tests.runner.drawing import Json, flow, node, say

pytestmark = pytest.mark.anyio

SHOWN = "@results.who.category: @results.who, village @contact.fields.village"


def changing(name: str, value: object) -> Json:
    action = {
        "type": "set_contact_profile",
        "profile_type": f"{name} Profile",
        "value": value,
        "result_name": "who",
    }
    return flow(name, node(name, action, say(SHOWN)))


def living() -> Json:
    field = {
        "type": "set_contact_field",
        "field": {"key": "village", "name": "Village"},
        "value": "Rampur",
    }
    return flow("Live", node("live", field, say("Lives")))


async def did(stage: Stage, word: str) -> str:
    await stage.say(word)
    await stage.call_out()
    await stage.drain()
    return stage.heard()[-1]


@pytest.fixture
async def flows(stage: Stage) -> None:
    await stage.draw(living(), "live")
    await stage.draw(changing("Create", {"name": "Ravi", "type": "student"}), "create")
    await stage.draw(changing("Switch", "1"), "first")
    await stage.draw(changing("Switch", "2") | {"uuid": "s2", "name": "Second"}, "second")
    await stage.draw(changing("Deactivate", "2"), "end")


async def profiles(stage: Stage) -> list[tuple[str, str, bool, bool, bool]]:
    return [
        (row.name, row.type, row.is_default, row.is_active, row.is_current)
        for row in await stage.rows(ContactProfile)
    ]


@pytest.mark.usefixtures("flows")
async def test_each_profile_has_its_own_fields(stage: Stage) -> None:
    await did(stage, "live")

    made = await did(stage, "create")
    assert made == "Success: Ravi, village @contact.fields.village"
    assert await profiles(stage) == [
        ("Asha", "", True, True, False),
        ("Ravi", "student", False, True, True),
    ]
    assert await did(stage, "first") == "Success: Asha, village Rampur"
    assert await did(stage, "second") == "Success: Ravi, village @contact.fields.village"
    (contact,) = [c for c in await stage.rows(Contact) if c.id == stage.contact.id]
    assert contact.fields == {}


@pytest.mark.usefixtures("flows")
async def test_after_a_profile_was_ended_the_contacts_own_is_in_use(stage: Stage) -> None:
    await did(stage, "live")
    await did(stage, "create")

    assert await did(stage, "end") == "Success: Asha, village Rampur"
    assert await profiles(stage) == [
        ("Asha", "", True, True, True),
        ("Ravi", "student", False, False, False),
    ]
    history = [row.event_label for row in await stage.rows(ContactHistory)]
    assert "Made the profile Ravi and switched to it" in history
    assert "Ended a profile; Asha is in use" in history

    assert await did(stage, "create") == "Success: Ravi, village @contact.fields.village"
    assert [row.name for row in await stage.rows(ContactProfile)] == ["Asha", "Ravi"]


@pytest.mark.usefixtures("flows")
@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["second"], "profile 2 is not there: 1 to 0 are"),
        (["create", "create"], "profile Ravi is there already"),
    ],
)
async def test_what_is_not_there_or_there_already_is_a_failure(
    stage: Stage, words: list[str], error: str
) -> None:
    for word in words:
        said = await did(stage, word)

    assert said == f"Failure: {error}, village @contact.fields.village"
    effect = (await stage.rows(FlowEffect))[-1]
    assert (effect.kind, effect.status, effect.response["error"]) == (
        "change_profile",
        "failed",
        error,
    )


async def test_the_contacts_own_profile_is_not_ended(stage: Stage) -> None:
    await stage.draw(changing("Create", {"name": "Ravi", "type": ""}), "create")
    await stage.draw(changing("Deactivate", "1"), "end")
    await did(stage, "create")

    assert (await did(stage, "end")).startswith("Failure: profile Asha is the contact's own")


async def test_a_refused_profile_leaves_nothing_behind(stage: Stage) -> None:
    await stage.draw(changing("Create", {"name": "  ", "type": ""}), "create")
    await stage.draw(
        changing("Create", {"name": "Asha", "type": ""}) | {"uuid": "2", "name": "2"}, "same"
    )
    await did(stage, "create")

    assert (await did(stage, "same")).startswith("Failure: profile Asha is there already")
    assert await stage.rows(ContactProfile) == []
    assert "profile_created" not in [row.event_type for row in await stage.rows(ContactHistory)]


async def test_a_flow_lists_the_profiles_and_names_the_one_in_use(stage: Stage) -> None:
    shown = "@contact.list_profiles, now @contact.active_profile_name"
    await stage.draw(flow("Who", node("who", say(shown))), "who")
    await stage.draw(changing("Create", {"name": "Ravi", "type": "student"}), "create")
    await did(stage, "create")

    assert await did(stage, "who") == "1. Asha\n2. Ravi, now Ravi"


async def test_a_flow_reads_the_columns_of_a_contact(stage: Stage) -> None:
    shown = "@contact.optin_method @contact.masked_phone @contact.last_message_number"
    await stage.draw(flow("Columns", node("c", say(shown))), "columns")
    async with stage.work() as ctx:
        await opt_in_phone(ctx, stage.contact.phone, None, "BSP")

    assert await did(stage, "columns") == "BSP 9198******10 1"
