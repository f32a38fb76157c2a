"""The public editor itself, in a real browser, on our page. Needs npm and Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from app.core.crypto import hash_password
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.flow_definitions.revisions import get_revision, save_revision
from app.main import create_app
from app.models import Flow, Organization, User
from tests.editor import browser
from tests.editor.browser import Tab
from tests.editor.conftest import Draw
from tests.graphql.conftest import Client, StaffClient
from tests.runner.drawing import ask, flow, node, say, uid
from tests.web import serving

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a long password"
GREETING = flow("Greeting", node("hi", say("Who are you?"), to="w"), ask("w", "name", to="bye"),
                node("bye", say("Good day, @results.name"), to=None))  # fmt: skip
PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
#: Where a person who looks at the pictures wants them.
PICTURES = os.environ.get("SAMVAD_PICTURES")


@pytest.fixture(scope="session")
def editor_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory into which the command has put the editor's files."""
    if browser.found() is None or shutil.which("npm") is None:
        pytest.skip("npm and Chromium are needed")
    home = tmp_path_factory.mktemp("editor")
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "flow-editor", "install"],
        cwd=ROOT,
        env=os.environ | {"SAMVAD_HOME": str(home)},
        capture_output=True,
        text=True,
    )
    if done.returncode and "npm could not fetch" in done.stderr:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
async def site(services: Services, org: Organization, editor_home: Path) -> AsyncIterator[str]:
    """The address of a real web process over the test's database."""
    served = replace(services, config=replace(services.config, data_dir=editor_home))
    async with serving(create_app(services=served)) as port:
        yield f"http://localhost:{port}"


@pytest.fixture
async def drawn(draw: Draw) -> Flow:
    return await draw(GREETING, "greet")


@pytest.fixture
async def ravi(staff_client: StaffClient) -> Client:
    """A manager."""
    return await staff_client(role="manager", name="Ravi")


@pytest.fixture
async def tab(drawn: Flow, site: str, ravi: Client, services: Services) -> AsyncIterator[Tab]:
    """Where Ravi has logged in as a person does, and sees the flow drawn."""
    async with unit_of_work(services, org_id=drawn.organization_id) as ctx:
        user = await ctx.session.get_one(User, ravi.user.id)
        user.password_hash = await hash_password(PASSWORD)
    async with browser.tab(browser.found() or "") as tab:
        await tab.open(f"{site}/flows/{drawn.uuid}/edit")
        for name, text in (("phone", user.phone), ("password", PASSWORD)):
            await tab.value(f"document.getElementById('{name}').value = '{text}'")
        await tab.value("document.querySelector('form').submit()")
        await tab.until("document.body.innerText.includes('Who are you?')")
        yield tab


def leaf(text: str) -> str:
    """The innermost element that shows `text`."""
    return (
        "[...document.querySelectorAll('#flow *, .modal *, [class*=odal] *')]"
        f".filter(e => e.children.length === 0 && e.textContent.trim() === '{text}').pop()"
    )


async def picture(tab: Tab, name: str) -> None:
    if PICTURES:
        await tab.screenshot(Path(PICTURES) / f"{name}.png")


async def stored(services: Services, row: Flow) -> Any:
    async with unit_of_work(services, org_id=row.organization_id) as ctx:
        return await get_revision(ctx, row.uuid)


async def test_a_flow_is_opened_changed_saved_tried_out_and_published(
    tab: Tab, drawn: Flow, ravi: Client, services: Services
) -> None:
    nodes = await tab.value("[...document.querySelectorAll('.flow_node')].length")
    places = {
        uuid: await tab.value(f"!!document.getElementById('{uuid}')")
        for uuid in (uid("hi"), uid("w"), uid("bye"))
    }
    await picture(tab, "opened")

    await change(tab, "Who are you?", " Tell us.")
    await tab.until_true(lambda: "Tell us." in tab.sent)
    await picture(tab, "saved")

    await tab.click_on("document.querySelector('.simulator [class*=PopTab_tab__]')")
    await tab.until("document.querySelector('.simulator').innerText.includes('Tell us.')")
    # Only now is the editor done with the first turn; what is typed earlier is lost.
    await tab.until("document.querySelector('.simulator').innerText.includes('Waiting')")
    waiting = f"document.getElementById('{uid('w')}')"
    await tab.until(f"{waiting}.querySelector('[class*=Counter_counter]').innerText === '1'")
    await tab.value("document.querySelector('.simulator input[type=text]').focus()")
    await tab.write("Asha")
    await tab.press_enter()
    await tab.until("document.querySelector('.simulator').innerText.includes('Good day, Asha')")
    await picture(tab, "tried")

    await tab.click_on("document.getElementById('publish')")
    await tab.until("/^Published/.test(document.getElementById('note').textContent)")
    await picture(tab, "published")
    faults = tab.faults

    newest = await stored(services, drawn)
    assert (nodes, set(places.values())) == (3, {True})
    assert newest.definition["nodes"][0]["actions"][0]["text"] == "Who are you? Tell us."
    assert (newest.status, newest.user_id) == ("published", ravi.user.id)
    assert faults == []


async def change(tab: Tab, before: str, more: str) -> None:
    """Write `more` at the end of the message that says `before`."""
    await tab.click_on(leaf(before))
    await tab.until("!!document.querySelector('temba-completion')")
    box = await tab.until(
        "(() => { const b = document.querySelector('temba-completion').getBoundingClientRect();"
        " return b.width ? [b.x + b.width / 2, b.y + 40] : null; })()"
    )
    await tab.click(*box)
    await tab.write(more)
    await tab.click_on(leaf("Ok"))
    await tab.until(f"document.getElementById('flow').innerText.includes('{more.strip()}')")


async def test_what_is_on_the_screen_is_published_though_the_editor_saves_a_second_later(
    tab: Tab, drawn: Flow, services: Services
) -> None:
    await change(tab, "Who are you?", " Tell us.")
    await tab.value("document.getElementById('publish').click()")
    await tab.until("/^Published/.test(document.getElementById('note').textContent)")

    newest = await stored(services, drawn)
    assert (newest.number, newest.status) == (2, "published")
    assert newest.definition["nodes"][0]["actions"][0]["text"].endswith("Tell us.")


async def save_elsewhere(services: Services, row: Flow) -> int:
    """The flow is saved behind the open editor's back. The number of the revision before."""
    async with unit_of_work(services, org_id=row.organization_id) as ctx:
        newest = await get_revision(ctx, row.uuid)
        await save_revision(ctx, row.uuid, dict(newest.definition) | {"x": 1})
    return newest.number


async def test_nothing_is_published_while_a_change_could_not_be_saved(
    tab: Tab, drawn: Flow, services: Services
) -> None:
    await save_elsewhere(services, drawn)
    await change(tab, "Who are you?", " Tell us.")
    await tab.value("document.getElementById('publish').click()")
    note = await tab.until(
        "/^Not published/.test(document.getElementById('note').textContent)"
        " && document.getElementById('note').textContent"
    )

    assert note == "Not published: your last change is not saved"
    assert (await stored(services, drawn)).status == "draft"


async def test_an_outdated_editor_shows_who_saved_last(
    tab: Tab, drawn: Flow, services: Services
) -> None:
    before = await save_elsewhere(services, drawn)
    await tab.click_on(leaf("Who are you?"))
    await tab.click_on(leaf("Ok"))
    await tab.until("document.body.innerText.includes('saved this flow')")
    await picture(tab, "outdated")

    assert (await stored(services, drawn)).number == before + 1


#: What an attachment of an open dialog may be.
KINDS = """(() => {
  const list = [...document.querySelectorAll('temba-select')]
    .find(one => one.getAttribute('label') === 'Type Options'
      || one.getAttribute('name') === 'Type Options');
  const options = list && (list.staticOptions || list.options || list.visibleOptions);
  return options && options.length ? options.map(one => one.name) : null;
})()"""


async def test_a_picture_is_uploaded_from_the_editor_and_sent_by_the_flow(
    tab: Tab, drawn: Flow, site: str, services: Services, tmp_path: Path
) -> None:
    (tmp_path / "farm.png").write_bytes(PNG)
    await tab.click_on(leaf("Who are you?"))
    await tab.until("!!document.querySelector('temba-completion')")
    await tab.click_on(leaf("Attachments"))
    kinds = await tab.until(KINDS)
    await picture(tab, "attachments")
    await tab.until("!!document.querySelector('input[type=file]')")
    await tab.choose_file("document.querySelector('input[type=file]')", tmp_path / "farm.png")
    await tab.until("document.body.innerText.includes('Download')")
    await picture(tab, "attached")
    await tab.click_on(leaf("Ok"))
    await tab.until_true(lambda: "image:http" in tab.sent)
    faults = tab.faults

    (attached,) = (await stored(services, drawn)).definition["nodes"][0]["actions"][0][
        "attachments"
    ]
    kind, _, url = attached.partition(":")
    async with httpx.AsyncClient() as client:
        read = await client.get(site + urlsplit(url).path)
    assert kinds[0] == "Upload Attachment"
    assert (kind, read.content, read.headers["content-type"]) == ("image", PNG, "image/png")
    assert faults == []
