"""Processes are killed while people are in the middle of flows; every answer comes, and once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import websockets

from tests.bench.conversation import Person, login
from tests.e2e.conftest import PASSWORD, Installation, running_installation

NGO = "asha@localhost"
#: What a person says, and what the answer to it holds in every language.
SCRIPT = (("survey", "1/3"), ("4", "2/3"), ("5", "3/3"), ("5", "14"))
#: `SAMVAD_KILL_ROUNDS=5` is the longer form, by hand.
ROUNDS = int(os.environ.get("SAMVAD_KILL_ROUNDS", "1"))
PEOPLE = 50
#: Those of the demo; the rest are made by the test.
OF_THE_DEMO = 40
STEP_TIMEOUT_S = 90
#: A process that is to be killed is awaited so long, where it was killed a moment ago.
START_TIMEOUT_S = 30


@pytest.fixture
def installation() -> Iterator[Installation]:
    """One of its own, since it is hurt."""
    with running_installation() as running:
        yield running


async def kill(installation: Installation, name: str) -> None:
    """`kill -9` the supervisor's child whose program or command is `name`, once it is there."""
    async with asyncio.timeout(START_TIMEOUT_S):
        while (pid := find(installation, name)) is None:
            await asyncio.sleep(0.1)
    os.kill(pid, signal.SIGKILL)


def find(installation: Installation, name: str) -> int | None:
    assert installation.process is not None
    for child in psutil.Process(installation.process.pid).children():
        # A child may end between the list and the look at it.
        with contextlib.suppress(psutil.Error):
            if any(Path(part).name == name for part in child.cmdline()):
                return child.pid
    return None


def make_accounts(installation: Installation) -> None:
    """Accounts for those whom the demo has not."""
    addresses = [f"{phone(number)}@localhost" for number in range(OF_THE_DEMO, PEOPLE)]
    command = [sys.executable, "-m", "app.cli", "chat-user", "create", "--password", PASSWORD]
    environment = os.environ | {"SAMVAD_HOME": str(installation.home)}
    subprocess.run([*command, *addresses], check=True, timeout=60, env=environment)


def phone(number: int) -> str:
    return str(917100000001 + number)


class Chatter:
    """A person whose client comes back and says again what was not answered, as clients do.

    A repeated stanza keeps its id, by which the server knows it.
    """

    def __init__(self, installation: Installation, number: int) -> None:
        self._url = installation.websocket
        self._number = number
        self._person: Person | None = None
        #: stanza id -> text, in the order of arrival
        self.heard: dict[str, str] = {}

    async def _connected(self) -> Person:
        while self._person is None:
            try:
                self._person = await login(
                    self._url, "localhost", phone(self._number), PASSWORD, self._number
                )
            except (OSError, RuntimeError, TimeoutError, websockets.WebSocketException):
                await asyncio.sleep(0.3)
        return self._person

    async def walk(self, round_: int) -> None:
        for step, (text, awaited) in enumerate(SCRIPT):
            try:
                async with asyncio.timeout(STEP_TIMEOUT_S):
                    await self._say(f"k{round_}-{self._number}-{step}", text, awaited)
            except TimeoutError:
                raise AssertionError(
                    f"{phone(self._number)} waits for {awaited!r} in round {round_}; "
                    f"heard {list(self.heard.values())}"
                ) from None

    async def _say(self, id_: str, text: str, awaited: str) -> None:
        before = sum(awaited in body for body in self.heard.values())
        stanza = (
            f'<message xmlns="jabber:client" to="{NGO}" type="chat" id="{id_}">'
            f"<body>{text}</body></message>"
        )
        while True:
            person = await self._connected()
            try:
                await person.socket.send(stanza)
                async with asyncio.timeout(20):
                    while sum(awaited in body for body in self.heard.values()) == before:
                        self._hear(str(await person.socket.recv()))
                return
            except TimeoutError:
                continue
            except websockets.WebSocketException:
                self._person = None

    def answers(self) -> list[str]:
        """What of the script's answers he heard, in order."""
        return [known for body in self.heard.values() for _, known in SCRIPT if known in body]

    def _hear(self, frame: str) -> None:
        body = re.search("<body[^>]*>(.*?)</body>", frame, re.DOTALL)
        id_ = re.search(r'<message[^>]* id=["\']([^"\']+)', frame)
        if body and id_ and "<delay" not in frame.split("<body")[0]:
            self.heard[id_[1]] = body[1]
        elif body and id_:
            self.heard.setdefault(id_[1], body[1])


async def test_every_message_is_answered_once_whatever_is_killed(
    installation: Installation,
) -> None:
    people = [Chatter(installation, number) for number in range(PEOPLE)]
    make_accounts(installation)

    for round_ in range(ROUNDS):
        walks = asyncio.gather(*(person.walk(round_) for person in people))
        for victim in ("worker", "gateway", "valkey-server", "postgres"):
            await asyncio.sleep(2)
            await kill(installation, victim)
        await walks

    wrong = {
        phone(number): list(person.heard.items())
        for number, person in enumerate(people)
        if person.answers() != [known for _, known in SCRIPT] * ROUNDS
    }
    assert wrong == {}
