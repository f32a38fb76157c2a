"""What is drawn elsewhere and not done here leaves by Failure; staff read why, authors are warned."""

from __future__ import annotations

import pytest

from app.domain.flow_definitions.offered import FUNCTIONS as OFFERED
from app.domain.flow_definitions.revisions import publish_flow
from app.domain.flow_definitions.service import create_flow
from app.models import ContactHistory, Notification, WebhookLog
from app.runner.functions import FUNCTIONS
from tests.runner.conftest import Stage
from tests.runner.drawing import Json, call, flow, node, say, uid

pytestmark = pytest.mark.anyio

ELSEWHERE = ("call_llm", "call_resthook", "set_wa_group_field", "transfer_airtime")
UNKNOWN = ("create_certificate", "parse_via_chat_gpt", "send_wa_group_poll", "speech_to_text")


def drawn(action: Json) -> Json:
    """The action with the ways Success and Failure."""
    split = call("x", "", "done", to="yes", failed="no")
    split["actions"] = [{"uuid": uid("x/0"), "result_name": "done", **action}]
    return flow(
        "Elsewhere", split, node("yes", say("Done")), node("no", say("Not done: @results.done"))
    )


async def problems(stage: Stage, definition: Json) -> list[tuple[str, str]]:
    """What an author reads when he publishes the flow."""
    async with stage.work() as ctx:
        row = await create_flow(ctx, {"name": "P", "uuid": definition["uuid"]}, definition)
        found = await publish_flow(ctx, row.uuid)
    return [(one.category, one.message) for one in found.findings]


@pytest.mark.parametrize("kind", ELSEWHERE)
async def test_an_action_of_other_products_leaves_by_failure(stage: Stage, kind: str) -> None:
    await stage.draw(drawn({"type": kind}), "go")

    assert await stage.say("go") == ["Not done: "]
    why = f"the action {kind} is not done"
    assert why in [row.message for row in await stage.rows(Notification)]
    told = [row.event_label for row in await stage.rows(ContactHistory)]
    assert f"Left by Failure: {why}" in told


@pytest.mark.parametrize("kind", ELSEWHERE)
async def test_the_author_is_warned_of_such_an_action(stage: Stage, kind: str) -> None:
    warning = ("Warning", f"The action {kind} is not done here: its node goes by Failure")

    assert warning in await problems(stage, drawn({"type": kind}))


@pytest.mark.parametrize("name", UNKNOWN)
async def test_a_function_that_is_not_here_leaves_by_failure(stage: Stage, name: str) -> None:
    action = {"type": "call_webhook", "method": "FUNCTION", "url": name, "body": "{}"}
    await stage.draw(drawn(action), "go")
    await stage.say("go")
    await stage.call_out()
    await stage.drain()

    there = "check_response, geolocation, get_buttons"
    why = f'there is no function "{name}" here; there are: {there}'
    assert stage.heard() == [f"Not done: {why}"]
    (log,) = await stage.rows(WebhookLog)
    assert (log.method, log.url, log.error) == ("FUNCTION", name, why)


async def test_the_author_is_warned_of_services_that_are_not_here(stage: Stage) -> None:
    function = {"type": "call_webhook", "method": "FUNCTION", "url": "create_certificate"}
    classify = {"type": "call_classifier", "classifier": {"uuid": "k", "name": "K"}, "input": "x"}
    mail = {"type": "send_email", "addresses": ["a@x.example"], "subject": "s", "body": "b"}
    split = drawn(function)
    split["nodes"][0]["actions"] += [classify, mail]
    end = uid("x")[-4:]

    found = await problems(stage, split)

    assert [text for severity, text in found if f"Node {end} goes by Failure" in text] == [
        f"Node {end} goes by Failure: call_classifier cannot be carried out, "
        "an administrator sets a classifier up under Settings",
        f"Node {end} goes by Failure: send_email cannot be carried out, "
        "the installation needs SMTP_URL",
        f'Node {end} goes by Failure: there is no function "create_certificate" here; '
        "there are: check_response, get_buttons",
    ]
    assert {severity for severity, _ in found} == {"Warning"}


async def test_the_author_is_not_warned_of_services_that_are_here(stage: Stage) -> None:
    stage.configure(
        smtp_url="smtp://x", classifier_url="http://x.example", geocoder_url="http://y.example"
    )
    function = {"type": "call_webhook", "method": "FUNCTION", "url": "geolocation"}
    mail = {"type": "send_email", "addresses": ["a@x.example"], "subject": "s", "body": "b"}
    split = drawn(function)
    split["nodes"][0]["actions"] += [mail]

    assert [text for _, text in await problems(stage, split) if "by Failure" in text] == []


def test_the_functions_that_authors_are_told_of_are_those_that_run() -> None:
    assert set(OFFERED) == set(FUNCTIONS)
