"""Every documented operation about contacts, tags and groups answers in the documented form."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest

from app.core.services import Services
from app.core.uow import unit_of_work
from app.models import (
    Contact,
    ContactGroup,
    ContactHistory,
    ContactTag,
    Group,
    Location,
    Message,
    MessageGroup,
    MessageTag,
    Organization,
    Tag,
    UserGroup,
)
from tests.flows.shared import CONFORMANCE, needs_conformance
from tests.graphql.conftest import Client, StaffClient

OPERATIONS = CONFORMANCE / "glific" / "operations.json"
SECTIONS = {
    "Contacts", "Tags", "Contact Tag", "Messages Tags", "Groups", "Contact Group",
    "Message Group", "User Group", "Glific Contact Import",
}  # fmt: skip


def documented() -> list[Any]:
    if not CONFORMANCE.is_dir():
        return [pytest.param({}, marks=needs_conformance)]
    found = json.loads(OPERATIONS.read_text("utf-8"))
    return [
        pytest.param(operation, id=f"{operation['root']}-{operation['line']}")
        for operation in found
        if operation["section"] in SECTIONS and not operation["document"].startswith("subscription")
    ]


World = dict[str, list[Any]]


@pytest.fixture
async def client(staff_client: StaffClient) -> Client:
    return await staff_client("admin")


@pytest.fixture
async def world(
    client: Client, staff_client: StaffClient, services: Services, org: Organization
) -> World:
    """Some of everything that the documents ask for, joined as they presume."""
    users = [(await staff_client("staff", name=f"User {n}")).user for n in range(4)]
    async with unit_of_work(services, org_id=org.id or 0) as ctx:

        async def keep(rows: list[Any]) -> list[Any]:
            for row in rows:
                row.organization_id = org.id
            ctx.session.add_all(rows)
            await ctx.session.flush()
            return rows

        language = org.default_language_id
        contacts = await keep(
            [
                Contact(
                    uuid=str(ctx.ids.uuid4()), name=f"Default Receiver {n}",
                    phone=f"9178348112{n:02}", language_id=language, is_simulator=n == 5,
                )
                for n in range(6)
            ]
        )  # fmt: skip
        contacts[4].status = "blocked"
        tags = await keep(
            [Tag(label=f"Tag {n}", shortcode=f"tag-{n}", language_id=language) for n in range(6)]
        )
        groups = await keep(
            [Group(uuid=str(ctx.ids.uuid4()), label=f"Group {n}") for n in range(4)]
        )
        messages = await keep(
            [
                Message(
                    uuid=str(ctx.ids.uuid4()), body="Default message body", flow="inbound",
                    sender_id=contacts[0].id, receiver_id=org.contact_id or 0,
                    contact_id=contacts[0].id, message_number=1, status="received",
                )
            ]
        )  # fmt: skip
        await keep([Location(contact_id=contacts[0].id, latitude=1.0, longitude=2.0)])
        await keep(
            [ContactHistory(contact_id=contacts[0].id, event_type="contact_flow_started",
                            event_label="Flow Started")]
        )  # fmt: skip
        await keep([ContactTag(contact_id=contacts[0].id, tag_id=tag.id) for tag in tags[2:4]])
        await keep([ContactTag(contact_id=contacts[2].id, tag_id=tags[0].id)])
        await keep([MessageTag(message_id=messages[0].id, tag_id=tag.id) for tag in tags[4:]])
        await keep([ContactGroup(contact_id=contacts[0].id, group_id=g.id) for g in groups[1:3]])
        await keep([ContactGroup(contact_id=contacts[2].id, group_id=groups[0].id)])
        await keep([UserGroup(user_id=users[0].id, group_id=g.id) for g in groups[1:3]])
        await keep([UserGroup(user_id=user.id, group_id=groups[0].id) for user in users[2:]])
        filed = await keep([MessageGroup(message_id=messages[0].id, group_id=groups[0].id)])
    return {
        "contact": contacts,
        "tag": tags,
        "group": groups,
        "message": messages,
        "user": users,
        "message_group": filed,
        "language": [type("Row", (), {"id": language})],
        "organization": [org],
    }


def ids(world: World, place: str) -> Any:
    """The id or ids that a `bind` names: `tag.id`, `tag[1].id`, `tag[0..3].id`, `... (Int)`."""
    found = re.fullmatch(r"(\w+)(?:\[(\d+)(?:\.\.(\d+))?\])?\.id( \(Int\))?", place)
    assert found, place
    rows = world[found[1]]
    first = int(found[2] or 0)
    if found[3]:
        return [str(row.id) for row in rows[first : int(found[3]) + 1]]
    return rows[first].id if found[4] else str(rows[first].id)


def bound(operation: dict[str, Any], world: World) -> dict[str, Any]:
    variables: dict[str, Any] = copy.deepcopy(operation["variables"])
    for path, place in operation["bind"].items():
        *way, last = path.split(".")
        target: Any = variables
        for step in way:
            target = target[int(step)] if step.isdigit() else target[step]
        target[int(last) if last.isdigit() else last] = ids(world, place)
    return variables


def assert_same_form(expected: Any, actual: Any, path: str) -> None:
    """The same keys at every place that both have."""
    if isinstance(expected, dict) and actual is not None:
        assert isinstance(actual, dict), path
        assert set(actual) == set(expected), path
        for key, value in expected.items():
            assert_same_form(value, actual[key], f"{path}.{key}")
    elif isinstance(expected, list) and actual is not None:
        assert isinstance(actual, list), path
        for value in actual if expected else ():
            assert_same_form(expected[0], value, path)
    elif isinstance(expected, str) and actual is not None:
        assert isinstance(actual, str), path


@pytest.mark.parametrize("operation", documented())
async def test_a_documented_operation_answers_as_documented(
    operation: dict[str, Any], client: Client, world: World
) -> None:
    answer = await client.execute(operation["document"], bound(operation, world))

    assert "errors" not in answer
    assert_same_form(operation["response_expected"]["data"], answer["data"], operation["root"])
    root = answer["data"][operation["root"]]
    if isinstance(root, dict) and "errors" in root:
        assert root["errors"] is None
    expected = operation["response_expected"]["data"][operation["root"]]
    if isinstance(expected, list):
        assert root != []
    if isinstance(expected, dict) and "numberDeleted" in expected:
        assert root["numberDeleted"] == expected["numberDeleted"]
