"""The REST API of end users' apps, over real HTTP, beside a real gateway."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select

from app.core.clock import FrozenClock
from app.core.uow import unit_of_work
from app.domain.chat import privacy
from app.models import Contact, Message, Organization
from app.models.chat import ChatAccount
from app.protocol.element import child_text
from app.xmpp.server.app import serve
from tests.rest.client_api import MEERA, MUCLIGHT, PASSWORD, RAVI, ZOYA, Api, next_of
from tests.xmpp.client import Client

pytestmark = pytest.mark.anyio


async def test_who_is_nobody_is_asked_for_basic(api: Api) -> None:
    plain = await api.http.get("/api/messages")
    wrong = await api.http.get("/api/messages", auth=(MEERA, "wrong"))
    bearer = await api.http.get("/api/messages", headers={"authorization": "Bearer x"})
    preflight = await api.http.request("OPTIONS", "/api/rooms")

    assert [a.status_code for a in (plain, wrong, bearer, preflight)] == [401, 401, 401, 200]
    assert plain.headers["www-authenticate"] == 'Basic realm="mongooseim"'


async def test_wrong_passwords_are_limited_as_at_login(api: Api) -> None:
    for _ in range(20):
        await api.http.get("/api/messages", auth=(MEERA, "wrong"))

    assert (
        await api.call(MEERA, "GET", "/messages"),
        await api.call(RAVI, "GET", "/messages"),
    ) == (
        (401, None),
        (200, []),
    )


async def test_pages_of_other_origins_may_call(api: Api) -> None:
    origin = {"origin": "https://app.example"}
    preflight = await api.http.request(
        "OPTIONS",
        "/api/contacts/x@localhost",
        headers=origin
        | {
            "access-control-request-method": "PUT",
            "access-control-request-headers": "authorization,content-type",
        },
    )
    refused = await api.http.get("/api/rooms", headers=origin)

    assert [preflight.status_code, refused.status_code] == [200, 401]
    for answer in (preflight, refused):
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert answer.headers["access-control-allow-credentials"] == "true"


async def test_a_message_is_in_both_archives(api: Api, clock: FrozenClock) -> None:
    ms = int(clock.now().timestamp() * 1000)

    status, sent = await api.call(MEERA, "POST", "/messages", {"to": RAVI, "body": "Rain?"})
    expected = {"to": RAVI, "from": MEERA, "id": sent["id"], "body": "Rain?", "timestamp": ms}

    assert status == 200
    assert await api.call(MEERA, "GET", f"/messages/{RAVI}") == (200, [expected])
    assert await api.call(RAVI, "GET", "/messages") == (200, [expected])
    assert await api.call(ZOYA, "GET", "/messages") == (200, [])
    assert await api.call(RAVI, "GET", f"/messages/{ZOYA}") == (200, [])
    assert await api.call(RAVI, "GET", f"/messages?before={ms}") == (200, [])
    assert await api.call(RAVI, "GET", f"/messages?before={ms + 1}") == (200, [expected])


async def test_a_page_is_the_newest_oldest_first(api: Api) -> None:
    for number in range(4):
        await api.call(MEERA, "POST", "/messages", {"to": RAVI, "body": str(number)})

    _, page = await api.call(RAVI, "GET", "/messages?limit=2")
    assert [one["body"] for one in page] == ["2", "3"]
    assert await api.call(RAVI, "GET", "/messages?limit=0") == (200, [])


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", "/messages", {"body": "x"}, (400, "Missing recipient JID")),
        ("POST", "/messages", {"to": "@@", "body": "x"}, (400, "Invalid recipient JID")),
        ("POST", "/messages", {"to": RAVI}, (400, "Missing message body")),
        ("GET", "/messages/@@", None, (400, "Invalid interlocutor JID")),
        ("GET", "/messages?limit=-1", None, (400, "Invalid limit")),
        ("GET", "/messages?before=x", None, (400, "Invalid value of before")),
        ("POST", "/rooms", {"subject": "x"}, (400, "Missing room name")),
        ("GET", "/rooms/none", None, (404, f"There is no room none@{MUCLIGHT}")),
        ("GET", "/rooms/a@elsewhere", None, (400, "Invalid MUC Light domain")),
        ("GET", "/rooms/none/messages?limit=501", None, (400, "Invalid limit")),
        ("POST", "/contacts", {"jid": "nobody@localhost"}, (404, "User does not exist")),
        ("POST", "/contacts", {}, (400, "Missing JID")),
        ("PUT", f"/contacts/{RAVI}", {"action": "x"}, (400, "Invalid action")),
        ("PUT", f"/contacts/{RAVI}", {"action": "invite"}, (404, "Contact not found")),
        ("DELETE", f"/contacts/{RAVI}", None, (404, "There is no such entry in the roster.")),
        ("GET", f"/contacts/{RAVI}", None, (404, "Not Found")),
    ],
)  # fmt: skip
async def test_refusals_are_json_strings(
    api: Api, method: str, path: str, body: Any, expected: tuple[int, str]
) -> None:
    assert await api.call(MEERA, method, path, body) == expected


async def test_json_that_is_none_is_refused(api: Api) -> None:
    answer = await api.http.post(
        "/api/messages",
        auth=(MEERA, PASSWORD),
        content=b"{",
        headers={"content-type": "application/json"},
    )

    assert (answer.status_code, answer.json()) == (400, "Invalid request body")


async def test_a_room_from_its_making_to_its_end(api: Api) -> None:
    status, made = await api.call(MEERA, "POST", "/rooms", {"name": "Wells", "subject": "Dry"})
    room = f"/rooms/{made['id']}"
    assert status == 201
    assert await api.call(MEERA, "GET", "/rooms") == (
        200,
        [{"id": made["id"], "name": "Wells", "subject": "Dry"}],
    )
    assert await api.call(RAVI, "GET", room) == (403, "You are no member of the room.")
    assert await api.call(MEERA, "POST", f"{room}/users", {"user": RAVI}) == (204, None)
    assert (await api.call(RAVI, "POST", f"{room}/users", {"user": ZOYA}))[0] == 403
    assert await api.call(RAVI, "GET", f"/rooms/{made['id']}@{MUCLIGHT}") == (
        200,
        {
            "name": "Wells",
            "subject": "Dry",
            "participants": [{"user": MEERA, "role": "owner"}, {"user": RAVI, "role": "member"}],
        },
    )
    settings = {"name": "Wells", "subject": "Full"}
    assert await api.call(RAVI, "PUT", f"{room}/config", settings) == (204, None)
    assert (await api.call(RAVI, "PUT", f"{room}/config", {"name": "x", "subject": "y"}))[0] == 403
    assert await api.call(RAVI, "DELETE", f"{room}/users/{MEERA}") == (
        403,
        "Only the owner changes this.",
    )
    assert await api.call(RAVI, "DELETE", f"{room}/users/{RAVI}") == (204, None)
    assert await api.call(RAVI, "GET", "/rooms") == (200, [])


async def test_a_room_of_a_chosen_id_is_made_once(api: Api) -> None:
    settings = {"name": "Wells", "subject": "Dry"}

    assert await api.call(MEERA, "PUT", "/rooms/wells", settings) == (201, {"id": "wells"})
    assert await api.call(RAVI, "PUT", "/rooms/wells", settings) == (403, "Room already exists")


async def test_what_is_said_in_a_room_is_kept(api: Api, clock: FrozenClock) -> None:
    ms = int(clock.now().timestamp() * 1000)
    await api.call(MEERA, "PUT", "/rooms/wells", {"name": "Wells", "subject": "Dry"})
    await api.call(MEERA, "POST", "/rooms/wells/users", {"user": RAVI})
    said = {"body": "Water!", "markable": True}
    _, first = await api.call(MEERA, "POST", "/rooms/wells/messages", said)
    marker = {"type": "displayed", "id": first["id"]}
    _, second = await api.call(RAVI, "POST", "/rooms/wells/messages", {"chat_marker": marker})

    status, found = await api.call(RAVI, "GET", "/rooms/wells/messages")

    news = {"type": "affiliation", "from": f"wells@{MUCLIGHT}", "timestamp": ms}
    assert (status, found) == (
        200,
        [
            {**news, "id": found[0]["id"], "user": MEERA, "affiliation": "owner"},
            {**news, "id": found[1]["id"], "user": RAVI, "affiliation": "member"},
            {
                "type": "message",
                "id": first["id"],
                "from": MEERA,
                "timestamp": ms,
                "body": "Water!",
                "markable": True,
            },
            {
                "type": "message",
                "id": second["id"],
                "from": RAVI,
                "timestamp": ms,
                "chat_marker": marker,
            },
        ],
    )
    assert await api.call(RAVI, "POST", "/rooms/wells/messages", {}) == (
        400,
        "No valid message elements",
    )
    assert (await api.call(ZOYA, "GET", "/rooms/wells/messages"))[0] == 403
    assert (await api.call(ZOYA, "POST", "/rooms/wells/messages", {"body": "x"}))[0] == 403


async def test_contacts_from_the_invitation_to_the_end(api: Api) -> None:
    def entry(jid: str, subscription: str, ask: str) -> tuple[int, list[dict[str, str]]]:
        return 200, [{"jid": jid, "subscription": subscription, "ask": ask}]

    assert await api.call(MEERA, "POST", "/contacts", {"jid": RAVI}) == (204, None)
    assert await api.call(MEERA, "GET", "/contacts") == entry(RAVI, "none", "none")
    assert await api.call(MEERA, "PUT", f"/contacts/{RAVI}", {"action": "invite"}) == (204, None)
    assert await api.call(MEERA, "GET", "/contacts") == entry(RAVI, "none", "out")
    assert await api.call(RAVI, "GET", "/contacts") == entry(MEERA, "none", "in")
    assert await api.call(RAVI, "PUT", f"/contacts/{MEERA}", {"action": "accept"}) == (204, None)
    assert await api.call(MEERA, "GET", "/contacts") == entry(RAVI, "to", "none")
    assert await api.call(RAVI, "GET", "/contacts") == entry(MEERA, "from", "none")
    removals = {"to_delete": [RAVI, ZOYA]}
    assert await api.call(MEERA, "DELETE", "/contacts", removals) == (
        200,
        {"not_deleted": [ZOYA]},
    )
    assert await api.call(MEERA, "GET", "/contacts") == (200, [])
    assert await api.call(RAVI, "GET", "/contacts") == entry(MEERA, "none", "none")


async def test_chat_and_rest_meet(api: Api, clock: FrozenClock) -> None:
    """REST to WebSocket, WebSocket to SSE, and a room to SSE."""
    us = int(clock.now().timestamp() * 1_000_000)
    async with serve(api.services) as running, api.listen(RAVI) as events:
        meera = await Client.login(running.port, cookie=api.token(MEERA), resource="web")
        await meera.send("<presence xmlns='jabber:client'/>")
        await meera.barrier()

        _, sent = await api.call(RAVI, "POST", "/messages", {"to": MEERA, "body": "Seeds?"})
        heard = await meera.receive()
        await meera.send(
            f"<message xmlns='jabber:client' type='chat' id='123' to='{RAVI}'>"
            "<body>Yes</body><thread parent='p'>t</thread>"
            "<properties xmlns='http://www.jivesoftware.com/xmlns/xmpp/properties'>"
            "<property><name>some_number</name><value type='integer'>123</value></property>"
            "<property><name>some_string</name><value type='string'>abc</value></property>"
            "</properties></message>"
        )
        answer = await next_of(events)
        await api.call(RAVI, "PUT", "/rooms/wells", {"name": "Wells", "subject": "Dry"})
        made = await next_of(events)
        _, said = await api.call(RAVI, "POST", "/rooms/wells/messages", {"body": "Water!"})
        shown = await next_of(events)
        await meera.close()

    assert (heard.get("id"), heard.get("from"), child_text(heard, "body")) == (
        sent["id"],
        RAVI,
        "Seeds?",
    )
    told = {
        "to": RAVI,
        "from": f"{MEERA}/web",
        "id": "123",
        "body": "Yes",
        "timestamp": us,
        "thread": "t",
        "parent": "p",
        "properties": {"some_number": "123", "some_string": "abc"},
    }
    assert answer == ("message", told)
    assert (made[0], made[1]["type"], made[1]["user"]) == ("room.message", "affiliation", RAVI)
    assert shown == (
        "room.message",
        {
            "type": "message",
            "id": said["id"],
            "from": RAVI,
            "timestamp": us,
            "body": "Water!",
            "room": "wells",
        },
    )
    archived = told | {"timestamp": us // 1000}
    _, found = await api.call(RAVI, "GET", f"/messages/{MEERA}")
    assert found[-1] == archived


async def test_what_waited_comes_when_the_stream_opens(api: Api) -> None:
    await api.call(MEERA, "POST", "/messages", {"to": RAVI, "body": "Seeds?"})

    async with api.listen(RAVI) as events:
        kind, event = await next_of(events)

    assert (kind, event["from"], event["body"]) == ("message", MEERA, "Seeds?")


async def test_streams_of_one_account_are_bounded(api: Api) -> None:
    async with (
        api.listen(RAVI),
        api.listen(RAVI),
        api.listen(RAVI),
        api.listen(RAVI),
        api.listen(RAVI),
    ):
        assert await api.call(RAVI, "GET", "/sse") == (429, "Too many event streams are open")


async def test_the_document_needs_no_other_server(api: Api) -> None:
    page, document = await api.http.get("/api-docs"), await api.http.get("/api-docs/swagger.json")

    assert (page.status_code, "http://" in page.text or "https://" in page.text) == (200, False)
    assert {
        f"{method.upper()} {path}"
        for path, methods in document.json()["paths"].items()
        for method in methods
    } == {
        "POST /api/messages",
        "GET /api/messages",
        "GET /api/messages/{with}",
        "GET /api/rooms",
        "POST /api/rooms",
        "GET /api/rooms/{id}",
        "PUT /api/rooms/{id}",
        "PUT /api/rooms/{id}/config",
        "POST /api/rooms/{id}/users",
        "DELETE /api/rooms/{id}/users/{user}",
        "POST /api/rooms/{id}/messages",
        "GET /api/rooms/{id}/messages",
        "GET /api/contacts",
        "POST /api/contacts",
        "PUT /api/contacts/{contact}",
        "DELETE /api/contacts/{contact}",
        "DELETE /api/contacts",
        "GET /api/sse",
    }


async def test_the_organization_hears_what_is_sent_to_its_address(
    api: Api, org: Organization
) -> None:
    async with unit_of_work(api.services, org_id=org.id or 0) as ctx:
        contact = Contact(
            organization_id=ctx.org_id,
            uuid=str(ctx.ids.uuid4()),
            name="Meera",
            phone="917834811999",
            language_id=org.default_language_id,
        )
        ctx.session.add(contact)
        await ctx.session.flush()
        account = await ctx.session.get(ChatAccount, api.accounts[MEERA].id)
        assert account is not None
        account.contact_id = contact.id

    status, sent = await api.call(
        MEERA, "POST", "/messages", {"to": "asha@localhost", "body": "Help"}
    )

    async with unit_of_work(api.services, org_id=org.id or 0) as ctx:
        stored = (await ctx.session.scalars(select(Message))).all()
    _, archived = await api.call(MEERA, "GET", "/messages/asha@localhost")
    assert (status, [(m.contact_id, m.body, m.flow) for m in stored]) == (
        200,
        [(contact.id, "Help", "inbound")],
    )
    assert [(one["id"], one["body"]) for one in archived] == [(sent["id"], "Help")]


async def test_who_is_blocked_writes_for_himself_only(api: Api, org: Organization) -> None:
    async with unit_of_work(api.services, org_id=org.id or 0) as ctx:
        await privacy.block(ctx, api.accounts[RAVI].id, [MEERA])

    status, _ = await api.call(MEERA, "POST", "/messages", {"to": RAVI, "body": "Rain?"})
    back, _ = await api.call(RAVI, "POST", "/messages", {"to": MEERA, "body": "No"})

    assert (status, back) == (200, 403)
    assert await api.call(RAVI, "GET", "/messages") == (200, [])
