"""What people send to the organization's address over a socket, as staff read it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from sqlmodel import select

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat.accounts import ensure_account_for_contact
from app.domain.chat.typing import note_typing
from app.domain.contacts.service import resolve_contact
from app.domain.messages.service import OutboundMessage, queue_message
from app.models import ContactInbox, Message, Organization
from app.protocol import ns
from app.protocol.element import Element, child, child_text, name_of
from app.runner.contact import find_message
from app.xmpp.server.app import serve
from tests.conftest import Work
from tests.graphql.conftest import Client as Staff
from tests.graphql.conftest import StaffClient
from tests.xmpp.client import Client
from tests.xmpp.player import Player

pytestmark = pytest.mark.anyio

PHONE = "919876543210"
ORG = "asha@localhost"
MESSAGES = """{ messages(opts: {order: ASC, orderWith: "id"}) {
  body type flow status isRetracted
  media { url caption contentType } location { latitude longitude }
  contextMessage { body } interactiveContent
  revisions { body kind } reactions { emojis contact { phone } }
} }"""
PLAIN: dict[str, Any] = {
    "body": "",
    "type": "TEXT",
    "flow": "INBOUND",
    "status": "received",
    "isRetracted": False,
    "media": None,
    "location": None,
    "contextMessage": None,
    "interactiveContent": "{}",
    "revisions": [],
    "reactions": [],
}


class Person:
    """A contact of the organization at his phone."""

    def __init__(self, client: Client, contact_id: int) -> None:
        self.client = client
        self.contact_id = contact_id

    async def write(self, id_: str, inner: str) -> None:
        """The message is stored: its receipt has come."""
        await self.client.send(
            f"<message xmlns='jabber:client' to='{ORG}' type='chat' id='{id_}'>{inner}"
            "<request xmlns='urn:xmpp:receipts'/></message>"
        )
        receipt = await self.client.receive()
        assert child(receipt, "received", ns.RECEIPTS) is not None

    async def tell(self, inner: str) -> None:
        """A message that wants no receipt is dealt with."""
        await self.client.send(
            f"<message xmlns='jabber:client' to='{ORG}' type='chat' id='t'>{inner}</message>"
        )
        assert await self.client.barrier() == []


@asynccontextmanager
async def at_his_phone(services: Services, org_id: int) -> AsyncIterator[Person]:
    async with unit_of_work(services, org_id=org_id) as ctx:
        contact = await resolve_contact(ctx, PHONE, "Kiran")
        await ensure_account_for_contact(ctx, contact)
    async with serve(services) as running, AsyncExitStack() as stack:
        client = await Player(services, org_id, running.port, stack).connect(PHONE, "phone")
        await client.send("<presence xmlns='jabber:client'/>")
        await client.barrier()
        yield Person(client, contact.id)


@pytest.fixture
async def person(services: Services, org: Organization) -> AsyncIterator[Person]:
    async with at_his_phone(services, org.id) as person:
        yield person


@pytest.fixture
async def staff(staff_client: StaffClient) -> Staff:
    return await staff_client()


async def shown(staff: Staff) -> list[dict[str, Any]]:
    return list((await staff.data(MESSAGES))["messages"])


OOB = "<x xmlns='jabber:x:oob'><url>{}</url></x>"
PICTURE = "https://files.example/well.jpg"


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<body>Hello</body>", {"body": "Hello"}),
        (
            f"<body>{PICTURE}</body>{OOB.format(PICTURE)}",
            {
                "type": "IMAGE",
                "media": {"url": PICTURE, "caption": None, "contentType": "image/jpeg"},
            },
        ),
        (
            f"<body>Our well</body>{OOB.format(PICTURE)}",
            {
                "type": "IMAGE",
                "body": "Our well",
                "media": {"url": PICTURE, "caption": "Our well", "contentType": "image/jpeg"},
            },
        ),
        (
            "<body>http://localhost:4000/upload/t/s/voice.ogg</body>",
            {
                "type": "AUDIO",
                "media": {
                    "url": "http://localhost:4000/upload/t/s/voice.ogg",
                    "caption": None,
                    "contentType": "audio/ogg",
                },
            },
        ),
        (
            "<body>geo:26.9,75.8</body>",
            {
                "type": "LOCATION",
                "location": {"latitude": 26.9, "longitude": 75.8},
                "interactiveContent": '{"latitude":26.9,"longitude":75.8}',
            },
        ),
        (
            "<geoloc xmlns='http://jabber.org/protocol/geoloc'><lat>26.9</lat><lon>75.8</lon></geoloc>",
            {
                "type": "LOCATION",
                "location": {"latitude": 26.9, "longitude": 75.8},
                "interactiveContent": '{"latitude":26.9,"longitude":75.8}',
            },
        ),
        (
            "<action-selected xmlns='urn:xmpp:tmp:quick-response' id='Yes'/>",
            {
                "type": "QUICK_REPLY",
                "body": "Yes",
                "interactiveContent": '{"type":"quick_reply","title":"Yes"}',
            },
        ),
        (
            "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>"
            "<value>urn:samvad:choice</value></field>"
            "<field var='list'><value>Mon</value></field></x>",
            {
                "type": "LIST",
                "body": "Mon",
                "interactiveContent": '{"type":"list","title":"Mon","values":{"list":["Mon"]}}',
            },
        ),
    ],
    ids=["text", "picture", "caption", "upload", "geo", "geoloc", "action", "form"],
)
async def test_staff_read_what_people_send(
    person: Person, staff: Staff, inner: str, expected: dict[str, Any]
) -> None:
    await person.write("m1", inner)

    assert await shown(staff) == [PLAIN | expected]


async def test_a_flow_sees_where_the_sender_is(person: Person, work: Work) -> None:
    await person.write("m1", "<body>geo:26.9,75.8</body>")

    async with work() as ctx:
        row = (await ctx.session.scalars(select(Message))).one()
        found = await find_message(ctx, row.id)
    assert found is not None
    assert (found[1].kind, found[1].payload) == (
        "location",
        {"latitude": 26.9, "longitude": 75.8},
    )


async def test_a_reply_names_what_it_answers_and_is_the_answer_that_was_offered(
    person: Person, staff: Staff, work: Work
) -> None:
    """XEP-0461 3, XEP-0428 2.2: the quote goes, the answer stays."""
    offer = {"type": "quick_reply", "options": [{"title": "Yes"}, {"title": "No"}]}
    async with work() as ctx:
        sent = await queue_message(
            ctx,
            OutboundMessage(person.contact_id, "Rain?", "quick_reply", interactive_content=offer),
        )
    assert name_of(await person.client.receive()) == "message"

    await person.write(
        "m1",
        f"<body>&gt; Rain?\nYes</body><reply xmlns='urn:xmpp:reply:0' to='{ORG}' id='{sent.uuid}'/>"
        "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='8'/></fallback>",
    )
    await person.write("m2", "<body>Much</body><reply xmlns='urn:xmpp:reply:0' id='m1'/>")
    await person.write("m3", "<body>So</body><reply xmlns='urn:xmpp:reply:0' id='nothing'/>")

    assert (await shown(staff))[1:] == [
        PLAIN
        | {
            "type": "QUICK_REPLY",
            "body": "Yes",
            "contextMessage": {"body": "Rain?"},
            "interactiveContent": '{"type":"quick_reply","title":"Yes"}',
        },
        PLAIN | {"body": "Much", "contextMessage": {"body": "Yes"}},
        PLAIN | {"body": "So"},
    ]


async def test_a_correction_changes_the_message_and_keeps_what_it_said(
    person: Person, staff: Staff, work: Work
) -> None:
    """XEP-0308 3: also the second time, and a stanza that comes twice does it once."""
    replace = "<replace xmlns='urn:xmpp:message-correct:0' id='m1'/>"
    await person.write("m1", "<body>7 acres</body>")
    await person.write("m2", f"<body>8 acres</body>{replace}")
    await person.write("m2", f"<body>8 acres</body>{replace}")
    await person.write("m3", f"<body>9 acres</body>{replace}")

    assert await shown(staff) == [
        PLAIN
        | {
            "body": "9 acres",
            "revisions": [
                {"body": "7 acres", "kind": "correction"},
                {"body": "8 acres", "kind": "correction"},
            ],
        }
    ]
    async with work() as ctx:
        assert len((await ctx.session.scalars(select(ContactInbox))).all()) == 1


async def test_a_correction_of_what_nobody_knows_is_a_message(person: Person, staff: Staff) -> None:
    await person.write("m2", "<body>8</body><replace xmlns='urn:xmpp:message-correct:0' id='m1'/>")

    assert await shown(staff) == [PLAIN | {"body": "8"}]


async def test_a_message_that_is_withdrawn_is_empty_and_stays_so(
    person: Person, staff: Staff
) -> None:
    """XEP-0424 3: what it said is kept for who may look for it; words for others are not shown."""
    words = "<body>/me took it back</body><fallback xmlns='urn:xmpp:fallback:0' for='{0}'/>"
    words = words.format("urn:xmpp:message-retract:1")
    await person.write("m1", "<body>My PIN is 1234</body>")
    await person.tell(f"<retract xmlns='urn:xmpp:message-retract:1' id='m1'/>{words}")
    await person.tell(f"<retract xmlns='urn:xmpp:message-retract:1' id='nothing'/>{words}")

    withdrawn = PLAIN | {
        "isRetracted": True,
        "revisions": [{"body": "My PIN is 1234", "kind": "retraction"}],
    }
    assert await shown(staff) == [withdrawn]

    await person.write("m2", "<body>5</body><replace xmlns='urn:xmpp:message-correct:0' id='m1'/>")
    assert await shown(staff) == [withdrawn, PLAIN | {"body": "5"}]


async def test_the_last_reaction_replaces_all_before(
    person: Person, staff: Staff, work: Work
) -> None:
    """XEP-0444 3.2, 3.3: to what the organization sent and to one's own; none takes them back."""
    async with work() as ctx:
        sent = await queue_message(ctx, OutboundMessage(person.contact_id, "Rain!"))
    await person.client.receive()
    react = "<reactions xmlns='urn:xmpp:reactions:0' id='{}'>{}</reactions>"

    await person.tell(react.format(sent.uuid, "<reaction>👍</reaction><reaction>🌧</reaction>"))
    both = (await shown(staff))[0]["reactions"]
    await person.tell(react.format(sent.uuid, "<reaction>🌧</reaction>"))
    one = (await shown(staff))[0]["reactions"]
    await person.tell(react.format(sent.uuid, ""))
    none = (await shown(staff))[0]["reactions"]

    contact = {"phone": PHONE}
    assert (both, one, none) == (
        [{"emojis": ["👍", "🌧"], "contact": contact}],
        [{"emojis": ["🌧"], "contact": contact}],
        [],
    )


async def test_nobody_changes_what_another_wrote(
    person: Person, staff: Staff, services: Services, org: Organization, work: Work
) -> None:
    async with work() as ctx:
        other = await resolve_contact(ctx, "919876543211", "Ravi")
        sent = await queue_message(ctx, OutboundMessage(other.id, "For Ravi"))
    before = await shown(staff)

    await person.tell(f"<retract xmlns='urn:xmpp:message-retract:1' id='{sent.uuid}'/>")
    await person.tell(
        f"<reactions xmlns='urn:xmpp:reactions:0' id='{sent.uuid}'><reaction>!</reaction></reactions>"
    )
    await person.tell(f"<displayed xmlns='urn:xmpp:chat-markers:0' id='{sent.uuid}'/>")

    assert await shown(staff) == before


async def test_staff_are_told_of_a_correction(person: Person, staff: Staff) -> None:
    subscription = "subscription { updateMessageStatus { body revisions { body } } }"
    await person.write("m1", "<body>7</body>")
    async with staff.subscribe(subscription) as following:
        await person.write(
            "m2", "<body>8</body><replace xmlns='urn:xmpp:message-correct:0' id='m1'/>"
        )

        told = await following()

    assert told["data"] == {"updateMessageStatus": {"body": "8", "revisions": [{"body": "7"}]}}


async def test_receipts_and_markers_move_the_status(
    person: Person, staff: Staff, work: Work
) -> None:
    """XEP-0184 5.2 and XEP-0333 4: sent, delivered, read, and never back."""
    async with work() as ctx:
        sent = await queue_message(ctx, OutboundMessage(person.contact_id, "Rain!"))
    stanza = await person.client.receive()
    asked = [child(stanza, *what) is not None for what in
             (("request", ns.RECEIPTS), ("markable", ns.CHAT_MARKERS))]  # fmt: skip
    statuses = [(await shown(staff))[0]["status"]]
    for inner in (
        "<received xmlns='urn:xmpp:receipts' id='{}'/>",
        "<displayed xmlns='urn:xmpp:chat-markers:0' id='{}'/>",
        "<received xmlns='urn:xmpp:receipts' id='{}'/>",
    ):
        await person.tell(inner.format(sent.uuid))
        statuses.append((await shown(staff))[0]["status"])

    assert asked == [True, True]
    assert statuses == ["sent", "delivered", "read", "read"]


async def test_buttons_come_as_options_as_text_and_a_list_as_a_form(
    person: Person, work: Work
) -> None:
    """XEP-0439 3, XEP-0428 2.2, XEP-0004 3.2."""
    content = {
        "type": "list",
        "items": [{"title": "Day", "options": [{"title": "Mon"}, {"title": "Tue"}]}],
    }
    async with work() as ctx:
        await queue_message(
            ctx, OutboundMessage(person.contact_id, "When?", "list", interactive_content=content)
        )

    stanza = await person.client.receive()

    assert child_text(stanza, "body") == "When?\n\n• Mon\n• Tue"
    assert _marked(stanza) == ("urn:xmpp:tmp:quick-response", "5", "18")
    assert [one.get("value") for one in stanza.findall(f"{{{ns.QUICK_RESPONSE}}}response")] == [
        "Mon",
        "Tue",
    ]
    field = stanza.find(f"{{{ns.DATA_FORMS}}}x/{{{ns.DATA_FORMS}}}field[@type='list-single']")
    assert field is not None
    assert (field.get("var"), [one.get("label") for one in field]) == ("list", ["Mon", "Tue"])


def _marked(stanza: Element) -> tuple[str, str, str]:
    fallback = child(stanza, "fallback", ns.FALLBACK)
    assert fallback is not None
    return fallback.get("for", ""), fallback[0].get("start", ""), fallback[0].get("end", "")


async def test_the_organization_is_seen_to_write(person: Person, work: Work) -> None:
    """XEP-0085 5.1: by a resource that is there; nothing of it is kept (XEP-0334)."""
    async with work() as ctx:
        await note_typing(ctx, person.contact_id, "composing")

    stanza = await person.client.receive()

    assert (stanza.get("from"), [name_of(part) for part in stanza]) == (
        ORG,
        ["composing", "no-store"],
    )
