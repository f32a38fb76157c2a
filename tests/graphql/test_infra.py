"""The transports: who is let in, and how answers and refusals look."""

from __future__ import annotations

from datetime import timedelta

import httpx
from starlette.applications import Starlette

from app.core.clock import FrozenClock
from app.graphql import schema
from app.models import Organization
from tests.graphql.conftest import Socket, StaffClient

LANGUAGES = "{ languages(opts: {limit: 1}) { label locale } }"


async def test_a_call_without_a_token_is_not_authenticated(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api", json={"query": LANGUAGES})

    assert (answer.status_code, answer.json()) == (
        401,
        {"error": {"code": 401, "message": "Not authenticated"}},
    )


async def test_the_token_may_follow_a_scheme(staff_client: StaffClient) -> None:
    client = await staff_client("staff")

    answer = await client.http.post(
        "/api", json={"query": LANGUAGES}, headers={"authorization": f"Bearer {client.token}"}
    )

    assert answer.json() == {"data": {"languages": [{"label": "English", "locale": "en"}]}}


async def test_an_expired_token_opens_the_socket_but_not_the_api(
    staff_client: StaffClient, clock: FrozenClock, app: Starlette
) -> None:
    client = await staff_client("staff", name="Asha")
    clock.advance(timedelta(hours=2))

    answer = await client.post({"query": LANGUAGES})
    async with Socket(app).opened(None) as socket:
        await socket.send({"type": "connection_init", "payload": {"authToken": client.token}})
        ack = await socket.receive()

    assert answer.status_code == 401
    assert ack == {"type": "connection_ack", "payload": {"name": "Asha"}}


async def test_a_token_a_day_past_its_end_opens_nothing(
    staff_client: StaffClient, clock: FrozenClock, app: Starlette
) -> None:
    client = await staff_client("staff")
    clock.advance(timedelta(hours=25))

    async with Socket(app).opened(None) as socket:
        await socket.send({"type": "connection_init", "payload": {"authToken": client.token}})
        closed = await socket.receive()

    assert closed == {"type": "closed", "code": 4403}


async def test_a_query_runs_over_the_socket(staff_client: StaffClient, app: Starlette) -> None:
    client = await staff_client("staff")

    async with Socket(app).opened(client.token) as socket:
        await socket.send({"id": "a", "type": "subscribe", "payload": {"query": LANGUAGES}})
        first, second = await socket.receive(), await socket.receive()

    assert first == {
        "id": "a",
        "type": "next",
        "payload": {"data": {"languages": [{"label": "English", "locale": "en"}]}},
    }
    assert second == {"id": "a", "type": "complete"}


async def test_too_low_a_role_is_a_top_level_error_and_its_siblings_are_answered(
    staff_client: StaffClient,
) -> None:
    client = await staff_client("none")

    answer = await client.execute("{ countLanguages __typename }")

    assert answer["data"] == {"countLanguages": None, "__typename": "RootQueryType"}
    assert [(e["message"], e["path"]) for e in answer["errors"]] == [
        ("Unauthorized", ["countLanguages"])
    ]


async def test_a_request_that_is_no_operation_is_a_bad_request(staff_client: StaffClient) -> None:
    client = await staff_client()

    bodies: tuple[object, ...] = ([], {"query": ""}, {"query": "{ a }", "variables": 1})
    for body in bodies:
        assert (await client.post(body)).status_code == 400


async def test_names_fold_in_documents_and_variables_and_the_answer_echoes_them(
    staff_client: StaffClient,
) -> None:
    client = await staff_client()

    data = await client.data(
        "query ($filter: LanguageFilter) {"
        ' Languages(filter: $filter, opts: {order_with: "label"}) { label_locale }'
        ' count_languages(Filter: {Locale: "hi"}) }',
        {"filter": {"Locale": "hi"}},
    )

    assert data == {"Languages": [{"label_locale": "हिंदी"}], "count_languages": 1}


async def test_names_fold_in_the_default_of_a_variable(staff_client: StaffClient) -> None:
    client = await staff_client()

    data = await client.data(
        """query ($opts: Opts = {order_with: "label", Limit: 1}, $filter: LanguageFilter = {Locale: "hi"}) {
             languages(opts: $opts) { locale } countLanguages(filter: $filter) }"""
    )

    assert data == {"languages": [{"locale": "en"}], "countLanguages": 1}


async def test_a_bare_word_is_a_text_where_a_text_is_wanted(staff_client: StaffClient) -> None:
    client = await staff_client()

    data = await client.data("{ languages(opts: {order_with: label, limit: 1}) { locale } }")

    assert data == {"languages": [{"locale": "en"}]}


async def test_type_aliases_and_empty_parentheses_are_understood(
    staff_client: StaffClient, org: Organization
) -> None:
    client = await staff_client()
    id_ = org.default_language_id

    data = await client.data(
        "query ($id: Id!) { language(id: $id) { language { locale } } countLanguages() }",
        {"id": id_},
    )

    assert data == {"language": {"language": {"locale": "en"}}, "countLanguages": 2}


async def test_limits_refuse_deep_wide_and_much_aliased_documents(
    staff_client: StaffClient,
) -> None:
    client = await staff_client()
    aliases = " ".join(f"a{i}: countLanguages" for i in range(60))
    deep = "{ a " * 14 + "}" * 14

    for document in (
        "{" + aliases + "}",
        deep.replace("{ a ", "{ a", 1),
        "{" + "countLanguages " * 6000 + "}",
    ):
        answer = await client.execute(document)
        assert answer["data"] is None
        assert len(answer["errors"]) == 1


async def test_introspection_is_answered(staff_client: StaffClient) -> None:
    from graphql import get_introspection_query

    client = await staff_client()

    data = await client.data(get_introspection_query())

    assert data["__schema"]["queryType"]["name"] == "RootQueryType"


async def test_an_unknown_field_is_explained(staff_client: StaffClient) -> None:
    client = await staff_client()

    answer = await client.execute("{ nonsense }")

    assert answer["data"] is None
    assert "nonsense" in answer["errors"][0]["message"]


async def test_the_explorer_is_a_page_of_our_own(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api")

    assert answer.status_code == 200
    assert "://" not in answer.text


def test_every_root_field_is_nullable() -> None:
    from graphql import GraphQLNonNull

    made = schema.schema()._schema
    roots = filter(None, (made.query_type, made.mutation_type, made.subscription_type))
    required = [
        name
        for root in roots
        for name, field in root.fields.items()
        if isinstance(field.type, GraphQLNonNull)
    ]

    assert required == []


async def test_a_character_that_cannot_be_stored_is_a_refusal(staff_client: StaffClient) -> None:
    client = await staff_client()
    message = "holds a character or number that cannot be stored"

    made = await client.data(
        """mutation ($input: GroupInput!) { createGroup(input: $input) {
             group { id } errors { key message } } }""",
        {"input": {"label": "a\0b"}},
    )
    found = await client.execute('{ contacts(filter: {name: "a\\u0000"}) { id } }')

    errors = [{"key": "input", "message": message}]
    assert made == {"createGroup": {"group": None, "errors": errors}}
    assert [error["message"] for error in found["errors"]] == [message]


async def test_a_subscription_over_http_is_sent_to_the_socket(staff_client: StaffClient) -> None:
    client = await staff_client()

    answer = await client.post({"query": "subscription { collectionCount }"})

    assert (answer.status_code, answer.json()) == (
        400,
        {"errors": [{"message": "Subscriptions are told at /socket, not over HTTP"}]},
    )


async def test_an_operation_that_the_document_lacks_is_a_bad_request(
    staff_client: StaffClient,
) -> None:
    client = await staff_client()

    answer = await client.post({"query": "query A { __typename }", "operationName": "B"})

    assert (answer.status_code, answer.json()) == (
        400,
        {"errors": [{"message": "The document has no operation of that name"}]},
    )


async def test_a_form_that_cannot_be_read_is_a_bad_request(staff_client: StaffClient) -> None:
    client = await staff_client()
    files = [("f", (f"{n}.txt", b"a")) for n in range(11)]

    answer = await client.http.post("/api", files=files, headers={"authorization": client.token})

    assert (answer.status_code, answer.json()) == (
        400,
        {"errors": [{"message": "The form cannot be read: send at most 10 files and 50 fields"}]},
    )
