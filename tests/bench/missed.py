"""How long a killed node's people are believed to be there.

    python -m tests.bench.missed --rounds 20 --people 100 --busy 2

Two gateway processes over servers of their own. In each round somebody at one node sees the
presence of all people at the other one, which is killed: shown are the seconds from the kill to
the first and to the last `unavailable`. `--busy` loops burn processors meanwhile. Loopback only.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import statistics
import subprocess
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter

from redis.asyncio import Redis
from sqlalchemy import select

from app.core.clock import FrozenClock
from app.core.services import Services
from app.embedded.postgres import EmbeddedPostgres
from app.embedded.valkey import EmbeddedValkey
from app.migrate import migrate
from app.models.chat import ChatAccount, RosterItem
from tests.conftest import NOW, RecordingJobs, make_organization, open_services
from tests.e2e.conftest import free_ports
from tests.xmpp.crowd import Member, Node
from tests.xmpp.test_kill import all_of, make_members

PATIENCE_S = 60.0
BURN = "while True: pass"


async def befriend(services: Services, watcher: Member, people: list[Member]) -> None:
    """The watcher has everybody's presence by rows, as if he had asked and they had agreed."""
    async with services.db.session() as session, session.begin():
        found = await session.execute(select(ChatAccount))
        accounts = {row.username: row for row in found.scalars()}
        own = accounts[watcher.name]
        for other in (accounts[each.name] for each in people):
            for account, peer, subscription in ((own, other, "to"), (other, own, "from")):
                item = RosterItem(
                    organization_id=account.organization_id,
                    account_id=account.id,
                    jid=f"{peer.username}@localhost",
                    subscription=subscription,
                )
                session.add(item)


async def one_round(
    watcher: Member, people: list[Member], node: Node, settled_s: float
) -> tuple[float, float]:
    """Everybody comes to the node and it is killed: seconds to the first and the last farewell."""
    for member in people:
        member.node, member.socket = node, None
        member._resume_id = ""
        member.unacked.clear()
    await all_of(people, "come")
    await all_of(people, "settled")
    await asyncio.sleep(settled_s)
    watcher.gone.clear()
    killed_s, started = asyncio.get_running_loop().time(), perf_counter()
    node.send_signal(signal.SIGKILL)
    expected = {f"{member.bare}/crowd" for member in people}
    while not expected <= watcher.gone.keys() and perf_counter() - started < PATIENCE_S:
        await asyncio.sleep(0.02)
    assert expected <= watcher.gone.keys(), f"{len(watcher.gone)} of {len(expected)} are gone"
    told = sorted(watcher.gone[who] - killed_s for who in expected)
    await all_of(people, "lost")
    return told[0], told[-1]


def shown(name: str, seconds: list[float]) -> str:
    low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
    return f"{name}: min {low:.2f} s, median {middle:.2f} s, max {high:.2f} s"


async def measure(args: argparse.Namespace, stack: AsyncExitStack, home: Path) -> None:
    postgres = EmbeddedPostgres(home / "postgres", durable=False).start()
    stack.callback(postgres.stop)
    valkey = EmbeddedValkey(home / "valkey", durable=False).start()
    stack.callback(valkey.stop)
    migrate(postgres.url)
    redis = Redis.from_url(valkey.url)
    clock, jobs = FrozenClock(NOW), RecordingJobs()
    services = await stack.enter_async_context(
        open_services(postgres.url, redis, clock, jobs, home)
    )
    org = await make_organization(services, "asha")
    watcher, *people = await make_members(services, org.id or 0, args.people + 1)
    await befriend(services, watcher, people)
    environment = {
        "DATABASE_URL": postgres.url,
        "REDIS_URL": valkey.url,
        "SECRET_KEY": services.config.secret_key,
        "SAMVAD_HOME": str(home / "home"),
    }

    def start() -> Node:
        (port,) = free_ports(1)
        node = Node(port, home / f"{port}.log", environment)
        stack.callback(node.end)
        return node

    watcher.node = start()
    await watcher.node.ready()
    await watcher.come()
    for _ in range(args.busy):
        burning = subprocess.Popen([sys.executable, "-c", BURN])
        stack.callback(burning.kill)
    firsts, lasts = [], []
    for number in range(args.rounds):
        node = start()
        await node.ready()
        first, last = await one_round(watcher, people, node, number % 10 / 10)
        print(f"round {number + 1}: first {first:.2f} s, last {last:.2f} s", flush=True)
        firsts.append(first)
        lasts.append(last)
    print(shown("first", firsts))
    print(shown("last", lasts))


async def main(args: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="samvad-missed-") as directory:
        Path(directory).chmod(0o755)
        async with AsyncExitStack() as stack:
            await measure(args, stack, Path(directory))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--busy", type=int, default=0)
    asyncio.run(main(parser.parse_args()))
