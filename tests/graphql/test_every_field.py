"""Every field of the schema, walked: who may ask, and that no organization sees another."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import event
from starlette.applications import Starlette

from app.core.context import ROLES
from app.core.services import Services
from app.graphql.schema import UNEXPECTED
from app.models import Organization
from tests.graphql import walk
from tests.graphql.conftest import Client, Socket, StaffClient
from tests.graphql.two_worlds import (
    MINE,
    NOBODYS,
    THEIRS,
    WORDS,
    crossings,
    everything_of,
    furnish,
)

#: The lowest role that may ask. `none` may log in and see himself, and nothing else.
LOWEST = {
    "none": "currentUser",
    "staff": """
        accessRoles attachmentsEnabled bspbalance clearMessages collectionStats contact
        contactByPhone contactHistory contacts countContactHistory countContacts countGroups
        countInteractiveTemplates countLanguages countMessages countSavedSearches countTags
        countTickets createAndSendMessage createAndSendMessageToGroup
        createContactGroup createContactTag createMessage createMessageGroup createMessageTag
        compareFlowRevisions deleteMessageGroup exportCollection flow flowLabels flowRevision
        flowRevisions flows getContactUploadReport
        group groupInfo groups interactiveTemplate interactiveTemplates language
        languages markContactMessagesAsRead message messages organization organizationGroups
        organizationServices profile profiles roles savedSearch savedSearchCount savedSearches
        search searchMulti sendHsmMessage sendHsmMessageToGroup simulatorGet simulatorRelease
        startContactFlow tag tags terminateContactFlows ticket tickets updateContact
        updateContactGroups updateContactTags updateCurrentUser updateGroupContacts
        updateMessageTags updateProfile updateTicket user users
    """,
    "manager": """
        contactLocation contactsField contactsFields copyFlow copyInteractiveTemplate
        countContactsFields countFlowSessions countFlowTests countFlows
        countUsers countWebhookLogs createContact createContactsField createFlow createFlowTest
        createGroup createInteractiveTemplate createProfile createSavedSearch createTag createUserGroup
        deleteContact deleteContactsField deleteFlow deleteFlowTest deleteGroup
        deleteInteractiveTemplate deleteProfile deleteSavedSearch deleteTag deleteUser exportFlow
        exportInteractiveTemplate flowGet flowRelease flowSession flowSessions flowTest flowTests
        importContacts importFlow importInteractiveTemplate moveContacts
        optinContact optoutContact publishFlow recordFlowTest resetFlowCount restoreFlowRevision
        resumeContactFlow runFlowTests saveFlowRevision startGroupFlow translateInteractiveTemplate
        updateContactsField updateFlow updateFlowTest updateGroup updateGroupUsers
        updateInteractiveTemplate updateSavedSearch updateTag updateUser updateUserGroups
        webhookLogs
    """,
    "admin": """
        countProviders createCredential credential deleteMessage organizationStatus provider providers timezones
        updateCredential updateMessage updateOrganization
    """,
    "glific_admin": """
        countOrganizations createLanguage createOrganization createProvider
        deleteInactiveOrganization deleteLanguage deleteOrganization deleteProvider organizations
        resetOrganization updateLanguage updateOrganizationStatus updateProvider
    """,
}
FIELDS = {*walk.root_fields("query"), *walk.root_fields("mutation")}
ROLE_OF = {name: role for role, names in LOWEST.items() for name in names.split() if name in FIELDS}


@pytest.fixture
async def worlds(
    services: Services, org: Organization, other_org: Organization
) -> tuple[Organization, Organization]:
    """Both organizations with a row in every table."""
    await furnish(services, org, MINE)
    await furnish(services, other_org, THEIRS)
    return org, other_org


async def ask(client: Client, call: walk.Call, variables: dict[str, Any]) -> str:
    """The answer as text; a fault of ours or a leak ends the test."""
    text = json.dumps(await client.execute(call.document, variables))
    assert UNEXPECTED not in text, (call.name, variables)
    assert f"{WORDS[THEIRS]}-" not in text, (call.name, variables, text)
    return text


def strangers(kind: str, name: str) -> list[tuple[walk.Call, dict[str, Any]]]:
    """Calls in which one id after the other, or all, are another organization's or nobody's."""
    found = []
    for full in (True, False):
        call = walk.call(kind, name, full=full)
        for id_ in (THEIRS, NOBODYS):
            found += [(call, call.with_ids({place: id_}, MINE)) for place in call.places]
            found.append((call, call.with_ids({}, id_)))
    return found


async def statements_of_each_query(client: Client) -> dict[str, int]:
    """How many statements each query takes with as little as it needs said."""
    found = {}
    seen: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        seen.append(statement)

    engine = client.services.db.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        for name in walk.root_fields("query"):
            seen.clear()
            call = walk.call("query", name, bare=True)
            await client.execute(call.document, call.with_ids({}, MINE))
            found[name] = len([line for line in seen if "login_tokens" not in line])
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return found


def test_every_field_has_a_lowest_role() -> None:
    assert FIELDS - set(ROLE_OF) == set()


@pytest.mark.parametrize("kind", ["query", "mutation"])
async def test_a_field_refuses_the_role_below_its_own(staff_client: StaffClient, kind: str) -> None:
    clients = {role: await staff_client(role) for role in ROLES}

    for name in walk.root_fields(kind):
        call = walk.call(kind, name, bare=True)
        for role in ROLES[: ROLES.index(ROLE_OF[name])]:
            answer = await clients[role].execute(call.document, call.with_ids({}, NOBODYS))
            refusal = [(e["message"], e["path"]) for e in answer.get("errors", ())]
            assert (answer["data"], refusal) == ({name: None}, [("Unauthorized", [name])])


async def test_a_field_admits_its_lowest_role(staff_client: StaffClient) -> None:
    clients = {role: await staff_client(role) for role in ROLES}

    for name, role in ROLE_OF.items():
        kind = "query" if name in walk.root_fields("query") else "mutation"
        call = walk.call(kind, name, bare=True)
        answer = await clients[role].execute(call.document, call.with_ids({}, NOBODYS))
        assert "Unauthorized" not in json.dumps(answer), name


@pytest.mark.parametrize(
    ("role", "organization_id", "message"),
    [("none", None, "Unauthorized"), ("admin", THEIRS, "Auth Credentials mismatch")],
)
async def test_no_subscription_begins_for_who_may_not_listen(
    staff_client: StaffClient,
    app: Starlette,
    role: str,
    organization_id: int | None,
    message: str,
) -> None:
    client = await staff_client(role)
    subscriptions = walk.root_fields("subscription")

    async with Socket(app).opened(client.token) as socket:
        for name in subscriptions:
            call = walk.call("subscription", name)
            payload = {"query": call.document, "variables": {"organizationId": organization_id}}
            await socket.send({"id": name, "type": "subscribe", "payload": payload})
            answer = await socket.receive()
            assert answer == {
                "id": name,
                "type": "next",
                "payload": {"data": None, "errors": [{"message": message}]},
            }
            assert await socket.receive() == {"id": name, "type": "complete"}


async def test_no_query_tells_of_another_organization(
    staff_client: StaffClient, worlds: tuple[Organization, Organization]
) -> None:
    client = await staff_client("admin")

    for name in walk.root_fields("query"):
        for call, variables in strangers("query", name):
            await ask(client, call, variables)
        own = walk.call("query", name, bare=True)
        await ask(client, own, own.with_ids({}, MINE))


@pytest.mark.parametrize("kind", ["query", "mutation"])
async def test_no_value_of_a_client_is_a_fault_of_ours(
    staff_client: StaffClient, worlds: tuple[Organization, Organization], kind: str
) -> None:
    client = await staff_client("glific_admin")
    rounds = max(map(len, walk.HOSTILE.values()))
    names = sorted(walk.root_fields(kind), key=lambda name: name.startswith(("delete", "reset")))

    for number in range(rounds):
        samples = {type_: values[number % len(values)] for type_, values in walk.HOSTILE.items()}
        for name in names:
            call = walk.call(kind, name, full=True, samples=samples)
            answer = await client.post(
                {"query": call.document, "variables": call.with_ids({}, MINE)}
            )
            assert (answer.status_code, UNEXPECTED in answer.text) == (200, False), (name, number)


async def test_no_query_asks_the_database_once_for_each_row(
    staff_client: StaffClient, services: Services, org: Organization
) -> None:
    client = await staff_client("admin")
    await furnish(services, org, MINE)
    alone = await statements_of_each_query(client)

    for number in range(1, 6):
        await furnish(services, org, MINE + number)

    # Loaders may meet in one batch or in two; a query for each row would be at least five more.
    now = await statements_of_each_query(client)
    assert {name: count for name, count in now.items() if count >= alone[name] + 5} == {}


async def test_no_mutation_touches_another_organization(
    staff_client: StaffClient, services: Services, worlds: tuple[Organization, Organization]
) -> None:
    client = await staff_client("admin")
    before = await everything_of(services, worlds[1])
    names = sorted(walk.root_fields("mutation"), key=lambda name: name.startswith("delete"))

    for name in names:
        for call, variables in strangers("mutation", name):
            await ask(client, call, variables)
        assert (name, await everything_of(services, worlds[1])) == (name, before)
        assert (name, await crossings(services)) == (name, [])
    for name in names:
        own = walk.call("mutation", name, full=True)
        await ask(client, own, own.with_ids({}, MINE))

    assert await everything_of(services, worlds[1]) == before
    assert await crossings(services) == []
