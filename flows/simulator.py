"""Talk with a flow in memory: tests, the editor's simulator and the command line."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flows.assets import Assets, StaticAssets
from flows.contact import Contact
from flows.definition.flow import Flow
from flows.effects import ALL_EFFECTS, CallWebhook, Effect
from flows.engine import Sprint, resume, start
from flows.environment import Environment
from flows.errors import StimulusRejected
from flows.events import Event, MsgCreated
from flows.session import SessionState
from flows.stimuli import EffectDone, MsgReceived, ResultArrived, Stimulus
from flows.triggers import KeywordTrigger, ManualTrigger, Trigger
from flows.values import Json, Language, Msg

#: Answers a webhook: (HTTP status, body). A body that is not text is sent as JSON. Status 0: no answer.
WebhookAnswer = Callable[[Effect], tuple[int, Json]]

#: When a conversation begins that says nothing of it.
BEGIN = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
_LANGUAGES = (Language("en", "English"), Language("hi", "Hindi"))


def no_webhook(effect: Effect) -> tuple[int, Json]:
    """Answer as a host that cannot be reached."""
    return 0, ""


class Conversation:
    """One contact's conversation with a flow.

    `events` are all so far; `transcript` is a list of ("contact"|"flow", text). The same seed gives the
    same ids, chances and times.
    """

    def __init__(
        self,
        flow: Flow,
        assets: Assets | None = None,
        contact: Contact | None = None,
        webhook: WebhookAnswer | None = None,
        seed: int = 0,
        now: datetime = BEGIN,
        tracing: bool = False,
        surroundings: Environment | None = None,
    ) -> None:
        self.flow = flow
        self.assets = assets or StaticAssets(flows=(flow,), lenient=True)
        self.contact = contact or Contact(uuid="contact", name="Asha", phone="919900000001")
        self.webhook = webhook or no_webhook
        self.now = now
        #: The organization's ways; time, chance and ids are the conversation's own.
        self.surroundings = surroundings or Environment(now, self.new_uuid, languages=_LANGUAGES)
        self.random = random.Random(seed)
        self.state: SessionState | None = None
        self.sprint: Sprint | None = None
        self.events: list[Event] = []
        self.effects: list[Effect] = []
        self.transcript: list[tuple[str, str]] = []
        #: Whether each sprint says how it came about, in `sprints`.
        self.tracing = tracing
        self.sprints: list[tuple[datetime, Sprint]] = []

    # -- what may be done

    def start(
        self,
        params: Mapping[str, Json] | None = None,
        keyword: str | None = None,
        results: Mapping[str, Json] | None = None,
    ) -> list[str]:
        """Start the flow and give what it says. `results` are those it begins with."""
        trigger: Trigger = ManualTrigger(self.flow.uuid, params or {}, results or {})
        if keyword is not None:
            trigger = KeywordTrigger(self.flow.uuid, self.message(keyword), keyword)
            self.transcript.append(("contact", keyword))
        return self._take(start(self.assets, self.contact, trigger, self.environment()))

    def say(self, text: str, kind: str = "text", attachments: Sequence[str] = ()) -> list[str]:
        """Write as the contact and give what the flow answers.

        Starts the flow by this word when no session waits. Raises StimulusRejected while the flow
        waits for something else than a message.
        """
        if self.is_over:
            return self.start(keyword=text)
        self.transcript.append(("contact", text))
        return self.give(MsgReceived(self.message(text, kind, attachments)))

    def wait_out(self) -> list[str]:
        """Let the wait's time come and give what the flow says then."""
        wait = self.last.wait
        if wait is None or wait.timeout_at is None:
            raise StimulusRejected("the session waits for no time")
        self.now = max(self.now, wait.timeout_at)
        return self.give(wait.on_timeout())

    def bring(self, results: Mapping[str, Json]) -> list[str]:
        """Bring the results that the flow waits for."""
        return self.give(ResultArrived(results))

    def give(self, stimulus: Stimulus) -> list[str]:
        """Give any stimulus to the session."""
        if self.state is None:
            raise StimulusRejected("the conversation has not begun")
        stored = SessionState.from_json(json.loads(json.dumps(self.state.to_json())))
        return self._take(resume(stored, self.assets, self.contact, stimulus, self.environment()))

    def pass_time(self, span: timedelta) -> None:
        """Move the conversation's clock."""
        self.now += span

    # -- what there is

    @property
    def is_over(self) -> bool:
        return self.state is None or self.state.wait is None

    @property
    def last(self) -> Sprint:
        """Give the last sprint."""
        if self.sprint is None:
            raise StimulusRejected("the conversation has not begun")
        return self.sprint

    def environment(self) -> Environment:
        return replace(
            self.surroundings,
            now=self.now,
            new_uuid=self.new_uuid,
            rng=self.random,
            tracing=self.tracing,
            effects=ALL_EFFECTS,
        )

    def new_uuid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def message(self, text: str, kind: str = "text", attachments: Sequence[str] = ()) -> Msg:
        return Msg(self.new_uuid(), f"tel:{self.contact.phone}", text, tuple(attachments), kind)

    # -- sprints

    def _take(self, sprint: Sprint) -> list[str]:
        said: list[str] = []
        while True:
            self.sprint, self.state, self.contact = sprint, sprint.state, sprint.contact
            if self.tracing:
                self.sprints.append((self.now, sprint))
            self.events.extend(sprint.events)
            said += [shown(event) for event in sprint.events if isinstance(event, MsgCreated)]
            if not sprint.effects or sprint.wait is None:
                break
            sprint = self._answer(sprint.effects[0], sprint.wait.token)
        self.transcript += [("flow", text) for text in said]
        return said

    def _answer(self, effect: Effect, token: str) -> Sprint:
        self.effects.append(effect)
        status, body = self.webhook(effect)
        text = body if isinstance(body, str) else json.dumps(body)
        data = None if isinstance(effect, CallWebhook) else _parsed(text)
        done = EffectDone(
            token, effect.uuid, ok=200 <= status < 300, status=status, body_text=text, data=data
        )
        return resume(self.last.state, self.assets, self.contact, done, self.environment())


def _parsed(text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError:
        return None


def shown(event: MsgCreated) -> str:
    """Give a message as its reader sees it: the text, then its attachments."""
    return "\n".join([event.text, *event.attachments]).strip() or "(template)"
