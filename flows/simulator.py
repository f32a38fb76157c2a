"""Talk with a flow in memory: tests, the editor's simulator and the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from flows.assets import Assets
from flows.contact import Contact
from flows.definition.flow import Flow
from flows.effects import Effect
from flows.engine import Sprint
from flows.values import Json

#: Answers a webhook: (HTTP status, body). A body that is not text is sent as JSON.
WebhookAnswer = Callable[[Effect], tuple[int, Json]]


class Conversation:
    """One contact's conversation with a flow.

    `events` are all so far; `transcript` is a list of ("contact"|"flow", text).
    """

    def __init__(
        self,
        flow: Flow,
        assets: Assets | None = None,
        contact: Contact | None = None,
        webhook: WebhookAnswer | None = None,
        seed: int = 0,
    ) -> None:
        raise AssertionError("filled within minutes")

    def start(
        self, params: Mapping[str, Json] | None = None, keyword: str | None = None
    ) -> list[str]:
        """Start the flow and give what it says."""
        raise AssertionError("filled within minutes")

    def say(self, text: str, kind: str = "text", attachments: Sequence[str] = ()) -> list[str]:
        """Write as the contact and give what the flow answers. Starts the flow if need be."""
        raise AssertionError("filled within minutes")

    def wait_out(self) -> list[str]:
        """Let the wait's time come and give what the flow says then."""
        raise AssertionError("filled within minutes")

    def pass_time(self, span: timedelta) -> None:
        """Move the conversation's clock."""
        raise AssertionError("filled within minutes")

    @property
    def last(self) -> Sprint:
        raise AssertionError("filled within minutes")
