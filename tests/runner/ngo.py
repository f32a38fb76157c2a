"""An NGO's server on loopback, and a flow that calls it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from tests.runner.drawing import Json, ask, call, flow, node, say

GOOD = '{"score": 7, "message": "Well done"}'


@dataclass
class Ngo:
    """An NGO's server: what it was asked, and what it will say next."""

    url: str = ""
    status: int = 200
    body: str = GOOD
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line, *lines = head.strip().split("\r\n")
        headers = {k.lower(): v for k, v in (item.split(": ", 1) for item in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        method, target, _ = line.split(" ")
        self.asked.append(
            {"method": method, "target": target, "headers": headers, "body": body.decode()}
        )
        more = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        payload = self.body.encode()
        writer.write(
            f"HTTP/1.1 {self.status} X\r\ncontent-length: {len(payload)}\r\n"
            f"connection: close\r\n{more}\r\n".encode()
            + payload
        )
        await writer.drain()
        writer.close()


def scoring(url: str, method: str = "POST") -> Json:
    return flow(
        "Scoring",
        node("q", say("Ready?"), to="a"),
        ask("a", "ready", to="call"),
        call("call", url, "survey", to="good", failed="bad", method=method),
        node("good", say("@results.survey.message"), to="more"),
        ask("more", "more", to="end"),
        node("bad", say("No answer today"), to="more"),
        node("end", say("You said @results.more")),
    )
