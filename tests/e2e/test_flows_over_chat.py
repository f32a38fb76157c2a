"""Whole flows over a real chat client: the demo's, and those that NGOs ship with Glific."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.chat_client import ChatClient
from tests.e2e.conftest import PASSWORD, Installation
from tests.e2e.talk import walk
from tests.e2e.test_a_conversation import ADMIN, Staff, http
from tests.flows.shared import CONFORMANCE, needs_conformance

__all__ = ["http"]

SHIPPED = CONFORMANCE / "flows" / "glific"
#: A person of the demo for each conversation; every fifth, as 24, is written to in Hindi.
REGISTERS, ASKS, ANSWERS, LEARNS, SURVEYED, SPEAKS = (
    f"9171000000{n}" for n in (21, 22, 23, 25, 26, 27)
)


@asynccontextmanager
async def online(installation: Installation, folder: Path, phone: str) -> AsyncIterator[ChatClient]:
    """A person of the demo with a chat client."""
    client = await ChatClient.login(folder, installation.websocket, "localhost", phone, PASSWORD)
    try:
        yield client
    finally:
        await client.close()


@pytest.fixture
async def staff(http: httpx.AsyncClient) -> Staff:
    return await Staff.login(http, ADMIN, PASSWORD)


async def newest(staff: Staff, phone: str) -> dict[str, Any]:
    """How the person's newest session of a flow ended, and what is known of the person now."""
    answer = await staff.execute(
        """query($id: ID!) { flowSession(id: $id) { flowSession {
          status endReason results flow { name } contact { name fields groups { label } } } } }""",
        id=phone,
    )
    session: dict[str, Any] = answer["flowSession"]["flowSession"]
    contact = session["contact"]
    fields = {key: value["value"] for key, value in json.loads(contact["fields"]).items()}
    return {
        "flow": session["flow"]["name"],
        "status": session["status"],
        "name": contact["name"],
        "fields": fields,
        "groups": {group["label"] for group in contact["groups"]},
        "results": json.loads(session["results"]),
    }


# -- the demo's own


async def test_somebody_registers(
    installation: Installation, node_client: Path, staff: Staff
) -> None:
    async with online(installation, node_client, REGISTERS) as person:
        await walk(
            person,
            ("register", "Let us register you. What is your full name?"),
            ("42", "A name has letters only"),
            ("Meera Kumari", "Thank you, Meera Kumari. How old are you?"),
            ("I am 34 years old", "In which village or town do you live?"),
            ("Rampur", "Name: Meera Kumari\nAge: 34\nPlace: Rampur"),
            ("Yes!", "You are registered, Meera Kumari. Welcome!"),
        )

    known = await newest(staff, REGISTERS)
    assert (known["status"], known["name"]) == ("completed", "Meera Kumari")
    assert {"age": "34", "village": "Rampur"}.items() <= known["fields"].items()
    assert "Registered" in known["groups"]


async def test_the_help_menu_leads_into_another_flow_and_back(
    installation: Installation, node_client: Path, staff: Staff
) -> None:
    async with online(installation, node_client, ASKS) as person:
        await walk(
            person,
            ("help", "Hello "),
            ("9", "I did not understand that."),
            ("4", "What would you like to tell us?"),
            ("All is well", "Thank you, ", 'Send "help" whenever you want'),
        )

    known = await newest(staff, ASKS)
    assert known["status"] == "completed"
    assert known["results"]["menu_choice"]["category"] == "Feedback"


async def test_the_survey_is_scored_by_the_webhook(
    installation: Installation, node_client: Path, staff: Staff
) -> None:
    async with online(installation, node_client, ANSWERS) as person:
        *_, last = await walk(
            person,
            ("survey", "Three short questions.", "1/3"),
            ("5", "2/3"),
            ("six", "Please send a number from 1 to 5."),
            ("4", "3/3"),
            ("4", "Your score is 13 of 15. We are glad to serve you so well."),
        )

    known = await newest(staff, ANSWERS)
    assert last == "Your score is 13 of 15. We are glad to serve you so well."
    assert (known["status"], known["results"]["survey"]["category"]) == ("completed", "Success")


# -- flows of others


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An NGO's server on this machine: its address, and what it was asked."""
    asked: list[dict[str, Any]] = []

    class Survey(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            asked.append(json.loads(self.rfile.read(length)))
            body = json.dumps({"status": 1, "content": "Walk every day.", "score": "17"}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the test's output is for the test."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Survey)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/survey", asked
    server.shutdown()
    thread.join()
    server.server_close()


def shipped(name: str) -> Any:
    return json.loads((SHIPPED / f"{name}.json").read_text("utf-8"))


async def publish(staff: Staff, definitions: dict[str, Any]) -> None:
    """The flows are imported as one file, by their keywords, and published."""
    flows = [{"definition": each, "keywords": [word]} for word, each in definitions.items()]
    told = await staff.execute(
        """mutation($f: Json!) { importFlow(flow: $f) {
          success notes status { flowName status } errors { key message } } }""",
        f=json.dumps({"flows": flows}),
    )
    assert (told["importFlow"]["success"], told["importFlow"]["errors"]) == (True, None), told
    for word in definitions:
        found = await staff.execute(
            "query($k: String) { flows(filter: {keyword: $k}) { uuid } }", k=word
        )
        [flow] = found["flows"]
        done = await staff.execute(
            """mutation($u: UUID4!) { publishFlow(uuid: $u) {
              success errors { key message category } } }""",
            u=flow["uuid"],
        )
        assert done["publishFlow"]["success"] is True, (word, done)


@needs_conformance
async def test_four_flows_of_ngos_are_walked_to_their_ends(
    installation: Installation,
    node_client: Path,
    staff: Staff,
    receiver: tuple[str, list[dict[str, Any]]],
) -> None:
    """Registration, language, feedback (which enters help) and a survey with a webhook."""
    address, asked = receiver
    survey = shipped("survey")
    (call,) = [a for n in survey["nodes"] for a in n["actions"] if a["type"] == "call_webhook"]
    call["url"] = address
    await publish(staff, {
        "ngohelp": shipped("help"), "ngoactivity": shipped("activity"),
        "ngofeedback": shipped("feedback"), "ngoregister": shipped("registration"),
        "ngolanguage": shipped("language"), "ngosurvey": survey,
    })  # fmt: skip

    async with online(installation, node_client, LEARNS) as person:
        await walk(
            person,
            ("ngoregister", "You can ask for user's name."),
            ("Vikas Singh", "You can ask for details such as age."),
            ("9", "Sorry, we didn't understand that."),
            ("2", "Thank you for introducing yourself to us Vikas Singh"),
        )
        registered = await newest(staff, LEARNS)
        await walk(
            person,
            ("ngofeedback", "Hi, Did you understand this activity?"),
            ("2", "I am so sorry to hear that!"),
            ("1", "Thank you for reaching out."),
            ("7", "Thank you for reaching out."),
            ("1", "Message for option 1", "We hope that helped you out."),
        )
        helped = await newest(staff, LEARNS)
    async with online(installation, node_client, SPEAKS) as person:
        await walk(
            person,
            ("ngolanguage", "Your language is currently set at "),
            ("1", "*"),
            ("ngolanguage", "*"),
            ("2", "Your language is now set to English"),
        )
        spoken = await newest(staff, SPEAKS)
    async with online(installation, node_client, SURVEYED) as person:
        await walk(
            person,
            ("ngosurvey", "This is Question 1."),
            ("perhaps", "This is Question 1."),
            ("Y", "This is Question 2."),
            ("n", "This is Question 3"),
            ("y", "This is Question 4"),
            ("y", "This is Question 5"),
            ("N", "Thank you for your responses, your responses were:\n\nQ1: Y\nQ2: n"),
            (
                "Y",
                "Based on your answers, we think the following content will help you the next "
                "week\n\nWalk every day.",
                "This is a message for all folks in Group 3.\n\nYour score was: 17",
            ),
        )
        surveyed = await newest(staff, SURVEYED)

    # The demo has a flow called Feedback, so the import gives the second one a number.
    ends = [(each["flow"], each["status"]) for each in (registered, helped, spoken, surveyed)]
    assert ends == [
        ("Registration Workflow", "completed"), ("Feedback (2)", "completed"),
        ("Language Workflow", "completed"), ("Survey Workflow", "completed"),
    ]  # fmt: skip
    assert {"name": "Vikas Singh", "age_group": "11 to 14"}.items() <= registered["fields"].items()
    assert "Priority" in helped["groups"]
    [body] = asked
    assert body["custom_key"] == "custom_value"
    assert [body["results"][f"A{n}"]["category"] for n in range(1, 6)] == ["Y", "N", "Y", "Y", "N"]
