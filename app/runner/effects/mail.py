"""send_email: a mail in plain text by the installation's mail server."""

from __future__ import annotations

import asyncio
import smtplib
from email.message import EmailMessage
from urllib.parse import urlsplit

from app.core.services import Services
from app.runner.effects.base import TIMEOUT_S, Outcome, Task


async def send(services: Services, task: Task) -> Outcome:
    """The mail is with the mail server (SMTP_URL)."""
    config, request = services.config, task.request
    if not config.smtp_url:
        return Outcome(error="this installation sends no mail: SMTP_URL is not set")
    mail = EmailMessage()
    try:
        mail["From"] = config.mail_from
        mail["To"] = ", ".join(str(one) for one in request["to"])
        mail["Subject"] = " ".join(str(request["subject"]).split())
    except (ValueError, IndexError) as fault:  # what is no address, or would be a header of its own
        return Outcome(error=f"the mail cannot be addressed: {fault}"[:300])
    # The same for every attempt, so that a mail server can see a repetition.
    mail["Message-ID"] = f"<{task.uuid}@{config.chat_domain}>"
    mail.set_content(str(request["body"]))
    try:
        await asyncio.to_thread(_deliver, config.smtp_url, mail)
    except (OSError, smtplib.SMTPException) as fault:
        return Outcome(error=f"the mail server did not take it: {fault}"[:300])
    return Outcome()


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
