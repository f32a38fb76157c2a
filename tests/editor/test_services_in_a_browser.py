"""Nodes of services in the public editor itself: shown, offered, and kept when they are saved."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.services import Services
from app.models import Flow
from tests.editor.browser import Tab
from tests.editor.conftest import Draw
from tests.editor.test_in_a_browser import (
    editor_home,
    leaf,
    picture,
    ravi,
    site,
    stored,
    tab,
)
from tests.runner.drawing import Json, call, flow, node, say, uid

pytestmark = pytest.mark.anyio
__all__ = ["editor_home", "ravi", "site", "tab"]

#: What the list of node types of an open dialog offers.
OFFERED = """(() => {
  const list = [...document.querySelectorAll('temba-select')]
    .find(one => one.getAttribute('name') === 'type');
  const options = list && (list.staticOptions || list.options || list.visibleOptions);
  return options && options.length ? options.map(one => one.type) : null;
})()"""

SERVICES: dict[str, tuple[str, Json]] = {
    "ticket": (
        "split_by_ticket",
        {"type": "open_ticket", "topic": {"uuid": uid("topic"), "name": "Billing"},
         "body": "@results", "assignee": None, "result_name": "result"},
    ),
    "sheet": (
        "split_by_webhook",
        {"type": "link_google_sheet", "action_type": "WRITE", "sheet_id": "answers",
         "name": "answers", "url": "sheet:answers", "row_data": ["@contact.name"],
         "range": "Sheet1!A1:A1", "result_name": ""},
    ),
    "profile": (
        "split_by_webhook",
        {"type": "set_contact_profile", "profile_type": "Create Profile",
         "value": {"name": "Ravi", "type": "student"}, "result_name": "Ravi"},
    ),
    "intent": (
        "split_by_intent",
        {"type": "call_classifier", "classifier": {"uuid": uid("classifier"), "name": "Booking"},
         "input": "@input.text", "result_name": "Result"},
    ),
}  # fmt: skip


def services_flow() -> Json:
    """A node of each kind, one below the other."""
    nodes = [node("hi", say("Who are you?"), to="ticket")]
    names = [*SERVICES, "mail"]
    for name, following in zip(SERVICES, names[1:], strict=True):
        split = call(name, "", "result", to=following, failed=following)
        split["actions"] = [SERVICES[name][1] | {"uuid": uid(f"{name}/0")}]
        nodes.append(split)
    mail = {"type": "send_email", "addresses": ["a@b.example"], "subject": "Hi", "body": "Hello"}
    drawn = flow("Services", *nodes, node("mail", mail))
    for name, (kind, _) in SERVICES.items():
        drawn["_ui"]["nodes"][uid(name)]["type"] = kind
    for place, item in enumerate(drawn["_ui"]["nodes"].values()):
        item["position"]["top"] = 220 * place
    return drawn


@pytest.fixture
async def drawn(draw: Draw, services: Services) -> Flow:
    """Comes before `site`, which serves the settings as they are then."""
    for name in ("smtp_url", "classifier_url"):
        object.__setattr__(services.config, name, "https://x.example")
    return await draw(services_flow(), "services")


async def test_nodes_of_services_are_shown_offered_and_kept(
    tab: Tab, drawn: Flow, services: Services
) -> None:
    for text in (
        "Billing",
        "Writing data to",
        "Creating profile with",
        "Booking",
        "Send Email",
    ):
        await tab.until(f"document.getElementById('flow').innerText.includes('{text}')")
    await picture(tab, "services")

    await tab.click_on(leaf("Billing"))
    offered: Any = await tab.until(OFFERED)
    await picture(tab, "ticket")
    await tab.click_on(leaf("Ok"))
    await tab.until_true(lambda: "open_ticket" in tab.sent)
    faults = tab.faults

    assert set(offered) >= {
        "open_ticket", "link_google_sheet", "set_contact_profile", "split_by_intent", "send_email",
    }  # fmt: skip
    assert not set(offered) & {"call_resthook", "transfer_airtime", "split_by_scheme"}
    newest = (await stored(services, drawn)).definition
    ticket = next(n for n in newest["nodes"] if n["uuid"] == uid("ticket"))
    assert ticket["actions"][0]["topic"]["name"] == "Billing"
    assert [c["name"] for c in ticket["router"]["categories"]] == ["Success", "Failure"]
    assert faults == []
