"""Each documented operation of messages, search and saved searches answers in its layout."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.messages import service
from app.domain.messages.service import InboundMessage, OutboundMessage
from app.domain.searches import service as searches
from app.models import MessageMedia, Organization
from tests.conftest import NOW
from tests.domain.test_messages import make_contact, outlet
from tests.domain.test_messages_staff import make_group, make_template
from tests.flows.shared import CONFORMANCE, needs_conformance
from tests.graphql.conftest import StaffClient

__all__ = ["outlet"]

pytestmark = pytest.mark.usefixtures("outlet")

_FILE = CONFORMANCE / "glific" / "operations.json"
SECTIONS = ("Messages", "Search", "Saved Searches")


def operations() -> list[Any]:
    """Queries and mutations of the sections; the live ones have tests of their own."""
    if not CONFORMANCE.is_dir():
        return [pytest.param({}, marks=needs_conformance, id="none")]
    listed = json.loads(_FILE.read_text())
    return [
        pytest.param(one, id=one["id"])
        for one in listed
        if one["section"] in SECTIONS and not one["id"].startswith("subscription")
    ]


@pytest.fixture
async def ids(services: Services, org: Organization) -> dict[str, Any]:
    """Rows that the samples' ids are replaced by."""
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        who = await make_contact(ctx, optin_time=NOW)
        received = await service.receive_message(ctx, InboundMessage(who, "Hello, def"))
        await service.queue_message(ctx, OutboundMessage(who, "Hello world"))
        saved = await searches.create_saved_search(
            ctx, {"label": "conv", "shortcode": "conv", "args": {"filter": {"term": "x"}}}
        )
        media = MessageMedia(
            organization_id=ctx.org_id, url="https://x/y", source_url="https://x/y"
        )
        ctx.session.add(media)
        await ctx.session.flush()
        assert received is not None
        return {
            "contact": who,
            "own": org.contact_id,
            "message": received.id,
            "saved": saved.id,
            "media": media.id,
            "group": await make_group(ctx, "Patients", who),
            "text": await make_template(ctx),
            "image": await make_template(ctx, label="I", shortcode="i", type="image"),
        }


def bound(operation: dict[str, Any], ids: dict[str, Any]) -> dict[str, Any]:
    """The sample's variables with ids that exist."""
    root = operation["root"]
    own = "saved" if "avedSearch" in root else "message"
    template = "image" if "message_media" in operation["needs"] else "text"
    names = {
        "id": own,
        "contactId": "contact",
        "receiverId": "contact",
        "senderId": "own",
        "templateId": template,
        "mediaId": "media",
        "groupId": "group",
        "savedSearchId": "saved",
    }

    def replaced(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {k: ids[names[k]] if k in names else replaced(v) for k, v in value.items()}

    found: dict[str, Any] = replaced(operation["variables"] or {})
    return found


@pytest.mark.parametrize("operation", operations())
async def test_a_documented_operation_answers_in_its_layout(
    staff_client: StaffClient, ids: dict[str, Any], operation: dict[str, Any]
) -> None:
    client = await staff_client()
    document = operation["document"].replace(
        'organizationId: "1"', f'organizationId: "{client.user.organization_id}"'
    )

    answer = await client.execute(document, bound(operation, ids))

    assert "errors" not in answer, answer
    expected = operation["response_expected"]["data"]
    assert set(answer["data"]) == set(expected)
    root = next(iter(expected))
    got, wanted = answer["data"][root], expected[root]
    if isinstance(wanted, dict) and isinstance(got, dict):
        assert set(got) == set(wanted)
        assert not got.get("errors")
