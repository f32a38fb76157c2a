"""Drives the Node client of this folder: a standard library, not ours, on the other end."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

FOLDER = Path(__file__).parent / "node"


def install(into: Path) -> str | None:
    """Put the client and its library into `into`. None when it is ready, else why it is not."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "Node.js and npm are not installed"
    into.mkdir(parents=True, exist_ok=True)
    for file in ("package.json", "client.mjs"):
        shutil.copy(FOLDER / file, into / file)
    if not (into / "node_modules" / "@xmpp" / "client").exists():
        done = subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"],
            cwd=into, capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            return f"@xmpp/client cannot be installed: {done.stderr.strip()[-200:]}"
    return None


class ChatClient:
    """One person's client. `inbox` holds every stanza that came, in order."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._changed = asyncio.Condition()
        self.inbox: list[dict[str, Any]] = []
        self.jid = ""
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def login(
        cls, folder: Path, service: str, domain: str, username: str, password: str
    ) -> Self:
        """Online, with initial presence sent."""
        process = await asyncio.create_subprocess_exec(
            "node", "client.mjs", service, domain, username, password,
            cwd=folder, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        client = cls(process)
        await client.until(lambda: bool(client.jid), 20)
        return client

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            event = json.loads(line)
            async with self._changed:
                if event["event"] == "online":
                    self.jid = event["jid"]
                else:
                    self.inbox.append(event)
                self._changed.notify_all()

    async def until(self, holds: Callable[[], bool], timeout_s: float = 15) -> None:
        """Return once `holds()`. Raises AssertionError with the inbox when it takes too long."""
        try:
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait_for(holds)
        except TimeoutError:
            raise AssertionError(f"not seen in {timeout_s} s; inbox: {self.inbox[-6:]}") from None

    def bodies(self) -> list[str]:
        """The texts that came, in order, without errors and without what was sent by itself."""
        return [
            e["body"]
            for e in self.inbox
            if e["event"] == "stanza" and e.get("body") and e["attrs"].get("type") != "error"
        ]

    async def order(self, **what: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what).encode() + b"\n")
        await self._process.stdin.drain()

    async def send(self, to: str, body: str, **more: Any) -> None:
        await self.order(do="send", to=to, body=body, **more)

    async def ask(self, to: str, body: str, timeout_s: float = 15) -> list[str]:
        """Say `body` and give the texts that come until the conversation falls silent for 0.4 s."""
        seen = len(self.bodies())
        await self.send(to, body)
        await self.until(lambda: len(self.bodies()) > seen, timeout_s)
        count = -1
        while count != len(self.bodies()):
            count = len(self.bodies())
            await asyncio.sleep(0.4)
        return self.bodies()[seen:]

    async def close(self) -> None:
        if self._process.returncode is None:
            await self.order(do="stop")
            try:
                await asyncio.wait_for(self._process.wait(), 5)
            except TimeoutError:
                self._process.kill()
        self._reader.cancel()
