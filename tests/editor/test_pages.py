"""The pages: who sees them, by what cookie, and what they say where the editor is missing."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from app.core.clock import FrozenClock
from app.core.crypto import hash_password
from app.core.services import Services
from app.core.uow import unit_of_work
from app.models import Flow, Organization, User
from app.web import editor_files
from tests.editor.conftest import Draw
from tests.graphql.conftest import Client, StaffClient
from tests.runner.drawing import flow, node, say

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[2]
OWN = {"origin": "http://localhost:4000"}
PASSWORD = "a long password"
HI = flow("Greeting <b>", node("hi", say("Hello")))


@pytest.fixture
async def user(services: Services, staff_client: StaffClient) -> User:
    """A manager who knows his password."""
    made = await staff_client(role="manager", name="Ravi")
    async with unit_of_work(services, org_id=made.user.organization_id) as ctx:
        row = await ctx.session.get_one(User, made.user.id)
        row.password_hash = await hash_password(PASSWORD)
    return made.user


async def log_in(http: httpx.AsyncClient, user: User, following: str = "/flows") -> httpx.Response:
    form = {"phone": f"+{user.phone}", "password": PASSWORD, "next": following}
    return await http.post("/flows/login", data=form, headers=OWN)


def editor_is_there(services: Services) -> None:
    """Files as the package has them, with nothing in them."""
    folder = editor_files.directory(services.config.data_dir)
    (folder / "static" / "js").mkdir(parents=True)
    (folder / "static" / "js" / "main.js").write_text("1;")
    points = ["static/css/main.css", "static/js/main.js"]
    (folder / "asset-manifest.json").write_text(json.dumps({"entrypoints": points}))


def config_on(page: str) -> dict[str, object]:
    found = re.search(r'id="config">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    read: dict[str, object] = json.loads(found[1])
    return read


async def test_a_stranger_is_asked_to_log_in_and_led_back(
    http: httpx.AsyncClient, user: User, draw: Draw
) -> None:
    row = await draw(HI)
    asked = await http.get(f"/flows/{row.uuid}/edit?force=1")
    came = await log_in(http, user, f"/flows/{row.uuid}/edit?force=1")
    opened = await http.get(came.headers["location"])

    assert asked.headers["location"] == (
        f"/flows/login?next=%2Fflows%2F{row.uuid}%2Fedit%3Fforce%3D1"
    )
    assert (came.status_code, opened.status_code) == (303, 200)
    cookies = came.headers.get_list("set-cookie")
    assert [cookie.split("=")[0] for cookie in cookies] == ["samvad_access", "samvad_renewal"]
    assert all("HttpOnly" in cookie and "SameSite=lax" in cookie for cookie in cookies)


async def test_a_wrong_password_says_so_and_sets_no_cookie(
    http: httpx.AsyncClient, user: User
) -> None:
    form = {"phone": user.phone, "password": "wrong"}
    answer = await http.post("/flows/login", data=form, headers=OWN)

    assert (answer.status_code, answer.headers.get("set-cookie")) == (401, None)
    assert "Invalid phone or password" in answer.text


@pytest.mark.parametrize("following", ["https://evil.example", "//evil.example", "/\\evil"])
async def test_nobody_is_led_to_another_site(
    http: httpx.AsyncClient, user: User, following: str
) -> None:
    assert (await log_in(http, user, following)).headers["location"] == "/flows"


async def test_the_list_shows_the_organizations_flows_only(
    http: httpx.AsyncClient, user: User, draw: Draw, other_org: Organization
) -> None:
    row = await draw(HI, "hello")
    theirs = await draw(flow("Theirs", node("t", say("Hi"))), organization=other_org)
    await log_in(http, user)
    page = (await http.get("/flows")).text

    assert f'<a href="/flows/{row.uuid}/edit">Greeting &lt;b&gt;</a>' in page
    assert "Theirs" not in page
    assert (await http.get(f"/flows/{theirs.uuid}/edit")).status_code == 404


async def test_the_list_shows_moments_as_the_organizations_clocks_do(
    http: httpx.AsyncClient, user: User, draw: Draw, services: Services
) -> None:
    row = await draw(HI)
    async with unit_of_work(services, org_id=row.organization_id) as ctx:
        stored = await ctx.session.get_one(Flow, row.id)
        stored.last_changed_at = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
        (await ctx.session.get_one(Organization, row.organization_id)).timezone = "Asia/Kolkata"
    await log_in(http, user)
    page = (await http.get("/flows")).text

    assert "<td>2026-03-02 01:30</td>" in page
    assert "Changed (Asia/Kolkata)" in page


async def test_a_manager_makes_an_empty_flow_and_draws_it(
    http: httpx.AsyncClient, user: User
) -> None:
    await log_in(http, user)
    made = await http.post("/flows", data={"name": " Seeds "}, headers=OWN)
    opened = await http.get(made.headers["location"])
    again = await http.post("/flows", data={"name": "Seeds"}, headers=OWN)

    assert (made.status_code, opened.status_code) == (303, 200)
    assert "<strong>Seeds</strong>" in opened.text
    assert (again.status_code, "name has already been taken" in again.text) == (422, True)


async def test_no_flow_is_made_by_staff_or_from_another_page(
    http: httpx.AsyncClient, user: User, services: Services
) -> None:
    await log_in(http, user)
    elsewhere = {"origin": "https://evil.example"}
    foreign = await http.post("/flows", data={"name": "Seeds"}, headers=elsewhere)
    async with unit_of_work(services, org_id=user.organization_id) as ctx:
        (await ctx.session.get_one(User, user.id)).roles = ["staff"]
    await log_in(http, user)
    refused = await http.post("/flows", data={"name": "Seeds"}, headers=OWN)
    page = (await http.get("/flows")).text

    assert (foreign.status_code, refused.status_code) == (403, 403)
    assert ("New flow" in page, "Seeds" in page) == (False, False)


async def test_a_missing_editor_is_explained(
    http: httpx.AsyncClient, user: User, draw: Draw
) -> None:
    row = await draw(HI)
    await log_in(http, user)
    page = (await http.get(f"/flows/{row.uuid}/edit")).text

    assert "flow-editor install" in page
    assert f"npm pack @glific/flow-editor@{editor_files.VERSION}" in page
    assert (await http.get("/static/js/main.js")).status_code == 404


async def test_the_editor_is_told_where_everything_is(
    http: httpx.AsyncClient, user: User, draw: Draw, services: Services
) -> None:
    editor_is_there(services)
    row = await draw(HI)
    await log_in(http, user)
    answer = await http.get(f"/flows/{row.uuid}/edit")
    config = config_on(answer.text)
    endpoints = config["endpoints"]

    assert isinstance(endpoints, dict)
    assert (config["flow"], config["mutable"]) == (row.uuid, True)
    for name in ("channels", "classifiers", "languages", "flows", "fields", "waGroupFields",
                 "globals", "groups", "revisions", "labels", "optins", "recipients", "contacts",
                 "resthooks", "templates", "validateMedia", "interactives", "sheets"):  # fmt: skip
        assert str(endpoints[name]).startswith("/flow-editor/")
    assert '<script defer src="/static/js/main.js">' in answer.text
    assert (await http.get("/static/js/main.js")).text == "1;"
    assert "script-src 'self' 'unsafe-eval';" in answer.headers["content-security-policy"]
    for own in ("host.js", "pages.css"):
        assert (await http.get(f"/flows/static/{own}")).status_code == 200


@pytest.mark.parametrize("path", ["../asset-manifest.json", "%2e%2e/asset-manifest.json", "", "js"])
async def test_only_the_editors_files_are_given_out(
    http: httpx.AsyncClient, services: Services, path: str
) -> None:
    editor_is_there(services)

    assert (await http.get(f"/static/{path}")).status_code == 404
    assert (await http.get("/flows/static/pages.py")).status_code == 404


async def test_a_flow_that_somebody_draws_is_shown_to_others(
    http: httpx.AsyncClient, user: User, draw: Draw, services: Services, staff_client: StaffClient
) -> None:
    editor_is_there(services)
    row = await draw(HI)
    await log_in(http, user)
    await http.get(f"/flows/{row.uuid}/edit")
    other = await staff_client(role="admin", name="Meera")
    headers = {"authorization": other.token}
    looked = (await http.get(f"/flows/{row.uuid}/edit", headers=headers)).text
    taken = (await http.get(f"/flows/{row.uuid}/edit?force=1", headers=headers)).text
    await http.post("/flows/release", headers=headers)
    mine = (await http.get(f"/flows/{row.uuid}/edit")).text

    assert "This flow is being edited by Ravi right now!" in looked
    assert config_on(looked)["mutable"] is False
    assert (config_on(taken)["mutable"], config_on(mine)["mutable"]) == (True, True)


async def test_staff_look_and_strangers_do_not(
    http: httpx.AsyncClient, draw: Draw, services: Services, staff_client: StaffClient
) -> None:
    editor_is_there(services)
    row = await draw(HI)
    staff, nobody = await staff_client(role="staff"), await staff_client(role="none")

    async def open_as(client: Client) -> httpx.Response:
        return await http.get(f"/flows/{row.uuid}/edit", headers={"authorization": client.token})

    assert config_on((await open_as(staff)).text)["mutable"] is False
    assert (await open_as(nobody)).status_code == 400


async def test_a_cookie_changes_nothing_from_another_page(
    http: httpx.AsyncClient, user: User
) -> None:
    await log_in(http, user)
    body = {"name": "Parents"}
    foreign = {"origin": "https://evil.example"}

    assert (await http.get("/flow-editor/groups")).status_code == 200
    assert (await http.post("/flow-editor/groups", json=body, headers=OWN)).status_code == 200
    assert (await http.post("/flow-editor/groups", json=body, headers=foreign)).status_code == 403
    assert (await http.post("/flow-editor/groups", json=body)).status_code == 403
    assert (await http.post("/flows/renew", headers=foreign)).status_code == 403
    assert (await http.post("/flows/login", data={}, headers=foreign)).status_code == 403


async def test_an_open_page_stays_logged_in(
    http: httpx.AsyncClient, user: User, clock: FrozenClock
) -> None:
    await log_in(http, user)
    before = http.cookies["samvad_access"]
    renewed = await http.post("/flows/renew", headers=OWN)
    after = http.cookies["samvad_access"]
    clock.advance(timedelta(hours=1))
    ended = await http.get("/flow-editor/groups")
    page = await http.get("/flows")

    assert (renewed.status_code, after != before) == (204, True)
    assert (ended.status_code, page.status_code) == (401, 200)
    assert http.cookies["samvad_access"] != after


async def test_logging_out_ends_the_tokens(http: httpx.AsyncClient, user: User) -> None:
    await log_in(http, user)
    token = http.cookies["samvad_access"]
    left = await http.post("/flows/logout", headers=OWN)
    answer = await http.get("/flow-editor/groups", headers={"authorization": token})

    assert (left.status_code, answer.status_code) == (303, 401)
    assert (await http.get("/flows")).status_code == 303


def test_only_the_package_as_it_was_published_is_unpacked(tmp_path: Path) -> None:
    package = tmp_path / "editor.tgz"
    package.write_bytes(b"something else")

    with pytest.raises(editor_files.NotTheEditor, match="is not @glific/flow-editor"):
        editor_files.unpack(package, tmp_path)
    assert not editor_files.is_installed(tmp_path)


def test_the_command_says_what_to_do_without_npm(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "flow-editor", "install"],
        cwd=ROOT,
        env={"SAMVAD_HOME": str(tmp_path), "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert "npm is not here: install Node 18 or newer" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["package/build/../../evil", "package/build/static/x"])
def test_a_package_that_reaches_outside_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    package = tmp_path / "editor.tgz"
    with tarfile.open(package, "w:gz") as archive:
        page = tarfile.TarInfo("package/build/index.html")
        page.size = 20
        archive.addfile(page, io.BytesIO(b"<style>a { }</style>"))
        inner = tarfile.TarInfo(name)
        inner.size = 1
        archive.addfile(inner, io.BytesIO(b"x"))
    monkeypatch.setattr(editor_files, "check_integrity", lambda _: None)

    if ".." in name:
        with pytest.raises(editor_files.NotTheEditor, match="which it should not"):
            editor_files.unpack(package, tmp_path)
        assert not (tmp_path / "evil").exists()
    else:
        made = editor_files.unpack(package, tmp_path)
        assert (made / "static" / "host.css").read_text() == "a { }"
