"""One account that has left something in every table that can name it."""

from __future__ import annotations

from sqlalchemy import text
from sqlmodel import SQLModel

from app.core.context import Ctx
from app.domain.chat import accounts, rooms, rooms_light
from app.domain.chat.uploads import place_of
from app.models import chat
from tests.conftest import NOW

PASSWORD = "neem tree 7"
WHO = "kiran@localhost"
OTHER = "ravi@localhost"
#: Other people's copies of what was said to them.
THEIRS = ("chat_archive", "chat_inbox", "chat_spool")


async def leave_everything(ctx: Ctx) -> int:
    """The number of kiran's account, of which every chat table that can has a row or more."""
    kiran = await accounts.register(ctx, "kiran", "localhost", PASSWORD)
    ravi = await accounts.register(ctx, "ravi", "localhost", PASSWORD)
    for room in ("own@conference.localhost", "his@conference.localhost"):
        await rooms.create_room(ctx, room, WHO if room.startswith("own") else OTHER)
    await rooms.set_affiliation(ctx, "own@conference.localhost", OTHER, "member")
    await rooms.set_affiliation(ctx, "his@conference.localhost", WHO, "admin", "Helps")
    await rooms.create_room(ctx, "alone@conference.localhost", WHO)
    await rooms.register_nick(ctx, "his@conference.localhost", WHO, "Kiran")
    await rooms_light.create_light(ctx, "farm@muclight.localhost", WHO, {}, [OTHER])
    his = await rooms.get_room(ctx, "his@conference.localhost")
    farm = await rooms_light.get_light(ctx, "farm@muclight.localhost")
    ctx.session.add_all(_rows_of(ctx, kiran.id, ravi.id))
    ctx.session.add_all(_room_rows(ctx, his.id, farm.id))
    nodes = [
        chat.ChatPubsubNode(
            organization_id=ctx.org_id, account_id=owner, name="urn:n", whitelist=[WHO, OTHER]
        )
        for owner in (kiran.id, ravi.id)
    ]
    ctx.session.add_all(nodes)
    await ctx.session.flush()
    ctx.session.add_all(
        chat.ChatPubsubItem(
            organization_id=ctx.org_id, node_id=node.id, item_id="a", publisher=f"{WHO}/phone",
            payload="<a/>",
        )
        for node in nodes
    )  # fmt: skip
    file = place_of(ctx.services.config, "kirans-file")
    file.parent.mkdir(parents=True)
    file.write_bytes(b"a picture")
    await ctx.session.flush()
    return kiran.id


def _rows_of(ctx: Ctx, kiran: int, ravi: int) -> list[SQLModel]:
    rows: list[SQLModel] = []
    for own, peer, token in ((kiran, OTHER, "kirans-file"), (ravi, WHO, "ravis-file")):
        whose = {"organization_id": ctx.org_id, "account_id": own}
        stanza = f"<message from='{peer}'><body>Hi</body></message>"
        message = {"peer": peer, "stanza_id": "m1", "stanza": stanza}
        rows += [
            chat.ChatArchive(**whose, **message, sent_at=NOW),
            chat.ChatInboxEntry(**whose, **message, last_at=NOW),
            chat.ChatSpool(**whose, stanza_id="m1", stanza=stanza, stored_at=NOW),
            chat.RosterItem(**whose, jid=peer, subscription="both", groups=["Farm"]),
            chat.ChatVcard(**whose, xml="<vCard/>"),
            chat.ChatPrivate(**whose, name="{urn:x}x", xml="<x/>"),
            chat.ChatPrivacyList(
                **whose, name="l", is_default=True,
                items=[
                    {"type": "jid", "value": value, "action": "deny", "order": order, "kinds": []}
                    for order, value in enumerate([peer, f"{peer}/phone", "x@localhost"])
                ],
            ),
            chat.ChatArchivePreference(**whose, always=[peer, "x@localhost"], never=[peer]),
            chat.ChatLastActivity(**whose, seen_at=NOW, status="Gone"),
            chat.ChatFastToken(**whose, agent="a", mechanism="HT-SHA-256-NONE", nonce="n"),
            chat.ChatPushSession(**whose, service="push.example", node="n"),
            chat.ChatUpload(
                **whose, token=token, filename="a.png", content_type="image/png", size_bytes=9,
                asked_at=NOW, stored_at=NOW,
            ),
        ]  # fmt: skip
    return rows


def _room_rows(ctx: Ctx, his: int, farm: int) -> list[SQLModel]:
    of = {"organization_id": ctx.org_id}
    return [
        chat.ChatRoomSubscriber(**of, room_id=his, jid=WHO, nick="Kiran"),
        chat.ChatRoomBlock(**of, owner=WHO, what="user", jid=OTHER),
        chat.ChatRoomBlock(**of, owner=OTHER, what="user", jid=WHO),
        chat.ChatRoomNick(**of, place="conference.localhost", jid=WHO, nick="K"),
        chat.ChatSharedGroup(**of, domain="localhost", name="all", members=[WHO, OTHER]),
        chat.ChatRoomArchive(
            **of, room_id=his, stanza_id="r1", nick="Kiran", sender=WHO, sent_at=NOW,
            stanza='<message from="his@conference.localhost/Kiran"><body>Hi</body></message>',
        ),
        chat.ChatRoomArchive(
            **of, room_id=farm, stanza_id="r1", nick=WHO, sender=WHO, sent_at=NOW,
            stanza=f'<message from="farm@muclight.localhost/{WHO}"><body>Hi</body></message>',
        ),
    ]  # fmt: skip


async def naming(ctx: Ctx, account_id: int) -> dict[str, int]:
    """Table -> how many of its rows are the account's or hold its address, of those that have any."""
    found = {}
    for table in SQLModel.metadata.sorted_tables:
        if not table.name.startswith("chat_"):
            continue
        own = " OR account_id = :id" if "account_id" in table.c else ""
        own += " OR id = :id" if table.name == "chat_accounts" else ""
        statement = f"SELECT count(*) FROM {table.name} AS t WHERE strpos(t::text, :who) > 0{own}"
        count = await ctx.session.scalar(text(statement), {"who": WHO, "id": account_id})
        if count:
            found[table.name] = int(count)
    return found
