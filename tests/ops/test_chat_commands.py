"""`samvad chat-user` and `samvad chat-domain`, as an operator types them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.main import app
from app.core.errors import NotFound
from app.domain.chat import accounts, removal
from app.models import Organization
from tests.conftest import Work
from tests.servers import Servers

pytestmark = pytest.mark.anyio

PASSWORD = "neem tree 7"


@pytest.fixture
def _installation(
    org: Organization,
    servers: Servers,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", servers.valkey.url)
    monkeypatch.setenv("SECRET_KEY", "a-key-that-is-long-enough-for-hs256-tokens")
    monkeypatch.setenv("SAMVAD_HOME", str(tmp_path))
    monkeypatch.setattr(removal, "SETTLE_S", 0)


async def samvad(*words: str, input: str | None = None) -> Result:
    """The command, in a thread: it runs a loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, app, list(words), input=input)


@pytest.mark.usefixtures("_installation")
async def test_an_operator_looks_after_domains() -> None:
    added = await samvad("chat-domain", "add", "farm.example")
    set_ = await samvad("chat-domain", "set", "farm.example", "archive_days=30")
    off = await samvad("chat-domain", "disable", "farm.example")
    password = await samvad("chat-domain", "password", "farm.example", "--password", PASSWORD)
    listed = await samvad("chat-domain", "list")
    removed = await samvad("chat-domain", "remove", "farm.example")
    left = await samvad("chat-domain", "list")

    assert added.output == "farm.example is served.\n"
    assert set_.output.startswith("farm.example on registration=false archive=true archive_days=30")
    assert off.output == "farm.example is off.\n"
    assert password.output == "farm.example has a password.\n"
    names = [line.split(" registration")[0] for line in listed.output.splitlines()]
    assert names == ["localhost on main", "farm.example off"]
    assert removed.output == "farm.example is not served any more.\n"
    assert len(left.output.splitlines()) == 1


@pytest.mark.usefixtures("_installation")
async def test_an_operator_bans_and_unbans() -> None:
    await samvad("chat-user", "create", "kiran@localhost", "--password", PASSWORD)
    banned = await samvad("chat-user", "ban", "kiran@localhost", "--reason", "Insults")
    listed = await samvad("chat-user", "bans", "--domain", "localhost")
    unbanned = await samvad("chat-user", "unban", "kiran@localhost")
    left = await samvad("chat-user", "bans")

    assert banned.output == "kiran@localhost is banned.\n"
    assert listed.output == "kiran@localhost: Insults\n"
    assert unbanned.output == "kiran@localhost can log in.\n"
    assert left.output == ""


@pytest.mark.usefixtures("_installation")
async def test_an_operator_finds_and_removes_who_has_not_come_for_long(work: Work) -> None:
    names = ("kiran@localhost", "ravi@localhost")
    await samvad("chat-user", "create", *names, "--password", PASSWORD)
    set_ = await samvad("chat-user", "last", "kiran@localhost", "--set", "2020-01-02T03:04:05")
    never = await samvad("chat-user", "last", "ravi@localhost")
    listed = await samvad("chat-user", "unused", "--days", "30")
    kept = await samvad("chat-user", "unused", "--days", "30", "--remove", input="n\n")
    removed = await samvad("chat-user", "unused", "--days", "30", "--remove", "--yes")
    left = await samvad("chat-user", "unused", "--days", "30")

    assert set_.output == "kiran@localhost was last there on 2020-01-02 at 03:04:05 UTC\n"
    assert never.output == "ravi@localhost was never there.\n"
    assert listed.output == "kiran@localhost 2020-01-02\n"
    assert kept.exit_code == 1
    assert removed.output.splitlines()[-1] == "1 removed."
    assert left.output == ""
    async with work() as ctx:
        assert (await accounts.get_account(ctx, "ravi", "localhost")).removed_at is None
        with pytest.raises(NotFound):
            await accounts.get_account(ctx, "kiran", "localhost")


@pytest.mark.usefixtures("_installation")
async def test_an_operator_exports_and_removes_an_account(work: Work, tmp_path: Path) -> None:
    await samvad("chat-user", "create", "kiran@localhost", "--password", PASSWORD)
    path = tmp_path / "kiran.json"
    exported = await samvad("chat-user", "export", "kiran@localhost", str(path))
    removed = await samvad("chat-user", "remove", "kiran@localhost", "--yes")

    assert exported.exit_code == 0, exported.output
    assert json.loads(path.read_text())["account"][0]["address"] == "kiran@localhost"
    assert removed.output.splitlines()[-1] == "1 removed, with 1 rows."
    async with work() as ctx:
        assert await accounts.find_account(ctx, "kiran", "localhost") is None


@pytest.mark.usefixtures("_installation")
async def test_what_is_no_address_is_said() -> None:
    done = await samvad("chat-user", "ban", "kiran")

    assert done.exit_code == 2
    assert "an address is written user@domain" in done.output
