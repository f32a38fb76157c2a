"""Sheets: CSV files of the organization, and a real server on loopback."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import pytest

from app.core.errors import Invalid
from app.domain.sheets.service import append_row, list_sheets, row_with_key
from app.models import FlowEffect, FlowTrace, WebhookLog
from app.runner.effects.sheets import NOT_WRITABLE, csv_url
from tests.runner.conftest import Stage
from tests.runner.drawing import Json, ask, flow, node, say
from tests.runner.ngo import Ngo

pytestmark = pytest.mark.anyio


def prices(url: str) -> Json:
    action = {
        "type": "link_google_sheet",
        "action_type": "READ",
        "sheet_id": "1",
        "url": url,
        "row": "Rice",
        "result_name": "price",
    }
    return flow("Prices", node("read", action, say("Costs @results.price.rupees")))


async def test_a_row_of_a_sheet_becomes_a_result(stage: Stage, ngo: Ngo) -> None:
    ngo.body = "name,rupees\nwheat,30\nrice,45\n"
    await stage.draw(prices(ngo.url), "prices")
    await stage.say("prices")
    await stage.call_out()
    await stage.drain()

    assert stage.heard() == ["Costs 45"]
    (effect,) = await stage.rows(FlowEffect)
    assert (effect.kind, effect.status) == ("read_sheet", "done")
    assert await stage.rows(WebhookLog) == []
    answer = (await stage.rows(FlowTrace))[-1].entries[0]
    assert (answer["cause"], answer["body"]) == ("answer", '{"name": "rice", "rupees": "45"}')


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, "name,rupees\nwheat,30\n", "the sheet has no such row"),
        (404, "", "the sheet's server answered 404"),
    ],
)
async def test_a_sheet_without_the_row_is_a_failure(
    stage: Stage, ngo: Ngo, status: int, body: str, error: str
) -> None:
    ngo.status, ngo.body = status, body
    await stage.draw(prices(ngo.url), "prices")
    await stage.say("prices")
    await stage.call_out()
    await stage.drain()

    (effect,) = await stage.rows(FlowEffect)
    assert (effect.status, effect.response["error"]) == ("failed", error)
    state = (await stage.session()).state
    assert state["runs"][0]["results"]["price"]["category"] == "Failure"


def test_a_row_is_found_by_its_first_column_whatever_its_case() -> None:
    text = "\ufeffName,Age\n ASHA ,34\nasha,35\n"

    assert row_with_key(io.StringIO(text[1:]), "asha") == {"Name": " ASHA ", "Age": "34"}
    assert row_with_key(io.StringIO(""), "asha") is None


@pytest.mark.parametrize(
    ("url", "csv"),
    [
        ("https://x.example/a.csv", "https://x.example/a.csv"),
        (
            "https://docs.google.com/spreadsheets/d/abc/edit#gid=0",
            "https://docs.google.com/spreadsheets/d/abc/export?format=csv",
        ),
        (
            "https://docs.google.com/spreadsheets/d/e/abc/pubhtml",
            "https://docs.google.com/spreadsheets/d/e/abc/pub?output=csv",
        ),
    ],
)
def test_a_sheets_page_has_an_address_as_csv(url: str, csv: str) -> None:
    assert csv_url(url) == csv


# -- writing


def answers(url: str) -> Json:
    action = {
        "type": "link_google_sheet",
        "action_type": "WRITE",
        "sheet_id": "1",
        "name": "Answers",
        "url": url,
        "range": "Sheet1!A1:B1",
        "row_data": ["@contact.name", "@results.said.input"],
        "result_name": "written",
    }
    return flow(
        "Answers",
        node("q", say("Say it"), to="a"),
        ask("a", "said", to="w"),
        node("w", action, say("It is @results.written.category")),
    )


async def written(stage: Stage, url: str, text: str = "yes, please") -> list[str]:
    await stage.draw(answers(url), "answers")
    await stage.say("answers")
    await stage.say(text)
    await stage.call_out()
    await stage.drain()
    return stage.heard()


async def test_a_row_is_added_to_a_sheet_of_the_organization(stage: Stage) -> None:
    assert await written(stage, "sheet:answers") == ["Say it", "It is Success"]

    file = stage.services.config.data_dir / "sheets" / str(stage.org.id) / "answers.csv"
    assert file.read_text("utf-8") == 'Asha,"yes, please"\n'
    (effect,) = await stage.rows(FlowEffect)
    assert (effect.kind, effect.status) == ("write_sheet", "done")
    assert [sheet.url for sheet in list_sheets(stage.services.config, stage.org.id or 0)] == [
        "sheet:answers"
    ]


async def test_a_row_is_posted_signed_to_an_address_that_keeps_rows(stage: Stage, ngo: Ngo) -> None:
    ngo.status, ngo.body = 302, ""
    assert await written(stage, ngo.url) == ["Say it", "It is Success"]

    (asked,) = ngo.asked
    assert asked["method"] == "POST"
    assert "x-glific-signature" in asked["headers"]
    assert json.loads(asked["body"]) == {
        "sheet_id": "1",
        "name": "Answers",
        "range": "Sheet1!A1:B1",
        "row": ["Asha", "yes, please"],
    }


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("https://docs.google.com/spreadsheets/d/abc/edit", NOT_WRITABLE),
        (
            "sheet:../secrets",
            "sheet must be named by letters, digits, blanks, dots and hyphens",
        ),
        ("ftp://x.example/a", "the address must begin with http:// or https://"),
    ],
)
async def test_what_cannot_be_written_is_a_failure_with_its_reason(
    stage: Stage, url: str, error: str
) -> None:
    assert await written(stage, url) == ["Say it", "It is Failure"]

    (effect,) = await stage.rows(FlowEffect)
    assert (effect.status, effect.response["error"]) == ("failed", error)


async def test_a_sheet_of_the_organization_is_read(stage: Stage) -> None:
    config, org_id = stage.services.config, stage.org.id or 0
    for row in (["name", "rupees"], ["Rice", "45"]):
        append_row(config, org_id, "sheet:prices", row)
    await stage.draw(prices("sheet:prices"), "prices")
    await stage.draw(prices("sheet:others") | {"uuid": "other", "name": "Others"}, "others")
    await stage.say("prices")
    await stage.call_out()
    await stage.drain()
    await stage.say("others")
    await stage.call_out()
    await stage.drain()

    assert stage.heard()[0] == "Costs 45"
    assert (await stage.rows(FlowEffect))[1].response["error"] == "there is no sheet others"


async def test_rows_of_many_writers_stand_whole_and_formulas_are_texts(stage: Stage) -> None:
    config = stage.services.config
    cells = ["=1+1", "@SUM(A1)", "-2+3", "+91 98765-43210", "-7.5", 'say "hi"\nthere']
    await asyncio.gather(
        *(asyncio.to_thread(append_row, config, 1, "sheet:many", [str(n), *cells])
          for n in range(20))
    )  # fmt: skip

    text = (config.data_dir / "sheets" / "1" / "many.csv").read_text("utf-8")
    end = """'=1+1,'@SUM(A1),'-2+3,+91 98765-43210,-7.5,"say ""hi""\nthere"\n"""
    assert sorted(text.split(end)) == ["", *sorted(f"{n}," for n in range(20))]
    with pytest.raises(Invalid):
        append_row(config, 1, "sheet:/etc/passwd", ["x"])


async def test_a_sheet_of_another_organization_is_not_there(stage: Stage, other_org: Any) -> None:
    append_row(stage.services.config, other_org.id, "sheet:prices", ["name", "rupees"])
    await stage.draw(prices("sheet:prices"), "prices")
    await stage.say("prices")
    await stage.call_out()

    (effect,) = await stage.rows(FlowEffect)
    assert effect.response["error"] == "there is no sheet prices"
    assert list_sheets(stage.services.config, stage.org.id or 0) == []
