"""Every specification that the project promises: implemented, announced, and spoken in a script.

The rows are those of the priorities 0, 1 and 2; BOSH is none, and hats are the rooms' own.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import pytest

from app.core.services import Services
from app.models import Organization
from app.protocol.element import Element, child_text, children
from app.xmpp import specs
from app.xmpp.server.app import serve
from tests.xmpp.client import Client
from tests.xmpp.player import Player

pytestmark = pytest.mark.anyio

SCRIPTS: Final = Path(__file__).parent / "scripts"
INFO: Final = "http://jabber.org/protocol/disco#info"
DOMAIN: Final = "localhost"
ACCOUNT: Final = "kiran@localhost"
ORG: Final = "asha@localhost"
SERVICE: Final = "conference.localhost"
ROOM: Final = "tea@conference.localhost"
#: Number -> the address that announces it, and the feature (XEP-0030); None where the document
#: has another way, or none.
ROWS: Final[dict[str, tuple[str, str] | None]] = {
    "0004": (ORG, "jabber:x:data"),
    "0012": (DOMAIN, "jabber:iq:last"),
    "0016": (DOMAIN, "jabber:iq:privacy"),
    "0030": (DOMAIN, INFO),
    "0045": (SERVICE, "http://jabber.org/protocol/muc"),
    "0048": (ACCOUNT, "urn:xmpp:bookmarks:1#compat"),
    "0049": (DOMAIN, "jabber:iq:private"),
    "0054": (DOMAIN, "vcard-temp"),
    "0059": (ACCOUNT, "http://jabber.org/protocol/rsm"),
    "0060": (ACCOUNT, "http://jabber.org/protocol/pubsub"),
    "0066": (ORG, "jabber:x:oob"),
    "0077": (DOMAIN, "jabber:iq:register"),
    "0080": (ORG, "http://jabber.org/protocol/geoloc"),
    "0085": (DOMAIN, "http://jabber.org/protocol/chatstates"),
    "0092": (DOMAIN, "jabber:iq:version"),
    "0115": (DOMAIN, "http://jabber.org/protocol/caps"),
    "0128": None,  # forms of the answer itself
    "0153": None,  # in presence
    "0156": None,  # over HTTP: tests/rest/test_uploads.py
    "0157": None,  # a form
    "0160": (DOMAIN, "msgoffline"),
    "0163": (ACCOUNT, "http://jabber.org/protocol/pubsub#publish"),
    "0184": (DOMAIN, "urn:xmpp:receipts"),
    "0191": (DOMAIN, "urn:xmpp:blocking"),
    "0198": None,  # a stream feature
    "0199": (DOMAIN, "urn:xmpp:ping"),
    "0202": (DOMAIN, "urn:xmpp:time"),
    "0203": None,  # in stanzas
    "0222": (ACCOUNT, "http://jabber.org/protocol/pubsub#publish-options"),
    "0223": (ACCOUNT, "http://jabber.org/protocol/pubsub#publish-options"),
    "0232": None,  # a form
    "0249": (DOMAIN, "jabber:x:conference"),
    "0280": (DOMAIN, "urn:xmpp:carbons:2"),
    "0297": None,  # in stanzas
    "0308": (DOMAIN, "urn:xmpp:message-correct:0"),
    "0313": (ACCOUNT, "urn:xmpp:mam:2"),
    "0333": (DOMAIN, "urn:xmpp:chat-markers:0"),
    "0334": (DOMAIN, "urn:xmpp:hints"),
    "0352": None,  # a stream feature
    "0357": (ACCOUNT, "urn:xmpp:push:0"),
    "0359": (ACCOUNT, "urn:xmpp:sid:0"),
    "0363": (DOMAIN, "urn:xmpp:http:upload:0"),
    "0386": None,  # a stream feature
    "0388": None,  # a stream feature
    "0402": (ACCOUNT, "urn:xmpp:bookmarks:1#compat"),
    "0410": (ROOM, "http://jabber.org/protocol/muc#self-ping-optimization"),
    "0421": (ROOM, "urn:xmpp:occupant-id:0"),
    "0424": (DOMAIN, "urn:xmpp:message-retract:1"),
    "0425": (ROOM, "urn:xmpp:message-moderate:1"),
    "0428": (DOMAIN, "urn:xmpp:fallback:0"),
    "0439": (ORG, "urn:xmpp:tmp:quick-response"),
    "0444": (DOMAIN, "urn:xmpp:reactions:0"),
    "0461": (DOMAIN, "urn:xmpp:reply:0"),
}
#: Spoken by tests that a script cannot be: an organization's address needs a contact
#: (tests/graphql/test_org_address.py), host-meta comes over HTTP, forms are below.
NO_SCRIPT: Final = {"0066", "0080", "0128", "0156", "0157", "0232", "0439"}


@pytest.fixture
async def player(services: Services, org: Organization) -> AsyncIterator[Player]:
    async with serve(services) as running, AsyncExitStack() as stack:
        yield Player(services, org.id, running.port, stack)


async def ask(client: Client, to: str) -> Element:
    answer = await client.ask(
        f"<iq xmlns='jabber:client' to='{to}' type='get' id='d'><query xmlns='{INFO}'/></iq>"
    )
    assert answer.get("type") == "result", to
    return answer[0]


def test_every_promised_document_is_implemented_by_a_module() -> None:
    stated = {implements.document for _, implements in specs._rows()}

    assert {f"XEP-{number}" for number in ROWS} - stated == set()


def test_every_promised_document_is_spoken_in_a_script_that_names_it() -> None:
    named = {
        number
        for path in SCRIPTS.glob("*.txt")
        for number in re.findall(r"XEP-(\d{4})", path.read_text().partition("\n")[0])
    }

    assert set(ROWS) - NO_SCRIPT - named == set()


async def test_every_promised_document_is_announced_where_clients_look(player: Player) -> None:
    kiran = await player.connect("kiran", "phone")
    await kiran.send(
        f"<presence xmlns='jabber:client' to='{ROOM}/Kiran'>"
        "<x xmlns='http://jabber.org/protocol/muc'/></presence>"
    )
    await kiran.barrier()

    told = {
        to: {feature.get("var") for feature in children(await ask(kiran, to), "feature")}
        for to in (DOMAIN, ACCOUNT, ORG, SERVICE, ROOM)
    }

    wanted = [row for row in ROWS.values() if row is not None]
    assert [(to, feature) for to, feature in wanted if feature not in told[to]] == []


async def test_the_server_says_in_forms_whom_to_ask_and_what_it_is(player: Player) -> None:
    """XEP-0128 3, XEP-0157 2, XEP-0232 3, XEP-0363 3."""
    kiran = await player.connect("kiran", "phone")

    query = await ask(kiran, DOMAIN)

    forms = {
        child_text(form[0], "value"): [field.get("var") for field in form[1:]]
        for form in children(query, "x", "jabber:x:data")
    }
    assert forms == {
        "http://jabber.org/network/serverinfo": ["support-addresses"],
        "urn:xmpp:dataforms:softwareinfo": ["software", "software_version"],
        "urn:xmpp:http:upload:0": ["max-file-size"],
    }


#: What Converse.js asks of whom when it has logged in, besides tests/xmpp/scripts/converse_first_second.txt.
CONVERSE: Final = (
    ("get", "", "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
    ("get", "localhost", "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
    ("get", "localhost", "<query xmlns='http://jabber.org/protocol/disco#items'/>"),
    ("get", "conference.localhost", "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
    ("get", "muclight.localhost", "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
    ("get", "kiran@localhost", "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
    ("get", "kiran@localhost", "<query xmlns='http://jabber.org/protocol/disco#items'/>"),
    ("get", "asha@localhost", "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
    ("get", "asha@localhost", "<vCard xmlns='vcard-temp'/>"),
    ("get", "", "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>"),
    ("get", "localhost", "<ping xmlns='urn:xmpp:ping'/>"),
    ("get", "", "<prefs xmlns='urn:xmpp:mam:2'/>"),
    ("get", "localhost", "<services xmlns='urn:xmpp:extdisco:2'/>"),
    ("get", "localhost", "<query xmlns='jabber:iq:register'/>"),
    ("set", "localhost", "<command xmlns='http://jabber.org/protocol/commands' node='list'/>"),
    ("get", "nobody@localhost", "<vCard xmlns='vcard-temp'/>"),
    ("get", "elsewhere.example", "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
)


async def test_every_request_of_a_first_second_is_answered_once(player: Player) -> None:
    """RFC 6120 8.2.3: a result or an error, in any case an answer."""
    kiran = await player.connect("kiran", "converse")

    for number, (kind, to, child) in enumerate(CONVERSE):
        address = f" to='{to}'" if to else ""
        await kiran.send(
            f"<iq xmlns='jabber:client'{address} type='{kind}' id='q{number}'>{child}</iq>"
        )
    answers = [await kiran.receive() for _ in CONVERSE]

    assert sorted(int((answer.get("id") or "q")[1:]) for answer in answers) == list(
        range(len(CONVERSE))
    )
    assert {answer.get("type") for answer in answers} == {"result", "error"}
    assert await kiran.barrier() == []
