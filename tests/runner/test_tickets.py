"""A flow opens a ticket: a row that staff see, once, and one at a time."""

from __future__ import annotations

import pytest

from app.domain.tickets.service import update_ticket
from app.models import ContactHistory, Ticket
from tests.runner.conftest import Stage
from tests.runner.drawing import Json, flow, node, say

pytestmark = pytest.mark.anyio


def asking() -> Json:
    ticket = {"type": "open_ticket", "note": "@contact.name asks", "topic": {"name": "General"}}
    return flow("Ask", node("t", ticket, say("Topic @ticket.topic.name")))


async def test_a_ticket_is_a_row_with_its_note(stage: Stage) -> None:
    drawn = await stage.draw(asking(), "ask")

    assert await stage.say("ask") == ["Topic General"]

    (row,) = await stage.rows(Ticket)
    assert (row.contact_id, row.flow_id, row.topic, row.notes, row.status) == (
        stage.contact.id,
        drawn.id,
        "General",
        ["Asha asks"],
        "open",
    )
    assert "Ticket opened: General" in [h.event_label for h in await stage.rows(ContactHistory)]


async def test_a_contact_has_one_open_ticket_at_a_time(stage: Stage) -> None:
    await stage.draw(asking(), "ask")
    await stage.say("ask")
    await stage.say("ask")
    (row,) = await stage.rows(Ticket)

    async with stage.work() as ctx:
        closed = await update_ticket(ctx, row.id, "closed", "answered")
        assert (closed.status, closed.remarks, closed.closed_at) == (
            "closed",
            "answered",
            ctx.clock.now(),
        )
    await stage.say("ask")

    assert [ticket.status for ticket in await stage.rows(Ticket)] == ["closed", "open"]
