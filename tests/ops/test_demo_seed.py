"""The demo organization is whole after one seed and the same after two."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.services import Services
from app.models import Contact, Flow, FlowRevision, FlowTest, Message, Organization, User
from flows import compile_flow
from seeds.demo import exported_flows, seed_demo

pytestmark = pytest.mark.anyio
TABLES: tuple[Any, ...] = (Organization, User, Contact, Message, Flow, FlowRevision, FlowTest)


async def counts(services: Services) -> dict[str, int]:
    async with services.db.session() as session:
        return {
            table.__tablename__: await session.scalar(select(func.count()).select_from(table)) or 0
            for table in TABLES
        }


async def test_seeding_twice_is_seeding_once(services: Services) -> None:
    await seed_demo(services)
    once = await counts(services)

    await seed_demo(services)

    assert once == await counts(services)
    assert once == {
        "organizations": 1,
        "users": 3,
        "contacts": 1 + 3 + 40 + 5,
        "messages": 8 * (3 + 3 + 4 + 4 + 5),
        "flows": 7,
        "flow_revisions": 7,
        "flow_tests": 22,
    }


async def test_the_flags_of_a_contact_follow_from_his_messages(services: Services) -> None:
    await seed_demo(services)

    contact: Any = Contact
    async with services.db.session() as session:
        waiting = await session.scalar(
            select(func.count()).select_from(Contact).where(contact.is_org_replied.is_(False))
        )

    assert waiting == 16  # the two conversations of five in which the person has the last word


@pytest.mark.parametrize("flow", exported_flows(), ids=lambda flow: flow["definition"]["name"])
def test_every_flow_compiles_and_has_hindi_for_all_it_says(flow: dict[str, Any]) -> None:
    definition = flow["definition"]
    said = {
        action["uuid"]
        for node in definition["nodes"]
        for action in node["actions"]
        if action["type"] == "send_msg"
    }

    compiled = compile_flow(definition)

    assert compiled.name == definition["name"]
    assert said - set(definition["localization"]["hi"]) == set()


def test_no_two_flows_share_a_keyword() -> None:
    keywords = [word for flow in exported_flows() for word in flow["keywords"]]

    assert len(keywords) == len(set(keywords))
