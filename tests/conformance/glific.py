"""Runs every documented operation of the staff's API and compares the layout of its answer.

`python -m tests.conformance.glific FILE [-v]`, where FILE is the conformance data's list of
operations; a directory of flows is walked instead (`glific_flows.py`). Each operation has a world
of its own; the servers are real and embedded.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from redis.asyncio import Redis

from app.core.clock import FrozenClock
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.messages import channel
from app.graphql.documents import Ready
from app.graphql.schema import schema
from app.main import create_app
from tests.conformance.glific_flows import walk_all
from tests.conformance.report import read, refuse
from tests.conformance.world import PHONE, World, await_result, draw_code, fill
from tests.conftest import NOW, RecordingJobs, make_organization, open_services
from tests.graphql.conftest import CodeChannel
from tests.servers import Servers, fresh_database, running_servers

#: How the leaves of an answer are written.
LEAVES = {
    "DateTime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z",
    "Time": r"\d\d:\d\d:\d\d",
    "Date": r"\d{4}-\d\d-\d\d",
    "UUID4": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "ID": r"\d+",
    "Gid": r"\d+",
}
#: Where the documents show a list of one and clients read the object itself.
EITHER = (".data.searchMulti",)
#: Operations before whose example the phone is nobody's login yet.
WITHOUT_USER = ("rest-send-otp", "rest-registration", "rest-register")


def differences(shape: Any, expected: Any, found: Any, path: str = "") -> Iterator[str]:
    """Where `found` is not laid out as `shape` says; `key?` may be null."""
    if isinstance(shape, dict):
        yield from _object_differences(shape, expected, found, path)
    elif isinstance(shape, list):
        if isinstance(found, dict) and path in EITHER:
            found = [found]
        if not isinstance(found, list):
            yield f"{path}: list expected, got {found!r}"
            return
        sample = expected[0] if isinstance(expected, list) and expected else None
        for item in found:
            yield from differences(shape[0], sample, item, path + "[]")
    elif not is_leaf(shape, found):
        yield f"{path}: {found!r} is no {shape}"


def _object_differences(shape: Any, expected: Any, found: Any, path: str) -> Iterator[str]:
    if not isinstance(found, dict):
        yield f"{path}: object expected, got {found!r}"
        return
    for key, below in shape.items():
        name = key.removesuffix("?")
        here = f"{path}.{name}"
        sample = expected.get(name) if isinstance(expected, dict) else None
        if name not in found:
            yield f"{here}: missing"
        elif name == "errors" and found[name] is not None and sample is None:
            yield f"{here}: {found[name]!r}"
        elif found[name] is None:
            if not key.endswith("?") or (sample is not None and name != "errors"):
                yield f"{here}: null"
        else:
            yield from differences(below, sample, found[name], here)


def is_leaf(scalar: str, value: Any) -> bool:
    """Whether `value` is written as `scalar` is."""
    if scalar in LEAVES:
        return isinstance(value, str) and re.fullmatch(LEAVES[scalar], value) is not None
    if scalar == "Json":
        try:
            json.loads(value)
        except (TypeError, ValueError):
            return False
        return True
    kinds: dict[str, Any] = {"Boolean": bool, "Int": int, "Float": int | float, "object": dict}
    return isinstance(value, kinds.get(scalar, str))


class Run:
    """One operation in its world."""

    def __init__(self, operation: dict[str, Any], world: World, reader: CodeChannel) -> None:
        self.operation = operation
        self.world = world
        self.reader = reader

    def bound(self) -> tuple[str, dict[str, Any]]:
        """Document and variables with the ids of this world in them."""
        document = self.operation["document"]
        variables = json.loads(json.dumps(self.operation.get("variables") or {}))
        for path, what in (self.operation.get("bind") or {}).items():
            value = self._value(what)
            if path.startswith("literal "):
                name = path.removeprefix("literal ")
                document = re.sub(rf'{name}: *"?\w+"?', f'{name}: "{value}"', document)
            elif value is not None:
                put(variables, path.split("."), value)
        return document, variables

    def _value(self, what: str) -> Any:
        if what == "otp.code":
            return self.reader.codes[-1]
        match = re.match(r"(\w+)(?:\[(\d+)(?:\.\.(\d+))?\])?\.(\w+)", what)
        if match is None:
            return None
        kind, first, last, attribute = match.groups()
        rows = self.world.rows.get(kind) or []
        if first is None:
            return self._one(kind, rows, attribute, what)
        if last is None:
            return str(getattr(rows[int(first)], attribute))
        return [str(getattr(row, attribute)) for row in rows[int(first) : int(last) + 1]]

    def _one(self, kind: str, rows: list[Any], attribute: str, what: str) -> Any:
        needs = " ".join(n for n in self.operation.get("needs") or () if n.startswith(kind))
        spare = any(word in needs for word in ("unused", "deletable", "second"))
        at = {"contact": 4, "user": 2}.get(kind, -1) if spare else 0
        if not rows:
            return None
        value = getattr(rows[at], attribute)
        return value if "(Int)" in what else str(value)


def put(at: Any, path: list[str], value: Any) -> None:
    """Set the member that `path` leads to."""
    *above, last = path
    for name in above:
        at = at[int(name)] if isinstance(at, list) else at.setdefault(name, {})
    if isinstance(at, list):
        at[int(last)] = value
    else:
        at[last] = value


@dataclass(frozen=True)
class Bench:
    """The servers, and a fresh database for each operation."""

    servers: Servers
    redis: Redis
    directory: Path

    @asynccontextmanager
    async def services(self) -> AsyncIterator[Services]:
        """Services over an empty database of their own."""
        clock, jobs = FrozenClock(NOW), RecordingJobs()
        with fresh_database(self.servers) as url:
            async with open_services(url, self.redis, clock, jobs, self.directory) as services:
                yield services


async def perform(bench: Bench, operation: dict[str, Any]) -> str | None:
    """None when the answer is laid out as documented, else the first difference."""
    reader = CodeChannel()
    channel.CHANNELS.update({"xmpp": reader, "simulator": reader})
    async with bench.services() as services:
        await services.redis.flushall()
        org = await make_organization(services, "asha")
        second = await make_organization(services, "ujala")
        second.is_active = "inactive" not in " ".join(operation.get("needs") or ())
        has_user = operation["id"] not in WITHOUT_USER
        async with unit_of_work(services, org_id=org.id) as ctx:
            ctx.session.add(second)
            world = await fill(ctx, org, second, has_user=has_user)
            if "waiting for a webhook result" in json.dumps(operation.get("needs")):
                await await_result(ctx, world)
        if "otp" in json.dumps(operation.get("needs")):
            user = world.rows["user"][3]
            async with unit_of_work(services, org_id=org.id) as ctx:
                await draw_code(ctx, PHONE if operation["kind"] == "rest" else user.phone)
        transport = httpx.ASGITransport(app=create_app(services=services))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            return await ask(http, Run(operation, world, reader))


async def ask(http: httpx.AsyncClient, run: Run) -> str | None:
    """Send the operation and compare."""
    operation = run.operation
    if operation["kind"] == "rest":
        answer = await _rest(http, run)
    else:
        document, variables = run.bound()
        assert run.world.tokens is not None
        headers = {"authorization": run.world.tokens.access_token}
        if "multipart file part" in (operation.get("bind") or {}).values():
            answer = await _upload(http, document, variables, headers)
        else:
            body = {"query": document, "variables": variables}
            answer = await http.post("/api", json=body, headers=headers)
    if answer.status_code != 200:
        return f"status {answer.status_code}: {answer.text[:200]}"
    found = answer.json()
    if found.get("errors"):
        return str(found["errors"][0]["message"])[:300]
    return next(differences(operation["shape"], operation["response_expected"], found), None)


async def _rest(http: httpx.AsyncClient, run: Run) -> httpx.Response:
    operation, pair = run.operation, run.world.user_tokens
    headers = {}
    if pair is not None and operation.get("headers"):
        names = {"RENEW_TOKEN": pair.renewal_token, "AUTH_TOKEN": pair.access_token}
        headers = {name: names.get(v, v) for name, v in operation["headers"].items()}
    body = json.loads(json.dumps(operation.get("json_body") or {}))
    if "email" in body:
        # The documents print what belongs there instead of a sample.
        body |= {"email": "office@sample.example", "phone": "919876543210"}
    if run.reader.codes and "user" in body and "otp" in body["user"]:
        body["user"]["otp"] = run.reader.codes[-1]
    return await http.request(operation["method"], operation["path"], json=body, headers=headers)


async def _upload(
    http: httpx.AsyncClient, document: str, variables: dict[str, Any], headers: dict[str, str]
) -> httpx.Response:
    pixel = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
    form = {"query": document, "variables": json.dumps({**variables, "media": "media"})}
    files = {"media": ("a.png", pixel, "image/png")}
    return await http.post("/api", data=form, files=files, headers=headers)


def is_subscription(operation: dict[str, Any]) -> bool:
    """Whether the operation waits for an event; those are checked against the schema only."""
    return str(operation.get("document") or "").lstrip().startswith("subscription")


def check_subscription(operation: dict[str, Any]) -> str | None:
    """The first thing that the schema has against the document."""
    ready: Ready = schema().documents.ready(operation["document"])
    return ready.errors[0].message if ready.errors else None


async def main(operations: list[dict[str, Any]], *, verbose: bool) -> int:
    """How many operations differ."""
    failed: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as directory, running_servers() as servers:
        async with Redis.from_url(servers.valkey.url) as redis:
            bench = Bench(servers, redis, Path(directory))
            for operation in operations:
                if is_subscription(operation):
                    problem = check_subscription(operation)
                else:
                    problem = await perform(bench, operation)
                if problem is not None:
                    failed[operation["id"]] = problem
    print(f"{len(operations) - len(failed)}/{len(operations)} operations answer as documented")
    for id_, problem in list(failed.items())[: None if verbose else 1]:
        print(f"{id_}: {problem}")
    return len(failed)


def command() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("path", type=Path, help="file of operations, or directory of flows")
    parser.add_argument("-v", "--verbose", action="store_true", help="print every difference")
    parser.add_argument("--only", help="part of an operation's id")
    options = parser.parse_args()
    if options.path.is_dir():
        report = walk_all(options.path)
        if not report.total:
            return refuse(f"{options.path} has no flows: no file there is called *.json")
        print(report.show())
        return min(1, len(report.failures))
    try:
        operations = read(options.path)
    except ValueError as fault:
        return refuse(str(fault))
    if options.only:
        operations = [op for op in operations if options.only in op["id"]]
    return min(1, asyncio.run(main(operations, verbose=options.verbose)))


if __name__ == "__main__":
    raise SystemExit(command())
