"""send_broadcast to staff: each reads the message with his own name in it (catalogue 8, @staff)."""

from __future__ import annotations

import pytest

from app.domain.contacts.data import ContactPatch
from app.domain.contacts.service import update_contact
from tests.runner.conftest import Make, Stage
from tests.runner.drawing import ask, flow, node, say

pytestmark = pytest.mark.anyio


async def test_a_message_to_staff_names_its_reader_and_evaluates_nothing(
    stage: Stage, person: Make
) -> None:
    ravi, nobody = await person("919876500001"), await person("919876500002")
    async with stage.work() as ctx:
        await update_contact(ctx, ravi.id or 0, ContactPatch(name="Ravi @contact.phone"))
    text = "@staff.name, call @contact.name (@results.said): @staff.phone @staff.fields.none"
    action = {
        "type": "send_broadcast",
        "text": text,
        "contacts": [
            {"uuid": str(ravi.id), "name": "Ravi"},
            {"uuid": str(nobody.id), "name": "x"},
        ],
    }
    await stage.draw(
        flow("Tell", node("q", say("Say"), to="a"), ask("a", "said", to="t"), node("t", action)),
        "tell",
    )
    await stage.say("tell")
    await stage.say("@staff.name")
    for who in (ravi, nobody):
        await stage.drain(who)

    rest = "call Asha (@staff.name)"
    assert [body for id_, body in stage.sent.messages if id_ == ravi.id] == [
        f"Ravi @contact.phone, {rest}: 919876500001 @staff.fields.none"
    ]
    assert [body for id_, body in stage.sent.messages if id_ == nobody.id] == [
        f"919876500002, {rest}: 919876500002 @staff.fields.none"
    ]
