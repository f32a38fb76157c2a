"""Converse.js, unchanged, in a browser: what a person sees and does. Needs npm and Chromium."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from app.protocol.jid import Jid
from tests.clients.conftest import PASSWORD, Town
from tests.clients.node_client import NodeClient
from tests.clients.packages import Installed
from tests.clients.pictures import PICTURE
from tests.editor import browser
from tests.editor.browser import Tab
from tests.web import serving

pytestmark = pytest.mark.anyio

#: Where a person who looks at the pictures wants them.
PICTURES = os.environ.get("SAMVAD_PICTURES")
ROOM = "harvest@conference.localhost"
#: The elements of one conversation: the line that is written in, and what stands above it.
WRITE = "document.querySelector('textarea.chat-textarea')"
READ = "document.querySelector('converse-chats')"


@pytest.fixture
async def site(installed: Installed) -> AsyncIterator[str]:
    """The address of a page with Converse on it."""
    if browser.found() is None:
        pytest.skip("Chromium is needed")
    folder = installed("converse")
    dist = folder / "node_modules/converse.js/dist"
    app = Starlette(
        routes=[
            Mount("/dist", StaticFiles(directory=dist)),
            Mount("/", StaticFiles(directory=folder, html=True)),
        ]
    )
    async with serving(app) as port:
        yield f"http://localhost:{port}"


@pytest.fixture
async def tab(site: str) -> AsyncIterator[Tab]:
    program = browser.found()
    assert program is not None
    async with browser.tab(program) as page:
        yield page


@pytest.fixture
async def ravi(town: Town, installed: Installed) -> NodeClient:
    """Who is on the other side, with stanza."""
    client, _ = await town.client(installed("stanza"), "ravi")
    return client


async def picture(tab: Tab, name: str) -> None:
    if PICTURES:
        await tab.screenshot(Path(PICTURES) / f"converse-{name}.png")


async def press(tab: Tab, selector: str) -> None:
    """Lists are drawn anew as presence comes, so an element is pressed, not a place."""
    await tab.until(f"!!document.querySelector('{selector}')")
    await tab.value(f"document.querySelector('{selector}').click()")


async def log_in(tab: Tab, site: str, socket: str, password: str = PASSWORD) -> None:
    """Meera fills in the form and sees her contacts."""
    await tab.open(f"{site}/?socket={socket}")
    for field, text in (("jid", "meera@localhost"), ("password", password)):
        await tab.click_on(f"document.getElementById('converse-login-{field}')")
        await tab.write(text)
    await tab.press_enter()
    await tab.until("document.body.innerText.includes('Ravi')")


async def open_chat(tab: Tab) -> None:
    await press(tab, '[data-jid="ravi@localhost"].open-chat')
    await tab.until(f"!!{WRITE}")


async def write(tab: Tab, text: str) -> None:
    await tab.click_on(WRITE)
    await tab.write(text)
    await tab.press_enter()


async def sees(tab: Tab, text: str) -> None:
    await tab.until(f"{READ}?.innerText.includes('{text}')")


async def scroll_up_to(tab: Tab, text: str) -> None:
    """Turn the wheel until `text` is there."""
    async with asyncio.timeout(browser.PATIENCE_S):
        while not await tab.value(f"{READ}.innerText.includes('{text}')"):
            await tab.tell(
                "Input.dispatchMouseEvent", type="mouseWheel", x=700, y=300, deltaX=0, deltaY=-900
            )
            await asyncio.sleep(0.1)


async def test_a_cookie_logs_in_whatever_is_typed(town: Town, site: str, tab: Tab) -> None:
    """The site that sets the cookie has logged the person in; the page knows no password."""
    line = await town.wire()
    await tab.tell(
        "Network.setCookie", name="auth_token", value=await town.cookie("meera"), url=site
    )
    await log_in(tab, site, line.websocket, password="of no account")

    online = town.gateway.gateway.sessions.online(Jid("meera", "localhost"))
    assert [session.jid.bare for session in online] == [Jid("meera", "localhost")]


async def test_a_page_that_is_loaded_again_goes_on(
    town: Town, site: str, tab: Tab, ravi: NodeClient
) -> None:
    """XEP-0198 5, and keys of SCRAM that the page kept instead of the password."""
    line = await town.wire()
    await log_in(tab, site, line.websocket)
    await open_chat(tab)
    await write(tab, "Before")
    first = await ravi.hears("message", body="Before")

    await tab.value("window.isOld = true")
    await tab.tell("Page.reload")
    await tab.until("!window.isOld && document.body.innerText.includes('Ravi')")
    # Converse writes down which chats are open when it finds the time.
    await open_chat(tab)
    await ravi.do("send", to="meera@localhost", body="Still there?", id="r1")
    await sees(tab, "Still there?")
    await write(tab, "Yes, I am")
    second = await ravi.hears("message", body="Yes, I am")
    await picture(tab, "loaded-again")

    assert first["from"] == second["from"]
    shown = await tab.value(f"{READ}.innerText")
    assert [shown.count(text) for text in ("Before", "Still there?", "Yes, I am")] == [1, 1, 1]


async def test_two_people_chat_and_see_what_was_read(
    town: Town, site: str, tab: Tab, ravi: NodeClient
) -> None:
    """XEP-0184 5, XEP-0333 3."""
    line = await town.wire()
    await log_in(tab, site, line.websocket)
    await open_chat(tab)

    await write(tab, "Rain tonight")
    heard = await ravi.hears("message", body="Rain tonight")
    await tab.until("!!document.querySelector('.chat-msg__receipt')")
    await ravi.do("send", to="meera@localhost", body="Good news", id="r1")
    await sees(tab, "Good news")
    receipt = await ravi.hears("receipt", id="r1")
    received = await ravi.hears("marker", id="r1", kind="received")
    displayed = await ravi.hears("marker", id="r1", kind="displayed")
    await picture(tab, "chat")

    assert {each["from"] for each in (receipt, received, displayed)} == {heard["from"]}
    assert heard["from"].startswith("meera@localhost/converse.js-")


async def test_older_pages_come_as_one_scrolls_up(
    town: Town, site: str, tab: Tab, ravi: NodeClient, installed: Installed
) -> None:
    """XEP-0313 4.3: three pages of twenty, which another client of hers has read."""
    phone, line = await town.client(installed("stanza"), "meera")
    for number in range(1, 51):
        await ravi.do("send", to="meera@localhost", body=f"Line {number}.")
    await phone.hears("message", body="Line 50.")
    await phone.stop()

    await log_in(tab, site, line.websocket)
    await open_chat(tab)
    await sees(tab, "Line 50.")
    first_page = await tab.value(f"{READ}.innerText")
    await scroll_up_to(tab, "Line 1.")
    await picture(tab, "history")

    assert "Line 31." in first_page
    assert "Line 30." not in first_page
    shown = await tab.value(f"{READ}.innerText")
    assert [f"Line {n}." in shown for n in range(1, 51)] == [True] * 50


async def test_a_room_shows_what_was_said_and_who_is_there(
    town: Town, site: str, tab: Tab, ravi: NodeClient
) -> None:
    """XEP-0045 7.2, 7.4; XEP-0313 for rooms."""
    await ravi.do("join", room=ROOM, nick="ravi")
    await ravi.do("accept", room=ROOM)
    for body in ("Who has seed?", "I can bring some"):
        await ravi.do("send", to=ROOM, body=body, type="groupchat")
    await ravi.hears("message", body="I can bring some")

    line = await town.wire()
    await log_in(tab, site, line.websocket)
    await tab.value(f"location.hash = '#converse/room?jid={ROOM}'")
    await tab.click_on("document.querySelector('.muc-nickname-form input[name=nick]')")
    await tab.write("meera")
    await tab.press_enter()
    await sees(tab, "I can bring some")
    await write(tab, "I need ten kilos")
    heard = await ravi.hears("message", body="I need ten kilos")
    await tab.until("document.querySelector('converse-muc').innerText.includes('ravi')")
    await picture(tab, "room")

    assert heard["from"] == f"{ROOM}/meera"
    shown = await tab.value(f"{READ}.innerText")
    assert [shown.count(text) for text in ("Who has seed?", "I need ten kilos")] == [1, 1]


async def test_a_picture_goes_through_the_web_process(
    town: Town, site: str, web: str, tab: Tab, ravi: NodeClient, tmp_path: Path
) -> None:
    """XEP-0363 5, 6; XEP-0066 3: the page is of one origin, the file of another."""
    file = tmp_path / "field.png"
    file.write_bytes(PICTURE)
    line = await town.wire()
    await log_in(tab, site, line.websocket)
    await open_chat(tab)

    await tab.until("!!document.querySelector('input.fileupload')")
    chosen = await tab.tell(
        "Runtime.evaluate", expression="document.querySelector('input.fileupload')"
    )
    await tab.tell(
        "DOM.setFileInputFiles", files=[str(file)], objectId=chosen["result"]["objectId"]
    )
    heard = await ravi.hears("message", type="chat")
    await tab.until(
        "[...document.querySelectorAll('.chat-image')].some((one) => one.naturalWidth > 1)"
    )
    await picture(tab, "picture")

    assert heard["body"].startswith(f"{web}/upload/")
    assert heard["body"].endswith("/field.png")


async def test_a_cut_line_is_taken_up_again(
    town: Town, site: str, tab: Tab, ravi: NodeClient
) -> None:
    """XEP-0198 5: the same session goes on, and has what came in between."""
    line = await town.wire()
    await log_in(tab, site, line.websocket)
    await open_chat(tab)
    await write(tab, "Before")
    jid = Jid.parse((await ravi.hears("message", body="Before"))["from"])
    sessions = town.gateway.gateway.sessions
    session = sessions.find(jid)

    line.cut()
    await ravi.do("send", to=str(jid), body="While you were away", id="r1")
    await sees(tab, "While you were away")
    await write(tab, "I am back")
    back = await ravi.hears("message", body="I am back")
    await picture(tab, "resumed")

    assert session is not None
    assert sessions.find(jid) is session
    assert back["from"] == str(jid)
    assert (await tab.value(f"{READ}.innerText")).count("While you were away") == 1
