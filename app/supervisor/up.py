"""The order of a run: check, servers, tables, demo, parts, and the same backwards at the end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.embedded import ServerHome
from app.supervisor import checks
from app.supervisor.child import Child
from app.supervisor.leftovers import MARK, end_left_behind
from app.supervisor.output import say, write_line
from app.supervisor.parts import Part, Ports, parts
from app.supervisor.secrets import kept_secret
from app.supervisor.servers import Servers
from app.supervisor.surroundings import (
    ROOT,
    leave_surroundings,
    ready_file,
    remove_surroundings,
)
from app.supervisor.welcome import welcome

READY_TIMEOUT_S = 60.0
STEP_TIMEOUT_S = 300.0
LOOK_EVERY_S = 0.05
#: PostgreSQL may have to pass through as `nobody`; every secret inside has a mode of its own.
PASSABLE = 0o711


@dataclass(frozen=True, slots=True)
class Plan:
    """What the operator asked for."""

    home: Path
    ports: Ports
    host: str
    demo: bool
    database_url: str | None = None
    redis_url: str | None = None


def up(plan: Plan) -> int:
    """Run the product until SIGINT or SIGTERM and give the exit code.

    Raises CannotStart or EmbeddedError, with nothing left running, when it cannot start.
    """
    began = time.monotonic()
    checks.check_libraries()
    checks.check_directory(plan.home)
    checks.check_space(plan.home)
    home = ServerHome(plan.home, PASSABLE)
    home.acquire()
    if count := end_left_behind(home.path):
        say(f"{count} processes of a run that was killed are ended")
    checks.check_ports(_ports_by_option(plan))
    servers = Servers(home.path, plan.database_url, plan.redis_url)
    try:
        servers.start()
        env = environment(plan, home.path, servers)
        leave_surroundings(home.path, env)
        _prepare(plan, home.path, env)
        return asyncio.run(_run(plan, home.path, servers, env, began))
    except KeyboardInterrupt:
        return 0
    finally:
        servers.stop()
        remove_surroundings(home.path)
        home.release()
        say("everything is stopped")


def _ports_by_option(plan: Plan) -> dict[str, int]:
    named = {
        "--port": plan.ports.web,
        "--gateway-port": plan.ports.gateway,
        "--admin-port": plan.ports.admin,
    }
    optional = {"--tcp-port": plan.ports.tcp, "--tls-port": plan.ports.tls}
    named |= {option: port for option, port in optional.items() if port}
    return named | ({"--webhook-port": plan.ports.demo_webhook} if plan.demo else {})


def environment(plan: Plan, home: Path, servers: Servers) -> dict[str, str]:
    """What every part is told. What the operator has set already stays."""
    env = dict(os.environ) | {
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "SAMVAD_HOME": str(home),
        "WEB_PORT": str(plan.ports.web),
        "GATEWAY_PORT": str(plan.ports.gateway),
        "TCP_PORT": str(plan.ports.tcp),
        "TLS_PORT": str(plan.ports.tls),
        "ADMIN_PORT": str(plan.ports.admin),
        "WEB_HOST": plan.host,
        "GATEWAY_HOST": plan.host,
        "ADMIN_HOST": "127.0.0.1",
        "PYTHONUNBUFFERED": "1",
        MARK: str(home),
    }
    env.setdefault("LOG_JSON", "false")
    env.setdefault("SECRET_KEY", kept_secret(home / "secret-key"))
    env.setdefault("PUBLIC_URL", f"http://localhost:{plan.ports.web}")
    if plan.demo:
        env["DEMO_WEBHOOK_PORT"] = str(plan.ports.demo_webhook)
        env["DEMO_SIGNATURE_PHRASE"] = kept_secret(home / "demo-signature-phrase")
        env.setdefault("ALLOW_CHAT_PASSWORDS", "true")
        # The demo's webhook receiver is on this machine, where the address guard lets nobody.
        env.setdefault("ALLOWED_PRIVATE_HOSTS", "127.0.0.1")
    return env


def _prepare(plan: Plan, home: Path, env: dict[str, str]) -> None:
    """Bring the tables up to date and, once in the life of the data, seed the demo."""
    _step("migrate", env)
    seeded = home / "demo-seeded"
    if plan.demo and not seeded.exists():
        _step("seed", env)
        seeded.touch()


def _step(name: str, env: dict[str, str]) -> None:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", name],
        env=env,
        cwd=ROOT,
        timeout=STEP_TIMEOUT_S,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        for line in (done.stdout + done.stderr).splitlines():
            write_line(name, line)
        raise checks.CannotStart(f"`samvad {name}` failed, as the lines above say.")
    say(f"{name} done in {time.monotonic() - began:.1f} s")


async def _run(plan: Plan, home: Path, servers: Servers, env: dict[str, str], began: float) -> int:
    asked_to_stop = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(sign, asked_to_stop.set)
    wanted = parts(plan.ports, demo=plan.demo)
    for name in ("all", *(part.name for part in wanted)):
        ready_file(home, name).unlink(missing_ok=True)
    children = [Child(part, env, write_line) for part in wanted]
    tasks = [asyncio.create_task(child.keep_running()) for child in children]
    watch = asyncio.create_task(servers.keep_running())
    welcoming = asyncio.create_task(_welcome_when_ready(plan, home, wanted, began))
    await asked_to_stop.wait()
    say("stopping")
    welcoming.cancel()
    for _, group in _by_stop_order(children):
        await asyncio.gather(*(child.stop() for child in group))
    await asyncio.gather(*tasks)
    watch.cancel()
    return 0


def _by_stop_order(children: Iterable[Child]) -> list[tuple[int, list[Child]]]:
    groups: dict[int, list[Child]] = {}
    for child in children:
        groups.setdefault(child.part.stop_order, []).append(child)
    return sorted(groups.items())


async def _welcome_when_ready(
    plan: Plan, home: Path, wanted: tuple[Part, ...], began: float
) -> None:
    for part in wanted:
        try:
            await asyncio.wait_for(_until_ready(part, home), READY_TIMEOUT_S)
        except TimeoutError:
            say(f"{part.name} is not ready after {READY_TIMEOUT_S:.0f} s: see its lines above")
            return
    ready_file(home, "all").touch()
    print(welcome(plan.ports, demo=plan.demo, seconds=time.monotonic() - began), flush=True)


async def _until_ready(part: Part, home: Path) -> None:
    while not await _is_ready(part, home):
        await asyncio.sleep(LOOK_EVERY_S)


async def _is_ready(part: Part, home: Path) -> bool:
    match part.ready:
        case "port":
            return await _answers(part.port)
        case "file":
            return ready_file(home, part.name).exists()
        case "none":
            return True


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
