"""A small organization in which every documented operation finds what it needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from app.core.context import Ctx
from app.core.crypto import hash_password
from app.domain.login.codes import send_code
from app.domain.login.tokens import TokenPair, issue_tokens
from app.models import (
    Contact,
    ContactGroup,
    ContactHistory,
    ContactTag,
    Flow,
    FlowRevision,
    FlowSession,
    Group,
    Language,
    Location,
    Message,
    MessageGroup,
    MessageMedia,
    MessageTag,
    Organization,
    SavedSearch,
    SessionTemplate,
    Tag,
    User,
    UserGroup,
)

#: The phone of the documented login examples.
PHONE = "911234554321"
PASSWORD = "secret1234"
UUID = "3fa22108-f464-41e5-81d9-d8a298854429"
FLOW_UUID = "9a2788e1-26cd-44d0-8868-d8f0552a08a6"


@dataclass
class World:
    """Rows by the name that the conformance data gives their kind."""

    rows: dict[str, list[Any]] = field(default_factory=dict)
    tokens: TokenPair | None = None
    user_tokens: TokenPair | None = None


async def _add(ctx: Ctx, world: World, kind: str, *rows: Any) -> list[Any]:
    for row in rows:
        if hasattr(row, "organization_id"):
            row.organization_id = ctx.org_id
        ctx.session.add(row)
    await ctx.session.flush()
    world.rows.setdefault(kind, []).extend(rows)
    return list(rows)


async def fill(ctx: Ctx, org: Organization, second: Organization, *, has_user: bool) -> World:
    """Make the world within one unit of work. `has_user`: whether PHONE is a user already."""
    world, now = World(), ctx.clock.now()
    world.rows["organization"] = [org, second]
    languages = await _languages(ctx, world, org)
    contacts = await _contacts(ctx, world, org)
    groups = await _add(
        ctx, world, "group", *(Group(label=f"Group {n}", uuid=f"{n}{UUID[1:]}") for n in range(7))
    )
    tags = await _add(
        ctx,
        world,
        "tag",
        *(
            Tag(label=f"Tag {n}", shortcode=f"tag{n}", language_id=languages[0].id)
            for n in range(8)
        ),
    )
    tags[0].parent_id = tags[7].id
    tags[0].is_value = True
    await _users(ctx, world, contacts, has_user=has_user)
    await _media_and_messages(ctx, world, org, contacts)
    await _add(
        ctx,
        world,
        "contact_group",
        *(
            ContactGroup(contact_id=contact.id, group_id=group.id)
            for contact in contacts[:2]
            for group in groups[:3]
        ),
    )
    await _add(
        ctx,
        world,
        "user_group",
        *(
            UserGroup(user_id=user.id, group_id=group.id)
            for user in world.rows["user"][:2]
            for group in groups[:2]
        ),
    )
    await _add(
        ctx,
        world,
        "contact_tag",
        *(ContactTag(contact_id=contacts[0].id, tag_id=tag.id) for tag in tags[4:6]),
    )
    await _add(
        ctx,
        world,
        "message_tag",
        *(MessageTag(message_id=world.rows["message"][0].id, tag_id=tag.id) for tag in tags[4:6]),
    )
    await _add(
        ctx,
        world,
        "message_group",
        MessageGroup(message_id=world.rows["message"][1].id, group_id=groups[0].id),
    )
    await _add(
        ctx,
        world,
        "saved_search",
        *(
            SavedSearch(
                label=f"Search {n}",
                shortcode=f"s{n}",
                args={"filter": {"term": "a"}, "contactOpts": {"limit": 5}, "messageOpts": {}},
            )
            for n in range(2)
        ),
    )
    await _templates(ctx, world, languages)
    await _flows(ctx, world)
    await _add(
        ctx, world, "location", Location(contact_id=contacts[0].id, latitude=1.5, longitude=2.5)
    )
    await _add(
        ctx,
        world,
        "history",
        ContactHistory(
            contact_id=contacts[0].id,
            event_type="contact_flow_started",
            event_label="Flow Started",
            event_meta={"flow": {"name": "Help"}},
            event_datetime=now,
        ),
    )
    return world


async def _languages(ctx: Ctx, world: World, org: Organization) -> list[Language]:
    first = await ctx.session.get(Language, org.default_language_id)
    assert first is not None
    world.rows["language"] = [first]
    made = await _add(
        ctx, world, "language", Language(label="Marathi", locale="mr", label_locale="मराठी")
    )
    return [first, *made]


async def _contacts(ctx: Ctx, world: World, org: Organization) -> list[Any]:
    now = ctx.clock.now()
    return await _add(
        ctx,
        world,
        "contact",
        *(
            Contact(
                uuid=str(ctx.ids.uuid4()),
                name="Default Receiver" if n == 0 else f"Contact {n}",
                phone=PHONE if n == 5 else f"91900000000{n}",
                language_id=org.default_language_id,
                bsp_status="session_and_hsm",
                status="blocked" if n == 6 else "valid",
                optin_time=now - timedelta(days=1),
                optin_status=True,
                last_message_at=now,
                last_communication_at=now,
                is_org_read=False,
                fields={"age": {"value": "20", "label": "Age", "type": "string"}},
            )
            for n in range(7)
        ),
        Contact(
            uuid=str(ctx.ids.uuid4()),
            name="Simulator",
            phone="9876543210_1",
            language_id=org.default_language_id,
            bsp_status="session",
            is_simulator=True,
        ),
    )


async def _users(ctx: Ctx, world: World, contacts: list[Any], *, has_user: bool) -> None:
    hashed = await hash_password(PASSWORD)
    phones = ["919999999999", "919999999998", "919999999997", "919999999996"]
    made = await _add(
        ctx,
        world,
        "user",
        *(
            User(
                name=f"John Doe {n}",
                phone=phone,
                password_hash=hashed,
                roles=["glific_admin" if n == 3 else "staff"],
                language_id=contacts[0].language_id,
                contact_id=contacts[n].id,
            )
            for n, phone in enumerate(phones)
        ),
    )
    contacts[3].phone = phones[3]
    if has_user:
        user = User(
            organization_id=ctx.org_id,
            name="Adelle",
            phone=PHONE,
            password_hash=hashed,
            roles=["admin"],
            contact_id=contacts[5].id,
        )
        ctx.session.add(user)
        await ctx.session.flush()
        world.user_tokens = await issue_tokens(ctx, user)
    world.tokens = await issue_tokens(ctx, made[3])


async def _media_and_messages(
    ctx: Ctx, world: World, org: Organization, contacts: list[Any]
) -> None:
    media = await _add(
        ctx,
        world,
        "message_media",
        *(
            MessageMedia(
                url=f"https://files.example/{n}.png",
                source_url=f"https://files.example/{n}.png",
                thumbnail=f"https://files.example/{n}.thumb.png",
                caption="A picture",
            )
            for n in range(2)
        ),
    )
    await _add(
        ctx,
        world,
        "message",
        *(
            Message(
                uuid=str(ctx.ids.uuid4()),
                body=f"Hello {n}",
                flow="inbound" if n % 2 else "outbound",
                status="received" if n % 2 else "sent",
                bsp_status="delivered",
                bsp_message_id=f"b{n}",
                sender_id=org.contact_id,
                receiver_id=contacts[n % 2].id,
                contact_id=contacts[n % 2].id,
                message_number=n // 2 + 1,
                media_id=media[0].id if n == 0 else None,
            )
            for n in range(4)
        ),
    )
    for contact in contacts[:2]:
        contact.last_message_number = 2


async def _templates(ctx: Ctx, world: World, languages: list[Language]) -> None:
    plain = await _add(
        ctx,
        world,
        "session_template",
        *(
            SessionTemplate(
                uuid=str(ctx.ids.uuid4()),
                label=f"Template {n}",
                body="Thanks",
                shortcode=f"t{n}",
                language_id=languages[0].id,
            )
            for n in range(2)
        ),
    )
    plain[1].parent_id = plain[0].id
    await _add(
        ctx,
        world,
        "hsm_template",
        SessionTemplate(
            uuid=str(ctx.ids.uuid4()),
            label="Account update",
            body="Dear {{1}}, welcome to {{2}}",
            shortcode="hsm1",
            language_id=languages[0].id,
            is_hsm=True,
            number_parameters=2,
            status="APPROVED",
            category="ACCOUNT_UPDATE",
        ),
    )


async def _flows(ctx: Ctx, world: World) -> None:
    flows = await _add(
        ctx,
        world,
        "flow",
        *(
            Flow(
                uuid=FLOW_UUID if n == 0 else str(ctx.ids.uuid4()),
                name=f"Flow {n}",
                keywords=[f"word{n}"],
            )
            for n in range(3)
        ),
    )
    for flow in flows:
        definition = {
            "uuid": flow.uuid,
            "name": flow.name,
            "type": "messaging",
            "language": "base",
            "spec_version": "13.1.0",
            "localization": {},
            "nodes": [
                {
                    "uuid": str(ctx.ids.uuid4()),
                    "actions": [
                        {
                            "uuid": str(ctx.ids.uuid4()),
                            "type": "send_msg",
                            "text": "Hello",
                            "quick_replies": [],
                            "attachments": [],
                        }
                    ],
                    "exits": [{"uuid": str(ctx.ids.uuid4()), "destination_uuid": None}],
                }
            ],
            "_ui": {"nodes": {}},
        }
        [revision] = await _add(
            ctx,
            world,
            "revision",
            FlowRevision(
                flow_id=flow.id, number=1, version=1, definition=definition, status="published"
            ),
        )
        flow.published_revision_id = revision.id
        flow.last_published_at = ctx.clock.now()


async def await_result(ctx: Ctx, world: World) -> None:
    """The first contact is in the first flow and waits for what a webhook will bring."""
    flow, contact = world.rows["flow"][0], world.rows["contact"][0]
    await _add(
        ctx,
        world,
        "flow_session",
        FlowSession(
            uuid=str(ctx.ids.uuid4()),
            contact_id=contact.id,
            flow_id=flow.id,
            status="waiting",
            wait_kind="result",
            state={"wait": {"kind": "result"}, "runs": [{"flow_uuid": flow.uuid}]},
            started_at=ctx.clock.now(),
        ),
    )


async def draw_code(ctx: Ctx, phone: str) -> None:
    """A code is on its way to `phone`."""
    await send_code(ctx, phone)
