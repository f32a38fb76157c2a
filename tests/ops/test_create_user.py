"""`samvad user create`: the verb behind it."""

from __future__ import annotations

import pytest

from app.core.crypto import verify_password
from app.core.errors import Invalid
from app.domain.contacts.service import contact_by_phone
from app.domain.users.creation import NewUser, create_user
from tests.conftest import Work

pytestmark = pytest.mark.anyio

MEERA = NewUser("Meera Nair", "917000000001", "asha-kiran", ("admin",))


async def test_a_new_user_can_log_in_and_is_a_contact(work: Work) -> None:
    async with work() as ctx:
        user = await create_user(ctx, MEERA)
        contact = await contact_by_phone(ctx, "917000000001")

    assert (user.name, user.phone, user.roles) == ("Meera Nair", "917000000001", ["admin"])
    assert user.contact_id == contact.id
    assert await verify_password("asha-kiran", user.password_hash)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (NewUser(" ", "917000000001", "asha-kiran"), "name"),
        (NewUser("Meera", "917000000001", "short"), "password"),
        (NewUser("Meera", "917000000001", "asha-kiran", ("king",)), "roles"),
    ],
)
async def test_a_user_who_cannot_be_is_refused(work: Work, wanted: NewUser, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        async with work() as ctx:
            await create_user(ctx, wanted)

    assert refusal.value.key == field


async def test_a_phone_is_taken_once(work: Work) -> None:
    async with work() as ctx:
        await create_user(ctx, MEERA)

    with pytest.raises(Invalid) as refusal:
        async with work() as ctx:
            await create_user(ctx, MEERA)

    assert (refusal.value.key, str(refusal.value)) == ("phone", "has already been taken")
