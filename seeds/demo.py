"""The demo organization: made once, in steps that each look first whether they are done."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from app.core.context import Ctx
from app.core.crypto import hash_password
from app.core.services import Services
from app.core.uow import unit_of_work
from app.models import Contact, Flow, FlowRevision, FlowTest, Organization
from flows.conversations import read_scripts
from seeds.founding import Charter, found_organization
from seeds.history import add_history, sort_people
from seeds.people import STAFF
from seeds.rows import add_contacts, add_content, add_staff

SHORTCODE = "asha"
CHAT_DOMAIN = "localhost"
PASSWORD = "samvad-demo"
OWN_PHONE = "917000000000"
FLOWS = Path(__file__).parent / "flows"
#: Name of the flow that an opted-out person reaches by writing again.
OPTIN_FLOW = "Opt in"


async def seed_demo(services: Services, *, webhook_port: int = 4100) -> None:
    """Make "Asha Foundation" with staff, contacts, history, flows and chat accounts.

    Its survey asks the receiver at `webhook_port` of this machine for the score. Whatever is there
    already stays as it is, so a seed that was interrupted can be run again.
    """
    phrase = os.environ.get("DEMO_SIGNATURE_PHRASE") or services.ids.token(32)
    base = await found_organization(
        services,
        Charter(
            "Asha Foundation",
            SHORTCODE,
            CHAT_DOMAIN,
            OWN_PHONE,
            phrase,
            "office@asha.example",
            {"survey_url": f"http://127.0.0.1:{webhook_port}/survey"},
        ),
    )
    password_hash = await hash_password(PASSWORD)
    async with unit_of_work(services, org_id=base.org_id) as ctx:
        if not await _has_contacts(ctx):
            await add_staff(ctx, base, password_hash)
            add_content(ctx, base)
            people = add_contacts(ctx, base)
            await ctx.session.flush()
            add_history(ctx, base, people)
            await sort_people(ctx, people)
    async with unit_of_work(services, org_id=base.org_id) as ctx:
        await _flows(ctx)
    async with unit_of_work(services, org_id=base.org_id) as ctx:
        await _chat_accounts(ctx)


async def _has_contacts(ctx: Ctx) -> bool:
    found = await ctx.session.scalar(
        select(Contact.id).where(
            col(Contact.organization_id) == ctx.org_id, col(Contact.phone) == STAFF[0][0]
        )
    )
    return found is not None


async def _flows(ctx: Ctx) -> None:
    """Every flow of `seeds/flows`, published, unless its uuid is there already."""
    known = set(
        await ctx.session.scalars(
            select(Flow.uuid).where(col(Flow.organization_id) == ctx.org_id).limit(10_000)
        )
    )
    for export in exported_flows():
        definition = export["definition"]
        if definition["uuid"] not in known:
            flow = await _add_flow(ctx, definition, export["keywords"])
            _add_tests(ctx, flow, export["tests"])


def exported_flows() -> list[dict[str, Any]]:
    """The flows in the folder, each as {"definition", "keywords", "tests"}, ordered by file."""
    files = sorted(FLOWS.glob("*.json"))
    return [
        flow | {"tests": _tests(path)}
        for path in files
        for flow in json.loads(path.read_text("utf-8"))["flows"]
    ]


def _tests(flow: Path) -> list[dict[str, str]]:
    """The conversations beside the flow's file, each as {"name", "script"}."""
    text = flow.with_suffix(".test.txt").read_text("utf-8")
    return [{"name": script.title, "script": script.text} for script in read_scripts(text)]


def _add_tests(ctx: Ctx, flow: Flow, tests: list[dict[str, Any]]) -> None:
    ctx.session.add_all(
        FlowTest(organization_id=ctx.org_id, flow_id=flow.id or 0, **test) for test in tests
    )


async def _add_flow(ctx: Ctx, definition: dict[str, Any], keywords: list[str]) -> Flow:
    now = ctx.clock.now()
    flow = Flow(
        organization_id=ctx.org_id,
        uuid=definition["uuid"],
        name=definition["name"],
        keywords=keywords,
        last_published_at=now,
        last_changed_at=now,
    )
    ctx.session.add(flow)
    await ctx.session.flush()
    revision = FlowRevision(
        organization_id=ctx.org_id,
        flow_id=flow.id or 0,
        number=1,
        version=1,
        status="published",
        definition=definition,
    )
    ctx.session.add(revision)
    await ctx.session.flush()
    flow.published_revision_id = revision.id
    if flow.name == OPTIN_FLOW:
        org = await ctx.session.get(Organization, ctx.org_id)
        if org is not None and org.optin_flow_id is None:
            org.optin_flow_id = flow.id
    return flow


async def _chat_accounts(ctx: Ctx) -> None:
    """A chat account for staff and beneficiaries: phone at the domain, the demo's password."""
    from app.core.errors import Conflict
    from app.domain.chat.accounts import register

    people = await ctx.session.scalars(
        select(Contact)
        .where(
            col(Contact.organization_id) == ctx.org_id,
            col(Contact.is_simulator).is_(False),
            col(Contact.phone) != OWN_PHONE,
        )
        .order_by(col(Contact.id))
        .limit(1_000)
    )
    for person in people.all():
        try:
            await register(ctx, person.phone, CHAT_DOMAIN, PASSWORD, contact_id=person.id)
        except Conflict:
            continue  # it was registered by a seed that was interrupted
