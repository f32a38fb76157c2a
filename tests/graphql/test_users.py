"""Users: who may change whom, and what everybody changes of himself."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.login import codes
from app.models import Group, Organization
from tests.graphql.conftest import Client, StaffClient

UPDATE = """mutation ($id: ID!, $input: UserInput!) { updateUser(id: $id, input: $input) {
  user { name roles isRestricted } errors { key message } } }"""
CURRENT = """mutation ($input: CurrentUserInput!) { updateCurrentUser(input: $input) {
  user { name } errors { key message } } }"""
DELETE = "mutation ($id: ID!) { deleteUser(id: $id) { errors { key message } } }"


async def update(client: Client, id_: Any, **input_: Any) -> Any:
    return await client.execute(UPDATE, {"id": id_, "input": input_})


async def test_the_caller_finds_himself_with_his_roles(staff_client: StaffClient) -> None:
    client = await staff_client("admin", name="Asha")

    data = await client.data(
        """{ currentUser { user { name roles accessRoles { id label } isRestricted
             language { label } organization { name activeLanguages { label } } } } }"""
    )

    assert data["currentUser"]["user"] == {
        "name": "Asha",
        "roles": ["admin"],
        "accessRoles": [{"id": "1", "label": "Admin"}],
        "isRestricted": False,
        "language": {"label": "English"},
        "organization": {
            "name": "Asha",
            "activeLanguages": [{"label": "English"}, {"label": "Hindi"}],
        },
    }


async def test_somebody_without_a_role_may_only_ask_who_he_is(staff_client: StaffClient) -> None:
    client = await staff_client("none")

    answer = await client.execute("{ currentUser { user { roles } } users { name } }")

    assert answer["data"] == {"currentUser": {"user": {"roles": ["none"]}}, "users": None}


async def test_users_are_those_of_the_organization_by_name(
    staff_client: StaffClient, other_org: Organization
) -> None:
    client = await staff_client("manager", name="Bela")
    await staff_client("staff", name="Asha")
    stranger = await staff_client("staff", name="Asma", organization=other_org)
    document = """query ($id: ID!) { users(filter: {name: "as"}) { name } countUsers
      user(id: $id) { user { name } errors { key message } } }"""

    data = await client.data(document, {"id": stranger.user.id})

    assert data == {
        "users": [{"name": "Asha"}],
        "countUsers": 2,
        "user": {
            "user": None,
            "errors": [
                {
                    "key": f"Elixir.Glific.Users.User {stranger.user.id}",
                    "message": "Resource not found",
                }
            ],
        },
    }


async def test_new_roles_end_the_users_logins(staff_client: StaffClient) -> None:
    admin, other = await staff_client("admin"), await staff_client("staff", name="Bela")

    answer = await update(admin, other.user.id, roles=["Manager"], isRestricted=True)

    assert answer["data"]["updateUser"] == {
        "user": {"name": "Bela", "roles": ["manager"], "isRestricted": True},
        "errors": None,
    }
    assert (await other.post({"query": "{ roles }"})).status_code == 401


async def test_roles_may_be_added_and_taken_by_id(staff_client: StaffClient) -> None:
    admin, other = await staff_client("admin"), await staff_client("staff")

    answer = await update(admin, other.user.id, addRoleIds=[3], deleteRoleIds=["2"])

    assert answer["data"]["updateUser"]["user"]["roles"] == ["manager"]


async def test_an_unknown_role_is_refused_in_the_documents_words(
    staff_client: StaffClient,
) -> None:
    admin, other = await staff_client("admin"), await staff_client("staff")

    answer = await update(admin, other.user.id, roles=["emperor"])

    assert answer["data"]["updateUser"] == {
        "user": None,
        "errors": [{"key": "roles", "message": "has an invalid entry"}],
    }


@pytest.mark.parametrize("role", ["admin", "glific_admin"])
async def test_nobody_gives_a_role_above_his_own(staff_client: StaffClient, role: str) -> None:
    manager, other = await staff_client("manager"), await staff_client("staff")

    answer = await update(manager, other.user.id, roles=[role])

    assert answer["data"]["updateUser"]["user"] is None
    assert answer["data"]["updateUser"]["errors"][0]["message"] == "Unauthorized"
    assert (await other.post({"query": "{ roles }"})).status_code == 200


async def test_nobody_changes_who_stands_above_him(staff_client: StaffClient) -> None:
    manager, admin = await staff_client("manager"), await staff_client("admin", name="Asha")

    answer = await update(manager, admin.user.id, name="Nobody")
    removed = await manager.data(DELETE, {"id": admin.user.id})

    assert answer["data"]["updateUser"]["errors"][0]["message"] == "Unauthorized"
    assert removed["deleteUser"]["errors"][0]["message"] == "Unauthorized"
    assert (await admin.data("{ currentUser { user { name } } }"))["currentUser"] == {
        "user": {"name": "Asha"}
    }


async def test_the_last_administrator_stays_one(staff_client: StaffClient) -> None:
    admin = await staff_client("admin")

    answer = await update(admin, admin.user.id, roles=["staff"])

    assert answer["data"]["updateUser"]["errors"] == [
        {"key": "roles", "message": "the organization needs an administrator"}
    ]


async def test_groups_are_replaced_and_anothers_group_is_refused(
    staff_client: StaffClient, services: Services, org: Organization, other_org: Organization
) -> None:
    admin, other = await staff_client("admin"), await staff_client("staff")
    ids = []
    for owner in (org, other_org):
        async with unit_of_work(services, org_id=owner.id or 0) as ctx:
            group = Group(organization_id=owner.id or 0, label="Mothers", uuid=f"g{owner.id}")
            ctx.session.add(group)
            await ctx.session.flush()
            ids.append(group.id)

    good = await update(admin, other.user.id, groupIds=[ids[0]])
    bad = await update(admin, other.user.id, groupIds=[ids[1]])

    assert good["data"]["updateUser"]["errors"] is None
    assert bad["data"]["updateUser"]["errors"] == [
        {"key": "groupIds", "message": "has an invalid entry"}
    ]


async def test_a_user_is_removed_and_logged_out_but_not_oneself(staff_client: StaffClient) -> None:
    admin, other = await staff_client("admin"), await staff_client("staff")

    removed = await admin.data(DELETE, {"id": other.user.id})
    again = await admin.data(DELETE, {"id": other.user.id})
    oneself = await admin.data(DELETE, {"id": admin.user.id})

    assert removed == {"deleteUser": {"errors": None}}
    assert again["deleteUser"]["errors"] == [
        {"key": f"Elixir.Glific.Users.User {other.user.id}", "message": "Resource not found"}
    ]
    assert oneself["deleteUser"]["errors"] == [{"key": "id", "message": "is yourself"}]
    assert (await other.post({"query": "{ roles }"})).status_code == 401


async def test_a_new_password_needs_a_code(staff_client: StaffClient) -> None:
    client = await staff_client("staff", name="Asha")

    answer = await client.data(CURRENT, {"input": {"password": "a long new one", "otp": "123456"}})

    assert answer["updateCurrentUser"] == {
        "user": None,
        "errors": [{"key": "OTP", "message": "does_not_exist"}],
    }


async def test_a_wrong_code_counts_and_a_right_one_changes_the_password(
    staff_client: StaffClient, services: Services, org: Organization, sent_codes: list[str]
) -> None:
    client = await staff_client("staff")
    async with unit_of_work(services, org_id=org.id or 0) as ctx:
        await codes.send_code(ctx, client.user.phone, registration=False)
    right = sent_codes[-1]
    wrong = "000000" if right != "000000" else "111111"

    first = await client.data(CURRENT, {"input": {"password": "a long new one", "otp": wrong}})
    second = await client.data(CURRENT, {"input": {"password": "a long new one", "otp": right}})
    third = await client.data(CURRENT, {"input": {"password": "another new one", "otp": right}})

    assert first["updateCurrentUser"]["errors"] == [{"key": "OTP", "message": "incorrect_code"}]
    assert second["updateCurrentUser"]["errors"] is None
    assert third["updateCurrentUser"]["errors"] == [{"key": "OTP", "message": "code_expired"}]


async def test_roles_are_named_and_labelled(staff_client: StaffClient) -> None:
    client = await staff_client("staff")

    data = await client.data("{ roles accessRoles { id label } }")

    assert data == {
        "roles": ["none", "staff", "manager", "admin"],
        "accessRoles": [
            {"id": "4", "label": "None"},
            {"id": "2", "label": "Staff"},
            {"id": "3", "label": "Manager"},
            {"id": "1", "label": "Admin"},
        ],
    }
