"""Search over the API."""

from __future__ import annotations

import json

import pytest

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.messages import service
from app.domain.messages.service import InboundMessage
from app.models import Organization
from tests.domain.test_messages import make_contact, outlet
from tests.graphql.conftest import StaffClient

__all__ = ["outlet"]

pytestmark = pytest.mark.usefixtures("outlet")

SEARCH = """query search($saveSearchInput: SaveSearchInput, $searchFilter: SearchFilter!,
  $contactOpts: Opts!, $messageOpts: Opts!) {
  search(filter: $searchFilter, saveSearchInput: $saveSearchInput, contactOpts: $contactOpts,
    messageOpts: $messageOpts) {
    id group { id } messages { body messageNumber tags { label } } contact { name }
  }
}"""
OPTS = {"contactOpts": {"limit": 25, "order": "DESC"}, "messageOpts": {"limit": 2}}


@pytest.fixture
async def asha(services: Services, org: Organization) -> int:
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        who = await make_contact(ctx)
        batch = [InboundMessage(who, body) for body in ("fever", "cough", "thanks")]
        await service.receive_messages(ctx, batch)
    return who


async def test_conversations_come_with_their_newest_messages(
    staff_client: StaffClient, asha: int
) -> None:
    client = await staff_client(role="staff")

    found = await client.data(SEARCH, {"searchFilter": {"term": "FEV"}, **OPTS})
    nothing = await client.data(SEARCH, {"searchFilter": {"term": "xyz"}, **OPTS})

    assert found["search"] == [
        {
            "id": f"contact_{asha}",
            "group": None,
            "contact": {"name": "Asha"},
            "messages": [
                {"body": "thanks", "messageNumber": 3, "tags": []},
                {"body": "cough", "messageNumber": 2, "tags": []},
            ],
        }
    ]
    assert nothing["search"] == []


async def test_a_search_is_kept_counted_and_run_again(staff_client: StaffClient, asha: int) -> None:
    client = await staff_client(role="manager")
    kept = {"label": "Fever", "shortcode": "fever"}
    listing = """{ savedSearches(filter: {label: "fev"}) { id label args count }
      countSavedSearches(filter: {label: "FEV"}) }"""

    await client.data(SEARCH, {"searchFilter": {"term": "fever"}, "saveSearchInput": kept, **OPTS})
    listed = await client.data(listing)
    saved = listed["savedSearches"][0]
    run = await client.data(SEARCH, {"searchFilter": {"savedSearchID": saved["id"]}, **OPTS})
    count = await client.data("query($id: ID!) { savedSearchCount(id: $id) }", {"id": saved["id"]})

    assert (saved["label"], saved["count"], listed["countSavedSearches"]) == ("Fever", 1, 1)
    assert json.loads(saved["args"]) == {
        "filter": {"term": "fever"},
        "contactOpts": {"limit": 25},
        "messageOpts": {"limit": 2},
    }
    assert [one["id"] for one in run["search"]] == [f"contact_{asha}"]
    assert count == {"savedSearchCount": 1}


async def test_a_saved_search_is_made_changed_and_removed(staff_client: StaffClient) -> None:
    client = await staff_client(role="manager")
    create = """mutation($input: SavedSearchInput!) { createSavedSearch(input: $input) {
      savedSearch { id label shortcode args } errors { key message } } }"""
    update = """mutation($id: ID!, $input: SavedSearchInput!) {
      updateSavedSearch(id: $id, input: $input) { savedSearch { label } errors { key } } }"""
    delete = """mutation($id: ID!) { deleteSavedSearch(id: $id) {
      savedSearch { id } errors { key message } } }"""
    given = {"label": "Mine", "shortcode": "Save Search", "args": '{"term": "Save this search"}'}

    made = await client.data(create, {"input": given})
    again = await client.data(create, {"input": given})
    id_ = made["createSavedSearch"]["savedSearch"]["id"]
    changed = await client.data(update, {"id": id_, "input": {"label": "Ours"}})
    gone = await client.data(delete, {"id": id_})
    missing = await client.data(delete, {"id": id_})

    args = json.loads(made["createSavedSearch"]["savedSearch"]["args"])
    assert args == {"term": "Save this search"}
    assert again["createSavedSearch"]["savedSearch"] is None
    assert again["createSavedSearch"]["errors"][0]["message"] == "has already been taken"
    assert changed["updateSavedSearch"] == {"savedSearch": {"label": "Ours"}, "errors": None}
    assert gone["deleteSavedSearch"] == {"savedSearch": None, "errors": None}
    assert missing["deleteSavedSearch"]["errors"] == [
        {"key": f"Elixir.Glific.Searches.SavedSearch {id_}", "message": "Resource not found"}
    ]


async def test_hits_are_of_four_kinds(staff_client: StaffClient, asha: int) -> None:
    client = await staff_client(role="staff")
    document = """query searchMulti($searchFilter: SearchFilter!, $contactOpts: Opts!,
      $messageOpts: Opts!) {
      searchMulti(filter: $searchFilter, contactOpts: $contactOpts, messageOpts: $messageOpts) {
        contacts { id name body contact { name } } messages { body contact { name } }
        labels { body } tags { body tags { label } } } }"""

    found = await client.data(document, {"searchFilter": {"term": "as"}, **OPTS})

    assert found["searchMulti"] == {
        "contacts": [
            {"id": str(asha), "name": "Asha", "body": "thanks", "contact": {"name": "Asha"}}
        ],
        "messages": [],
        "labels": [],
        "tags": [],
    }


async def test_the_counts_are_json_text_and_told_when_they_change(
    services: Services,
    staff_client: StaffClient,
    asha: int,
    org: Organization,
    other_org: Organization,
) -> None:
    client = await staff_client(role="staff")
    await services.redis.delete(f"told:counts:{org.id}")

    document = "query($id: ID) { collectionStats(organizationId: $id) }"
    stats = await client.data(document, {"id": org.id})
    refused = await client.execute(document, {"id": other_org.id})
    async with client.subscribe("subscription { collection_count }") as following:
        async with unit_of_work(services, org_id=org.id or 0) as ctx:
            await service.receive_message(ctx, InboundMessage(asha, "again"))
        told = await following()

    counts = json.loads(stats["collectionStats"])[str(org.id)]
    assert (counts["All"], counts["Unread"], counts["Optout"]) == (1, 1, 0)
    assert refused["errors"][0]["message"] == "Auth Credentials mismatch"
    assert json.loads(told["data"]["collection_count"])["collection"] == counts
