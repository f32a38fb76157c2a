"""XEP-0227: accounts go out as one document and come back from it as they were."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from lxml import etree
from sqlalchemy import delete, select

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import accounts, archive, private_storage, pubsub, roster, spool, vcards
from app.domain.chat.archive import Kept
from app.domain.chat.piefxis import PIE, export_host
from app.domain.chat.piefxis_import import BadDocument, Report, import_host
from app.models import Organization
from app.models.chat import ChatAccount, RosterItem
from app.protocol.sasl import scram
from app.protocol.xmlio import parse
from tests.conftest import NOW

pytestmark = pytest.mark.anyio

PASSWORD = "neem tree 7"
MESSAGE = (
    "<message xmlns='jabber:client' from='{}' to='{}' type='chat' id='m1'>"
    "<body>Rain &amp; sun</body></message>"
)


@pytest.fixture
async def full(services: Services, org: Organization) -> int:
    """Meera has some of everything; gives the organization's id."""
    async with unit_of_work(services, org_id=org.id) as ctx:
        account = await accounts.register(ctx, "meera", "localhost", PASSWORD)
        await accounts.register(ctx, "ravi", "localhost", PASSWORD)
        row = RosterItem(
            organization_id=org.id,
            account_id=account.id,
            jid="ravi@localhost",
            name="Ravi & co",
            subscription="both",
            groups=["Farm"],
        )
        ctx.session.add(row)
        await vcards.set_vcard(
            ctx, account, parse("<vCard xmlns='vcard-temp'><FN>Meera</FN></vCard>")
        )
        await private_storage.store(
            ctx, account.id, "{u:notes}notes", "<notes xmlns='u:notes'>x</notes>"
        )
        item = pubsub.Item("current", "<x xmlns='u'>mine</x>", "meera@localhost")
        await pubsub.publish(
            ctx, account.id, "urn:example", item, pubsub.Config("whitelist", max_items=3), ()
        )
        await spool.store(
            ctx, account.id, "m2", MESSAGE.format("ravi@localhost/web", "meera@localhost")
        )
        sent = MESSAGE.format("meera@localhost/web", "ravi@localhost")
        came = MESSAGE.format("ravi@localhost/web", "meera@localhost")
        kept = [
            Kept(account.id, "ravi@localhost", "a1", NOW - timedelta(days=2), sent, is_own=True),
            Kept(account.id, "ravi@localhost", "a2", NOW - timedelta(days=1), came, is_own=False),
        ]
        await archive.keep(ctx, kept)
    return org.id


async def exported(services: Services, org_id: int) -> str:
    return "".join([text async for text in export_host(services, org_id, "localhost")])


async def imported(services: Services, org_id: int, document: str) -> Report:
    return await import_host(services, org_id, "localhost", io.BytesIO(document.encode()))


async def names(services: Services, org_id: int) -> list[str]:
    async with unit_of_work(services, org_id=org_id) as ctx:
        rows = await ctx.session.scalars(select(ChatAccount).order_by(ChatAccount.username))  # type: ignore[arg-type]  # a column
        return [row.username for row in rows]


async def test_what_goes_out_comes_back_as_it_was(services: Services, full: int) -> None:
    document = await exported(services, full)
    async with unit_of_work(services, org_id=full) as ctx:
        await ctx.session.execute(delete(ChatAccount))

    report = await imported(services, full, document)

    assert (report.made, report.known, report.left_out) == (2, 0, [])
    # What waits is stamped once more each time that it is put away.
    again = await exported(services, full)
    strip = etree.XSLT(
        etree.XML(
            "<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'"
            f" xmlns:p='{PIE}' xmlns:d='urn:xmpp:delay'>"
            "<xsl:template match='@*|node()'><xsl:copy><xsl:apply-templates select='@*|node()'/>"
            "</xsl:copy></xsl:template><xsl:template match='p:offline-messages//d:delay'/>"
            "</xsl:stylesheet>"
        )
    )
    assert str(strip(etree.XML(again.encode()))) == str(strip(etree.XML(document.encode())))


async def test_who_comes_back_logs_in_with_the_same_password(services: Services, full: int) -> None:
    document = await exported(services, full)
    async with unit_of_work(services, org_id=full) as ctx:
        await ctx.session.execute(delete(ChatAccount))
    await imported(services, full, document)

    async with unit_of_work(services, org_id=full) as ctx:
        account = await accounts.find_account(ctx, "meera", "localhost")
        assert account is not None
        keys = accounts.keys_of(account)
        entries = await roster.list_entries(ctx, account.id)

    assert {name: scram.check_password(name, PASSWORD, keys[name]) for name in keys} == {
        "sha256": True,
        "sha1": True,
    }
    assert entries == [roster.Entry("ravi@localhost", "Ravi & co", "both", False, ("Farm",))]


async def test_the_document_is_of_the_standard_and_holds_no_password(
    services: Services, full: int
) -> None:
    root = etree.XML((await exported(services, full)).encode())

    assert root.tag == f"{{{PIE}}}server-data"
    assert [host.get("jid") for host in root] == ["localhost"]
    assert [user.get("name") for user in root[0]] == ["meera", "ravi"]
    assert {str(part.tag) for part in root[0][0]} == {
        "{urn:xmpp:pie:0#scram}scram-credentials", "{jabber:iq:roster}query",
        f"{{{PIE}}}offline-messages", "{vcard-temp}vCard", "{jabber:iq:private}query",
        "{http://jabber.org/protocol/pubsub#owner}pubsub", "{http://jabber.org/protocol/pubsub}pubsub",
        "{urn:xmpp:pie:0#mam}archive",
    }  # fmt: skip
    assert not root.xpath("//@password")


async def test_an_account_that_is_there_stays_as_it_is(services: Services, full: int) -> None:
    report = await imported(services, full, await exported(services, full))

    assert (report.made, report.known, report.left_out) == (0, 2, [])


def document(users: str, host: str = "localhost", namespace: str = PIE) -> str:
    return f"<server-data xmlns='{namespace}'><host jid='{host}'>{users}</host></server-data>"


async def test_a_password_of_another_server_is_kept_as_keys_only(
    services: Services, org: Organization
) -> None:
    """4.2: as short as it was, and in the drafts' namespace."""
    old = document(
        "<user name='Asha' password='abc'/>",
        namespace="http://www.xmpp.org/extensions/xep-0227.html#ns",
    )

    report = await imported(services, org.id, old)

    assert (report.made, report.left_out) == (1, [])
    async with unit_of_work(services, org_id=org.id) as ctx:
        account = await accounts.find_account(ctx, "asha", "localhost")
        assert account is not None
        assert scram.check_password("sha256", "abc", accounts.keys_of(account)["sha256"])


@pytest.mark.parametrize(
    ("users", "host", "told"),
    [
        ("<user name='a'><x xmlns='u'/></user>", "localhost", "a@localhost: {u}x is not known"),
        ("<user name='a'/>", "other.example", "a@other.example: is at another domain"),
        (
            "<user name='a'><query xmlns='jabber:iq:roster'><item jid='@@'/></query></user>",
            "localhost",
            "a: roster entry @@",
        ),
        (
            "<user name='a'><archive xmlns='urn:xmpp:pie:0#mam'>"
            "<result xmlns='urn:xmpp:mam:2' id='1'/></archive></user>",
            "localhost",
            "a: a message of the archive",
        ),
    ],
)  # fmt: skip
async def test_what_cannot_be_taken_is_told(
    services: Services, org: Organization, users: str, host: str, told: str
) -> None:
    report = await imported(services, org.id, document(users, host))

    assert report.left_out == [told]


@pytest.mark.parametrize(
    "users",
    [
        "<user/>",
        "<user name='group-1'/>",
        "<user name='a'><scram-credentials xmlns='urn:xmpp:pie:0#scram' mechanism='SCRAM-SHA-1'/></user>",
        "<user name='a'><scram-credentials xmlns='urn:xmpp:pie:0#scram' mechanism='SCRAM-SHA-1'>"
        "<iter-count>x</iter-count><salt>YQ==</salt><server-key>YQ==</server-key>"
        "<stored-key>YQ==</stored-key></scram-credentials></user>",
        "<user name='a'><offline-messages><message xmlns='jabber:client'>" + "<b>" * 70 + "</b>" * 70
        + "</message></offline-messages></user>",
    ],
    ids=["no name", "a room's name", "no keys", "no number", "too deep"],
)  # fmt: skip
async def test_an_account_that_cannot_be_is_left_out_whole(
    services: Services, org: Organization, users: str
) -> None:
    report = await imported(services, org.id, document(users + "<user name='good'/>"))

    assert (report.made, len(report.left_out)) == (1, 1)
    assert await names(services, org.id) == ["good"]


@pytest.mark.parametrize(
    "text",
    [
        "no XML",
        "<server-data>",
        "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
        + document("<user name='a'><vCard xmlns='vcard-temp'><FN>&b;</FN></vCard></user>")
        + "<",
    ],
)
async def test_what_is_no_document_is_refused(
    services: Services, org: Organization, text: str
) -> None:
    with pytest.raises(BadDocument):
        await imported(services, org.id, text)


async def test_an_entity_is_not_put_in(services: Services, org: Organization) -> None:
    text = "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/hostname'>]>" + document(
        "<user name='a'><vCard xmlns='vcard-temp'><FN>&a;</FN></vCard></user>"
    )

    report = await imported(services, org.id, text)

    async with unit_of_work(services, org_id=org.id) as ctx:
        cards = list(await ctx.session.scalars(select(vcards.ChatVcard)))
    assert (report.made, len(report.left_out), cards) == (0, 1, [])
