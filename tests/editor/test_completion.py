"""What the editor offers while an expression is typed: all that the language has, with help."""

from __future__ import annotations

from typing import Any

import pytest

from flows.context import roots
from flows.docs.stage import give, look_up
from flows.expressions.functions import FUNCTIONS
from tests.graphql.conftest import Client, StaffClient

pytestmark = pytest.mark.anyio

#: Roots that the documentation's contact has none of.
ABSENT = {"urns", "child", "parent"}


@pytest.fixture
async def client(staff_client: StaffClient) -> Client:
    return await staff_client(role="manager", name="Ravi")


@pytest.fixture
async def offered(client: Client) -> Any:
    headers = {"authorization": client.token}
    return (await client.http.get("/flow-editor/completion", headers=headers)).json()


async def test_every_variable_is_offered_and_has_one_line_of_help(offered: Any) -> None:
    root = offered["context"]["root"]

    assert sorted(item["key"] for item in root) == sorted(roots())
    assert [item for item in root if not item["help"] or "\n" in item["help"]] == []


async def test_every_type_that_is_named_is_described(offered: Any) -> None:
    context = offered["context"]
    listed = [one for kind in context["types"] for one in kind.get("properties", ())]
    named = {one["type"] for one in (*context["root"], *listed)}

    plain = {"text", "number", "datetime", "array", "any"}
    assert named - plain == {kind["name"] for kind in context["types"]} - {"result"}
    assert [one for one in listed if not one["help"]] == []


async def test_what_is_offered_of_a_variable_is_there(offered: Any) -> None:
    kinds = {kind["name"]: kind.get("properties", []) for kind in offered["context"]["types"]}
    paths = [
        f"@{item['key']}.{one['key']}"
        for item in offered["context"]["root"]
        if item["key"] not in ABSENT
        for one in kinds.get(item["type"], ())
    ]

    # A name that means nothing stays as it was written.
    assert len(paths) > 40
    assert [path for path in paths if look_up(path) == path] == []


async def test_without_a_session_only_the_contact_and_the_organization_are_offered(
    offered: Any,
) -> None:
    assert [item["key"] for item in offered["context"]["root_no_session"]] == [
        "contact", "fields", "urns", "globals", "global", "calendar",
    ]  # fmt: skip


async def test_every_function_has_its_line_and_examples_that_hold(offered: Any) -> None:
    functions = offered["functions"]

    assert sorted(one["signature"].partition("(")[0] for one in functions) == sorted(FUNCTIONS)
    assert [one for one in functions if not one["summary"] or "\n" in one["summary"]] == []
    tests = [one["signature"] for one in functions if not one["examples"]]
    assert [one for one in tests if not one.startswith("has_")] == []
    assert {"has_text(value)", "has_number_between(value, low, high)"} <= set(tests)
    wrong = [
        example
        for one in functions
        for example in one["examples"]
        if give(example["template"][2:-1]) != example["output"]
    ]
    assert wrong == []
