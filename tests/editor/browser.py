"""A headless Chromium, told what to do over its own protocol (CDP)."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import websockets

NAMES = ("chromium", "chromium-browser", "google-chrome")
#: Seconds for the browser to start, and for a page to come to a state.
START_S, PATIENCE_S = 30, 30


def found() -> str | None:
    """The browser of this machine."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Tab:
    """One page. Console errors and exceptions of its scripts are kept in `faults`."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._reader = asyncio.create_task(self._read())
        self.faults: list[str] = []
        #: Bodies of what the page has sent and got a good answer to.
        self.sent = ""
        self._bodies: dict[str, str] = {}

    async def tell(self, method: str, **params: Any) -> Any:
        number = next(self._ids)
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        return await asyncio.wait_for(self._answers[number], PATIENCE_S)

    async def _read(self) -> None:
        async for text in self._socket:
            message = json.loads(text)
            if "id" in message:
                answer = self._answers.pop(message["id"])
                if "error" in message:
                    answer.set_exception(RuntimeError(str(message["error"])))
                else:
                    answer.set_result(message["result"])
                continue
            params = message.get("params", {})
            if message["method"] == "Runtime.exceptionThrown":
                details = params["exceptionDetails"]
                thrown = details.get("exception", {}).get("description", details["text"])
                self.faults.append(str(thrown))
            if message["method"] == "Log.entryAdded" and params["entry"]["level"] == "error":
                self.faults.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
            if message["method"] == "Network.requestWillBeSent":
                self._bodies[params["requestId"]] = params["request"].get("postData", "")
            if message["method"] == "Network.responseReceived":
                body = self._bodies.pop(params["requestId"], "")
                self.sent += body if params["response"]["status"] == 200 else ""

    async def open(self, url: str) -> None:
        await self.tell("Page.navigate", url=url)
        await self.until("document.readyState === 'complete'")

    async def value(self, expression: str) -> Any:
        """What a JavaScript expression gives, awaited where it is a promise."""
        answer = await self.tell(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def until(self, expression: str) -> Any:
        """The value of `expression` as soon as it is one."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                # Between two pages there is no body yet.
                while not (value := await self.value(f"document.body && ({expression})")):
                    await asyncio.sleep(0.05)
        except TimeoutError:
            shown = await self.value("document.body && document.body.innerText.slice(0, 600)")
            message = f"never true: {expression}; shown: {shown!r}; {self.faults}"
            raise AssertionError(message) from None
        return value

    async def until_true(self, holds: Callable[[], bool]) -> None:
        """Return as soon as `holds` does."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not holds():
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"never true; {self.faults}") from None

    async def press_enter(self) -> None:
        for kind in ("keyDown", "keyUp"):
            await self.tell(
                "Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", text="\r",
                windowsVirtualKeyCode=13,
            )  # fmt: skip

    async def click(self, x: float, y: float) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            await self.tell(
                "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1
            )

    async def click_on(self, expression: str) -> None:
        """Click into the middle of the element that `expression` gives."""
        await self.until(f"!!({expression})")
        await self.value(f"({expression}).scrollIntoView({{block: 'center'}})")
        box = await self.value(
            f"(() => {{ const b = ({expression}).getBoundingClientRect();"
            " return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        await self.click(*box)

    async def write(self, text: str) -> None:
        await self.tell("Input.insertText", text=text)

    async def choose_file(self, expression: str, path: Path) -> None:
        """Give a file to the input that `expression` gives, as a person does in the dialog."""
        found = await self.tell("Runtime.evaluate", expression=expression)
        await self.tell(
            "DOM.setFileInputFiles", files=[str(path)], objectId=found["result"]["objectId"]
        )

    async def screenshot(self, path: Path) -> None:
        shot = await self.tell("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(shot["data"]))

    async def close(self) -> None:
        self._reader.cancel()
        await self._socket.close()


@asynccontextmanager
async def tab(program: str) -> AsyncIterator[Tab]:
    """Give a page of a browser that nobody else uses; both end with the block."""
    with tempfile.TemporaryDirectory(
        prefix="samvad-chromium-", ignore_cleanup_errors=True
    ) as profile:
        process = await asyncio.create_subprocess_exec(
            program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--no-first-run", "--disable-background-networking", "--disable-extensions",
            "--window-size=1400,900", "--remote-debugging-port=0", f"--user-data-dir={profile}",
            "about:blank",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            port = await _port(Path(profile))
            url = await _page_socket(port)
            async with websockets.connect(url, max_size=64 * 1024 * 1024, proxy=None) as socket:
                page = Tab(socket)
                for domain in ("Page", "Runtime", "Log", "Network"):
                    await page.tell(f"{domain}.enable")
                yield page
                await page.close()
        finally:
            process.terminate()
            await process.wait()


async def _port(profile: Path) -> int:
    file = profile / "DevToolsActivePort"
    async with asyncio.timeout(START_S):
        while not file.exists() or not file.read_text().strip():
            await asyncio.sleep(0.05)
    return int(file.read_text().split()[0])


async def _page_socket(port: int) -> str:
    import httpx

    async with httpx.AsyncClient(trust_env=False) as client:
        pages = (await client.get(f"http://127.0.0.1:{port}/json/list")).json()
    return str(next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page"))
