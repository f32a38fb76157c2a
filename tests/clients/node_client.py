"""One person's client in Node: told what to do, and what it heard in order."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

TIMEOUT_S = 15


class NodeClient:
    """A running client."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._changed = asyncio.Condition()
        #: Everything that came by itself.
        self.events: list[dict[str, Any]] = []
        self.jid = ""
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for text in self._process.stdout:
            line = json.loads(text)
            if "call" in line:
                answer = self._answers.pop(line["call"])
                if "error" in line:
                    answer.set_exception(AssertionError(line["error"]))
                else:
                    answer.set_result(line["value"])
                continue
            async with self._changed:
                self.events.append(line)
                self._changed.notify_all()

    async def do(self, verb: str, **given: Any) -> Any:
        """What the client's verb gives. Raises AssertionError with its error."""
        assert self._process.stdin is not None
        number = next(self._ids)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        self._process.stdin.write(
            json.dumps({**given, "call": number, "do": verb}).encode() + b"\n"
        )
        return await asyncio.wait_for(answer, TIMEOUT_S)

    def seen(self, event: str, **fields: Any) -> list[dict[str, Any]]:
        """The events of this kind whose fields are these."""
        wanted = {"event": event} | fields
        return [each for each in self.events if wanted.items() <= each.items()]

    async def hears(self, event: str, **fields: Any) -> dict[str, Any]:
        """The first event of this kind whose fields are these, as soon as there is one."""
        try:
            async with asyncio.timeout(TIMEOUT_S), self._changed:
                await self._changed.wait_for(lambda: self.seen(event, **fields))
        except TimeoutError:
            raise AssertionError(f"never heard {event} {fields}: {self.events[-8:]}") from None
        return self.seen(event, **fields)[0]

    async def stop(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._reader


@asynccontextmanager
async def running(folder: Path, service: str, jid: str, password: str) -> AsyncIterator[NodeClient]:
    """Give a client that has not logged in yet."""
    process = await asyncio.create_subprocess_exec(
        "node", "client.mjs", service, jid, password,
        cwd=folder, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    client = NodeClient(process)
    try:
        await client.hears("ready")
        yield client
    finally:
        await client.stop()
