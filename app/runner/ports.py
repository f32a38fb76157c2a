"""Effects besides webhooks: a row of a published sheet is read, a mail goes out.

Each takes the effect's request and gives what it brought; its time is limited and it raises nothing that the
outside did wrong.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import smtplib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any
from urllib.parse import urljoin, urlsplit

from app.core.http import Answer, OutgoingError
from app.core.services import Services

TIMEOUT_S = 15
#: Sheets that are published move the reader to another host once or twice.
MAX_REDIRECTS = 3
_MOVED = frozenset({301, 302, 303, 307, 308})

Request = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Brought:
    """What an effect brought: `data`, or why it failed."""

    data: Any = None
    error: str | None = None


async def read_sheet(services: Services, request: Request) -> Brought:
    """The row of a CSV whose first column is the key, as {column: text}."""
    try:
        answer = await _fetch(services, csv_url(str(request["url"])))
    except OutgoingError as fault:
        return Brought(error=str(fault))
    if not 200 <= answer.status <= 299:
        return Brought(error=f"the sheet's server answered {answer.status}")
    try:
        row = find_row(answer.text, str(request["key"]))
    except csv.Error as fault:
        return Brought(error=f"the sheet is no CSV: {fault}")
    return Brought(row) if row is not None else Brought(error="the sheet has no such row")


async def send_email(services: Services, request: Request) -> Brought:
    """The mail is with the installation's mail server (SMTP_URL)."""
    config = services.config
    if not config.smtp_url:
        return Brought(error="this installation sends no mail: SMTP_URL is not set")
    mail = EmailMessage()
    try:
        mail["From"] = config.mail_from
        mail["To"] = ", ".join(str(one) for one in request["to"])
        mail["Subject"] = " ".join(str(request["subject"]).split())
    except (ValueError, IndexError) as fault:  # what is no address, or would be a header of its own
        return Brought(error=f"the mail cannot be addressed: {fault}"[:300])
    mail.set_content(str(request["body"]))
    try:
        await asyncio.to_thread(_deliver, config.smtp_url, mail)
    except (OSError, smtplib.SMTPException) as fault:
        return Brought(error=f"the mail server did not take it: {fault}"[:300])
    return Brought()


#: Type of an effect -> who carries it out. Others fail at once.
PORTS: Mapping[str, Callable[[Services, Request], Awaitable[Brought]]] = {
    "read_sheet": read_sheet,
    "send_email": send_email,
}


def csv_url(url: str) -> str:
    """The address under which a sheet is CSV: Google's pages have one of their own."""
    parts = urlsplit(url)
    if parts.hostname != "docs.google.com" or "/spreadsheets/d/" not in parts.path:
        return url
    if "/pub" in parts.path:
        return f"https://docs.google.com{parts.path.replace('/pubhtml', '/pub')}?output=csv"
    sheet = parts.path.split("/spreadsheets/d/")[1].split("/")[0]
    return f"https://docs.google.com/spreadsheets/d/{sheet}/export?format=csv"


def find_row(text: str, key: str) -> dict[str, str] | None:
    """The first row whose first column is `key`, without regard to case and blanks around it."""
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    columns = next(rows, [])
    wanted = key.strip().lower()
    for row in rows:
        if row and row[0].strip().lower() == wanted:
            return {name.strip(): cell for name, cell in zip(columns, row, strict=False) if name}
    return None


async def _fetch(services: Services, url: str) -> Answer:
    for _ in range(MAX_REDIRECTS):
        answer = await services.http.request("GET", url, timeout_s=TIMEOUT_S)
        place = next((v for k, v in answer.headers.items() if k.lower() == "location"), None)
        if answer.status not in _MOVED or place is None:
            return answer
        url = urljoin(url, place)
    raise OutgoingError("too_many_redirects", "the sheet's server leads nowhere")


def _deliver(url: str, mail: EmailMessage) -> None:
    """Hand the mail over: smtp://user:password@host:port, smtps:// for TLS from the first byte."""
    parts = urlsplit(url)
    kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    with kind(parts.hostname or "", parts.port or 0, timeout=TIMEOUT_S) as server:
        if parts.username:
            if parts.scheme != "smtps":
                server.starttls()
            server.login(parts.username, parts.password or "")
        server.send_message(mail)


def data_text(brought: Brought) -> str:
    """What it brought as JSON text, "" for nothing."""
    return json.dumps(brought.data, ensure_ascii=False) if brought.data is not None else ""
