"""The unit of work, the repository and the outgoing client."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from sqlalchemy import text

from app.core.context import Actor
from app.core.errors import Invalid, NotFound
from app.core.http import OutgoingError, OutgoingHttp, is_private
from app.core.page import Page
from app.core.repository import Repository
from app.core.services import Services
from app.core.uow import unit_of_work
from app.models import Group, Organization
from tests.conftest import Work


class Groups(Repository[Group]):
    model = Group
    resource = "Groups.Group"
    unique = {"uq_groups_label": "label"}


def group(label: str) -> Group:
    return Group(uuid=f"uuid-of-{label}", label=label)


@dataclass(frozen=True)
class Happened:
    what: str


async def test_events_are_told_after_the_commit(services: Services, org: Organization) -> None:
    told: list[object] = []

    async def react(_: Services, org_id: int, events: object) -> None:
        told.append((org_id, events))

    async with unit_of_work(replace(services, react=react), org_id=org.id or 0) as ctx:
        ctx.emit(Happened("a"))
        assert told == []

    assert told == [(org.id, (Happened("a"),))]


async def test_a_rollback_keeps_nothing_and_tells_nothing(
    services: Services, org: Organization, work: Work
) -> None:
    told: list[object] = []

    async def react(*event: object) -> None:
        told.append(event)

    with pytest.raises(ZeroDivisionError):
        async with unit_of_work(replace(services, react=react), org_id=org.id or 0) as ctx:
            await Groups(ctx).add(group("Mothers"))
            ctx.emit(Happened("a"))
            raise ZeroDivisionError

    assert told == []
    async with work() as ctx:
        assert await Groups(ctx).count([]) == 0


async def test_a_row_of_another_organization_is_not_found(
    other_org: Organization, work: Work
) -> None:
    async with work() as ctx:
        row = await Groups(ctx).add(group("Mothers"))

    async with work(org_id=other_org.id) as ctx:
        with pytest.raises(NotFound) as refusal:
            await Groups(ctx).get(row.id)
        assert await Groups(ctx).by_ids([row.id or 0]) == {}
        assert list(await Groups(ctx).list([], Page())) == []

    assert refusal.value.key == f"Elixir.Glific.Groups.Group {row.id}"
    assert refusal.value.message == "Resource not found"


async def test_a_second_row_with_the_same_label_is_invalid(work: Work) -> None:
    async with work() as ctx:
        await Groups(ctx).add(group("Mothers"))

    with pytest.raises(Invalid) as refusal:
        async with work() as ctx:
            await Groups(ctx).add(Group(uuid="another", label="Mothers"))

    assert (refusal.value.key, refusal.value.message) == ("label", "has already been taken")


@pytest.mark.parametrize("id_", ["x", "", "-1", "0", "9" * 40, None])
async def test_an_id_that_cannot_be_is_not_found(id_: str | None, work: Work) -> None:
    async with work() as ctx:
        assert await Groups(ctx).find(id_) is None


def test_no_page_is_longer_than_a_hundred() -> None:
    assert Page(limit=5000, offset=-3) == Page(limit=100, offset=0)


@pytest.mark.parametrize(
    ("role", "asked", "may"),
    [
        ("staff", "staff", True),
        ("staff", "manager", False),
        ("admin", "manager", True),
        ("none", "staff", False),
    ],
)
def test_a_role_admits_what_is_below_it(role: str, asked: str, may: bool) -> None:
    assert Actor("staff", role=role).may(asked) is may


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "::1",
        "fd00::1",
        "::ffff:10.0.0.1",
    ],
)
def test_addresses_that_are_not_the_internet_are_private(address: str) -> None:
    assert is_private(address)


async def test_a_private_host_is_refused_before_anything_is_sent() -> None:
    http = OutgoingHttp()

    with pytest.raises(OutgoingError) as refusal:
        await http.request("POST", "http://localhost:9/hook", body=b"{}")
    await http.close()

    assert refusal.value.code == "private_address"


async def test_a_connection_that_the_server_closed_is_not_handed_out(services: Services) -> None:
    """A restart of PostgreSQL costs nobody who comes after it an error."""
    pid = text("SELECT pg_backend_pid()")
    async with services.db.session() as session:
        first = await session.scalar(pid)
    async with services.db.look() as connection, services.db.session() as other:
        second = await connection.scalar(pid)
        await other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": first})
    for _ in range(3):
        async with services.db.session() as session:
            assert await session.scalar(pid) != first
    assert second is not None
