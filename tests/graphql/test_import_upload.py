"""A sheet of contacts comes over HTTP: in the document, as a `data:` URL, from a URL, as a file."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest

from tests.graphql.conftest import Client, StaffClient

SHEET = """name,phone,Language,opt_in,delete
Meera,9989329297,english,2021-03-09
"""
IMPORT = """mutation ($group_label: String, $data: String, $type: ImportContactEnum) {
  importContacts(group_label: $group_label, data: $data, type: $type) {
    status errors { key message } } }"""
UPLOAD = """mutation ($group_label: String, $file: Upload) {
  importContacts(groupLabel: $group_label, file: $file) { status errors { key message } } }"""
ADDED = {"importContacts": {"status": "All contacts added", "errors": None}}
FILE = ("people.csv", b"\xef\xbb\xbf" + SHEET.encode(), "text/csv")


@pytest.fixture
def sheet_url() -> Iterator[str]:
    """Where a server on loopback gives the sheet away."""

    class Sheet(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(SHEET.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Sheet)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/people.csv"
    server.shutdown()
    server.server_close()


async def members(client: Client) -> Any:
    """Who is in the collection that the import named."""
    data = await client.data(
        """{ contacts(filter: {name: "Meera"}) { name phone language { label } groups { label } } }"""
    )
    return data["contacts"]


MEERA = [
    {
        "name": "Meera",
        "phone": "9989329297",
        "language": {"label": "English"},
        "groups": [{"label": "Group"}],
    }
]


async def send_form(client: Client, form: dict[str, str], name: str) -> httpx.Response:
    return await client.http.post(
        "/api", data=form, files={name: FILE}, headers={"authorization": client.token}
    )


@pytest.mark.parametrize(
    "data",
    [
        SHEET,
        "data:text/csv;base64," + base64.b64encode(SHEET.encode()).decode(),
        "data:text/csv," + SHEET.replace("\n", "%0A"),
    ],
    ids=["text", "base64", "quoted"],
)
async def test_the_sheet_stands_in_the_variables(staff_client: StaffClient, data: str) -> None:
    client = await staff_client("admin")

    answer = await client.data(IMPORT, {"group_label": "Group", "data": data})

    assert answer == ADDED
    assert await members(client) == MEERA


async def test_the_sheet_is_fetched_from_a_url(staff_client: StaffClient, sheet_url: str) -> None:
    client = await staff_client("admin")

    answer = await client.data(IMPORT, {"group_label": "Group", "data": sheet_url, "type": "URL"})

    assert answer == ADDED
    assert await members(client) == MEERA


async def test_the_sheet_is_a_file_of_a_multipart_request(staff_client: StaffClient) -> None:
    client = await staff_client("admin")
    form = {
        "operations": json.dumps(
            {"query": UPLOAD, "variables": {"group_label": "Group", "file": None}}
        ),
        "map": json.dumps({"0": ["variables.file"]}),
    }

    answer = await send_form(client, form, "0")

    assert answer.json() == {"data": ADDED}
    assert await members(client) == MEERA


async def test_the_sheet_is_a_file_that_the_variables_name(staff_client: StaffClient) -> None:
    client = await staff_client("admin")
    form = {
        "query": UPLOAD,
        "variables": json.dumps({"group_label": "Group", "file": "sheet"}),
    }

    answer = await send_form(client, form, "sheet")

    assert answer.json() == {"data": ADDED}
    assert await members(client) == MEERA


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("data:text/csv;base64,???", "is not base64"),
        ("data:text/csv;base64," + base64.b64encode(b"\xff\xfe").decode(), "is not UTF-8 text"),
    ],
)
async def test_what_cannot_be_read_is_refused_and_nothing_is_added(
    staff_client: StaffClient, data: str, reason: str
) -> None:
    client = await staff_client("admin")

    answer = await client.data(IMPORT, {"group_label": "Group", "data": data})

    assert answer["importContacts"]["errors"] == [{"key": "data", "message": reason}]
    assert await members(client) == []


async def test_a_file_that_the_map_names_must_be_there(staff_client: StaffClient) -> None:
    client = await staff_client("admin")
    form = {
        "operations": json.dumps({"query": UPLOAD, "variables": {"file": None}}),
        "map": json.dumps({"other": ["variables.file"]}),
    }

    answer = await send_form(client, form, "0")

    assert (answer.status_code, answer.json()) == (
        400,
        {"errors": [{"message": "A file of the map is missing"}]},
    )
