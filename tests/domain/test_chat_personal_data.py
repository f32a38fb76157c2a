"""What an account has left can be had as a file; who has not come for long can be listed."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlmodel import SQLModel, col, select

from app.core.errors import Invalid, NotFound
from app.core.services import Services
from app.domain.chat import accounts, bans, last_activity, personal_data, personal_files
from app.domain.chat.last_activity import Seen
from app.domain.chat.personal_data import SECTIONS, Whose
from app.domain.contacts.service import resolve_contact
from app.models import Organization
from app.models.chat import ChatArchive, ChatRoomArchive
from tests.conftest import NOW, Work
from tests.domain.chat_belongings import OTHER, PASSWORD, WHO, leave_everything

pytestmark = pytest.mark.anyio

#: Tables of the chat server that hold nothing of an account besides what sections of others show.
NOT_THEIRS = {"chat_accounts", "chat_domains", "chat_rooms"}


@pytest.fixture
async def kiran(work: Work) -> Whose:
    async with work() as ctx:
        await leave_everything(ctx)
        return await personal_data.whose(ctx, "kiran", "localhost")


async def test_every_table_that_can_hold_something_has_a_section() -> None:
    """A new table of what people leave must be exported, too."""
    tables = {name for name in SQLModel.metadata.tables if name.startswith("chat_")}

    assert {section.model.__tablename__ for section in SECTIONS} == tables - NOT_THEIRS


async def test_an_export_holds_what_the_account_left_and_nothing_of_others(
    services: Services, kiran: Whose, tmp_path: Path
) -> None:
    told: list[int] = []
    written = await personal_files.export(services, kiran, tmp_path / "kiran.json", told.append)

    found = json.loads((tmp_path / "kiran.json").read_text())
    assert list(found) == ["account", *(section.name for section in SECTIONS)]
    assert all(found.values()), "leave_everything leaves something for each section"
    assert written == sum(told) == sum(len(rows) for rows in found.values())
    assert found["archive"] == [
        {
            "peer": OTHER,
            "stanza_id": "m1",
            "sent_at": NOW.isoformat(),
            "stanza": f"<message from='{OTHER}'><body>Hi</body></message>",
        }
    ]
    assert [row["room"] for row in found["rooms"]] == [
        "own@conference.localhost",
        "his@conference.localhost",
        "alone@conference.localhost",
        "farm@muclight.localhost",
    ]
    assert [(row["node"], row["item_id"]) for row in found["items"]] == [("urn:n", "a")]
    assert found["uploads"][0]["url"].startswith("http://localhost:4000/upload/kirans-file/")
    assert (tmp_path / "kiran.json").stat().st_mode & 0o777 == 0o600


async def test_an_export_says_who_it_is_and_keeps_the_keys(
    work: Work, services: Services, tmp_path: Path
) -> None:
    async with work() as ctx:
        contact = await resolve_contact(ctx, "919876543210")
        contact.name = "Kiran"
        made = await accounts.register(ctx, contact.phone, "localhost", PASSWORD, contact.id)
        await bans.ban(ctx, contact.phone, "localhost", "Insults", NOW + timedelta(days=1))
        whose = await personal_data.whose(ctx, contact.phone, "localhost")
    await personal_files.export(services, whose, tmp_path / "k.json")

    text = (tmp_path / "k.json").read_text()
    [account] = json.loads(text)["account"]
    ban = {
        "reason": "Insults",
        "since": NOW.isoformat(),
        "until": (NOW + timedelta(days=1)).isoformat(),
    }
    assert account == {
        "address": "919876543210@localhost",
        "made_at": made.inserted_at.isoformat(),
        "has_password": True,
        "ban": ban,
        "contact": {"name": "Kiran", "phone": "919876543210"},
    }
    assert made.scram_sha256 is not None
    assert made.scram_sha256["stored_key"] not in text


async def test_a_zip_has_the_files_as_well(
    services: Services, kiran: Whose, tmp_path: Path
) -> None:
    await personal_files.export(services, kiran, tmp_path / "kiran.zip")

    with zipfile.ZipFile(tmp_path / "kiran.zip") as found:
        names = found.namelist()
        picture = found.read("uploads/kirans-f-a.png")
        rooms = json.loads(found.read("rooms.json"))
    sections = [f"{name}.json" for name in ("account", *(section.name for section in SECTIONS))]
    assert names == [*sections, "uploads/kirans-f-a.png"]
    assert (picture, len(rooms)) == (b"a picture", 4)


async def test_a_long_archive_is_read_in_pages(
    work: Work, services: Services, kiran: Whose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(personal_data, "PAGE", 2)
    async with work() as ctx:
        ctx.session.add_all(
            ChatArchive(
                organization_id=ctx.org_id,
                account_id=kiran.account_id,
                peer=OTHER,
                stanza_id=f"n{n}",
                stanza="<message/>",
            )
            for n in range(4)
        )

    pages = [rows async for name, rows in personal_data.pages(services, kiran) if name == "archive"]

    ids = [[row["stanza_id"] for row in rows] for rows in pages]
    assert ids == [["m1", "n0"], ["n1", "n2"], ["n3"]]


async def test_what_cannot_be_exported_leaves_no_file(
    work: Work, services: Services, kiran: Whose, other_org: Organization, tmp_path: Path
) -> None:
    with pytest.raises(Invalid) as refusal:
        await personal_files.export(services, kiran, tmp_path / "kiran.txt")
    with pytest.raises(AssertionError):
        stranger = Whose(other_org.id, kiran.account_id + 1000, WHO)
        await personal_files.export(services, stranger, tmp_path / "stranger.json")
    with pytest.raises(NotFound):
        async with work(org_id=other_org.id) as ctx:
            await personal_data.whose(ctx, "kiran", "localhost")

    assert refusal.value.key == "path"
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == []


async def test_a_contacts_account_is_called_by_his_phone(work: Work) -> None:
    async with work() as ctx:
        contact = await resolve_contact(ctx, "919876543210")
        made = await accounts.ensure_account_for_contact(ctx, contact)
        again = await accounts.ensure_account_for_contact(ctx, contact)

    assert (made.username, made.domain, made.contact_id) == (
        "919876543210",
        "localhost",
        contact.id,
    )
    assert again.id == made.id


async def test_a_contact_keeps_the_name_that_was_chosen(work: Work) -> None:
    async with work() as ctx:
        contact = await resolve_contact(ctx, "919876543210")
        chosen = await accounts.register(ctx, "kiran", "localhost", PASSWORD, contact.id)
        found = await accounts.ensure_account_for_contact(ctx, contact)

    assert (found.id, found.username) == (chosen.id, "kiran")


async def test_accounts_that_nobody_uses_are_listed(work: Work) -> None:
    """Never there counts from the making; pages go on after a number."""
    async with work() as ctx:
        for name in ("anil", "bina", "charu", "devi"):
            made = await accounts.register(ctx, name, "localhost", PASSWORD)
            made.inserted_at = NOW - timedelta(days=40)
        await last_activity.set_last(ctx, "bina", "localhost", Seen(NOW - timedelta(days=31)))
        await last_activity.set_last(
            ctx, "charu", "localhost", Seen(NOW - timedelta(days=5), "Bye")
        )
    async with work() as ctx:
        before = NOW - timedelta(days=30)
        first = await last_activity.list_unused(ctx, before, "localhost", limit=2)
        rest = await last_activity.list_unused(ctx, before, after=first[-1].account_id)
        elsewhere = await last_activity.list_unused(ctx, before, "farm.example")
        count = await last_activity.count_unused(ctx, before)
        active = await last_activity.count_active(ctx, before, "localhost")
        seen = await last_activity.get_last(ctx, "charu", "localhost")
        never = await last_activity.get_last(ctx, "devi", "localhost")

    assert [(one.account, one.seen_at) for one in first] == [
        ("anil@localhost", None),
        ("bina@localhost", NOW - timedelta(days=31)),
    ]
    assert [one.account for one in rest] == ["devi@localhost"]
    assert (elsewhere, count, active) == ([], 3, 1)
    assert (seen, never) == (Seen(NOW - timedelta(days=5), "Bye"), None)


async def test_what_one_person_said_is_found_without_reading_all_rooms(work: Work) -> None:
    """The export and the end of an account ask by sender (docs/operations.md)."""
    section = next(one for one in SECTIONS if one.name == "room_messages")
    said = (
        select(ChatRoomArchive.id)
        .where(section.is_theirs(Whose(1, 1, WHO)), col(ChatRoomArchive.id) > 7)
        .order_by(col(ChatRoomArchive.id))
        .limit(500)
    )
    async with work() as ctx:
        # An empty table is read faster than any index.
        await ctx.session.execute(text("SET LOCAL enable_seqscan = off"))
        compiled = said.compile(
            dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}
        )
        plan = (await ctx.session.scalars(text(f"EXPLAIN {compiled}"))).all()

    assert "ix_chat_room_archive_sender" in "\n".join(plan)
