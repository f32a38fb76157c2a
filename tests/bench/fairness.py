"""Whether a busy organization makes another one's person wait.

    SAMVAD_HOME=... python -m tests.bench.fairness --gateway 5280 --messages 10000

Runs against a `samvad up --demo` on this machine. A second organization is founded with a thousand
people; they send ten messages each within seconds, and each is answered by a flow. Meanwhile one
person of the demo asks `help` again and again. His waits are shown before and during the rush.
Loopback only; ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
from contextlib import suppress
from time import perf_counter

from sqlalchemy import func, select
from sqlmodel import col

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat.accounts import ensure_account_for_contact
from app.domain.contacts.service import resolve_contact
from app.domain.flow_definitions.revisions import publish_flow
from app.domain.flow_definitions.service import create_flow
from app.domain.messages.service import InboundMessage, receive_messages
from app.models import ContactInbox
from app.settings import Settings
from app.supervisor.surroundings import adopt_surroundings
from app.wiring import open_services
from seeds.founding import Charter, found_organization
from tests.bench.conversation import Person, login
from tests.runner.drawing import ask, flow, node, say

BATCH = 200
MAX_SECONDS = 600
PATIENCE_S = 60.0


async def found_busy(services: Services, people: int) -> tuple[int, list[int]]:
    """The busy organization with a flow for everything that is said, and its people."""
    run = services.ids.uuid4().hex[:8]
    charter = Charter(f"Busy {run}", f"busy{run}", f"{run}.localhost", "910000000001", run * 6)
    base = await found_organization(services, charter)
    drawn = flow(
        f"Hello {run}",
        node(f"hi {run}", say("Hello @contact.name, what do you need?"), to=f"wait {run}"),
        ask(f"wait {run}", "need", to=f"hi {run}"),
    )
    async with unit_of_work(services, org_id=base.org_id) as ctx:
        named = {"name": drawn["name"], "uuid": drawn["uuid"], "keywords": ["hello"]}
        row = await create_flow(ctx, named, drawn)
        await publish_flow(ctx, row.uuid)
        contacts = [
            await resolve_contact(ctx, f"9188{number:08}", f"Person {number}")
            for number in range(people)
        ]
        for contact in contacts:
            await ensure_account_for_contact(ctx, contact)
    return base.org_id, [contact.id for contact in contacts]


async def rush(services: Services, org_id: int, people: list[int], messages: int) -> float:
    """`messages` are stored as fast as can be; the seconds that took."""
    started = perf_counter()
    for start in range(0, messages, BATCH):
        batch = [
            InboundMessage(contact_id=people[number % len(people)], body="hello")
            for number in range(start, min(start + BATCH, messages))
        ]
        async with unit_of_work(services, org_id=org_id) as ctx:
            await receive_messages(ctx, batch)
    return perf_counter() - started


async def still_open(services: Services, org_id: int) -> int:
    async with services.db.session() as session:
        count = select(func.count()).where(
            col(ContactInbox.organization_id) == org_id, col(ContactInbox.done_at).is_(None)
        )
        return await session.scalar(count) or 0


async def keep_asking(person: Person, ngo: str, until: asyncio.Event, every_s: float) -> None:
    """The person asks, waits for his answer, pauses, and asks again."""
    while not until.is_set():
        await person.ask(ngo)
        async with asyncio.timeout(PATIENCE_S):
            while person.asked_at is not None:
                await asyncio.sleep(0.002)
        with suppress(TimeoutError):
            await asyncio.wait_for(until.wait(), every_s)


def described(waits_s: list[float]) -> str:
    waits = sorted(wait * 1000 for wait in waits_s)
    p95 = statistics.quantiles(waits, n=20)[-1] if len(waits) > 1 else waits[-1]
    return (
        f"{len(waits)} asked and answered; p50 {statistics.median(waits):.0f} ms, "
        f"p95 {p95:.0f} ms, worst {waits[-1]:.0f} ms"
    )


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--gateway", type=int, default=5280, help="port on loopback")
    parser.add_argument("--ngo", default="asha@localhost")
    parser.add_argument("--phone", default="917100000001")
    parser.add_argument("--password", default="samvad-demo")
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=1_000)
    options = parser.parse_args()
    adopt_surroundings()
    url = f"ws://127.0.0.1:{options.gateway}/xmpp"
    person = await login(url, "localhost", options.phone, options.password, 0)
    reader = asyncio.create_task(person.read())
    async with open_services(Settings(), application="samvad-bench") as services:
        org_id, people = await found_busy(services, options.people)
        for name, busy in (("quiet", False), ("rush", True)):
            person.waits_s.clear()
            until = asyncio.Event()
            asking = asyncio.create_task(keep_asking(person, options.ngo, until, 0.25))
            if busy:
                await wait_out(services, org_id, people, options.messages)
            else:
                await asyncio.sleep(10)
            until.set()
            await asking
            print(f"{name}: {described(person.waits_s)}", flush=True)
    reader.cancel()


async def wait_out(services: Services, org_id: int, people: list[int], messages: int) -> None:
    """The rush has come and every message of it has been answered."""
    started = perf_counter()
    seconds = await rush(services, org_id, people, messages)
    print(f"{messages} messages of {len(people)} people stored in {seconds:.1f} s", flush=True)
    while (left := await still_open(services, org_id)) and perf_counter() - started < MAX_SECONDS:
        await asyncio.sleep(1)
    spent = perf_counter() - started
    print(f"all but {left} answered after {spent:.0f} s ({(messages - left) / spent:.0f}/s)")


if __name__ == "__main__":
    asyncio.run(main())
