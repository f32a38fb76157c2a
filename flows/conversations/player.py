"""Play a conversation with a flow and say whether it went as written.

Everything that the flow says must be written, in order: a message that nobody expects is a failure. The
first line that does not hold ends the play; a conversation that is played twice goes the same way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flows.assets import Assets, StaticAssets
from flows.contact import Contact, FieldValue
from flows.context import scope_of
from flows.conversations.script import (
    Answer,
    Bring,
    Buttons,
    Check,
    Ends,
    Hear,
    Line,
    Member,
    Now,
    Pass,
    Say,
    Script,
    Set,
    Start,
    Step,
    Waits,
)
from flows.conversations.surroundings import Overlay
from flows.definition.flow import Flow, Node
from flows.effects import CallWebhook, Effect
from flows.environment import Environment
from flows.errors import StimulusRejected
from flows.events import MsgCreated
from flows.expressions.values import ExprError, to_text
from flows.scene import Scene
from flows.simulator import Conversation, shown
from flows.stimuli import Expired
from flows.values import GroupRef, Json
from flows.waits import WaitKind

#: Who talks, unless the conversation says otherwise.
PLAYED = Contact(uuid="contact", name="Asha", phone="919900000001", language="en")

_WAITS: Mapping[WaitKind, str] = {
    "msg": "a message",
    "time": "time to pass",
    "result": "a result",
    "effect": "an answer",
}


@dataclass(frozen=True, slots=True)
class Report:
    """How a conversation went. `line` is that of the failure, `log` all that was said until then."""

    title: str
    passed: bool
    line: int = 0
    message: str = ""
    expected: str = ""
    actual: str = ""
    log: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Json]:
        return {
            "title": self.title,
            "passed": self.passed,
            "line": self.line,
            "message": self.message,
            "expected": self.expected,
            "actual": self.actual,
            "log": [list(pair) for pair in self.log],
        }


class Differs(Exception):
    """The conversation does not go as written."""

    def __init__(self, message: str, expected: str = "", actual: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.expected = expected
        self.actual = actual


def play(
    script: Script,
    flow: Flow,
    assets: Assets | None = None,
    contact: Contact = PLAYED,
    surroundings: Environment | None = None,
    seed: int = 0,
) -> Report:
    """Play the conversation from its first line to the first that does not hold.

    Without `assets`, whatever the flow refers to is made up. What a lookup in `assets` raises rises.
    """
    player = _Player(flow, assets or StaticAssets(lenient=True), contact, surroundings, seed)
    at: Line | None = None
    try:
        for at in script.steps:
            player.take(at)
        player.at_end()
    except Differs as fault:
        line = at.line if at else script.line
        told = fault.message, fault.expected, fault.actual
        return Report(script.title, False, line, *told, log=tuple(player.log))
    return Report(script.title, True, log=tuple(player.log))


class _Player:
    def __init__(
        self,
        flow: Flow,
        assets: Assets,
        contact: Contact,
        surroundings: Environment | None,
        seed: int,
    ) -> None:
        self.globals: dict[str, str] = {}
        self.talk = Conversation(
            flow,
            Overlay(assets, flow, self.globals),
            contact,
            webhook=self.answer,
            seed=seed,
            surroundings=surroundings,
        )
        self.answers: list[Answer] = []
        self.unheard: list[MsgCreated] = []
        self.last_heard: MsgCreated | None = None
        self.seen = 0
        self.log: list[tuple[str, str]] = []

    def take(self, step: Step) -> None:
        _PLAY[type(step)](self, step)

    def at_end(self) -> None:
        self.nothing_more()
        if self.answers:
            answer = self.answers[0]
            missed = f"{answer.method} {answer.url.source}".rstrip(" *")
            raise Differs(f"{missed} of line {answer.line} was not called")

    # -- what is done

    def set(self, step: Set) -> None:
        contact = self.talk.contact
        if step.what == "global":
            self.globals[step.key] = step.value
        elif step.what == "field":
            value = FieldValue(step.value, step.key, inserted_at=self.talk.now)
            contact = replace(contact, fields={**contact.fields, step.key: value})
        elif step.what == "group":
            contact = replace(contact, groups=(*contact.groups, self.group(step.value)))
        else:
            changes: dict[str, Any] = {step.what: step.value}
            contact = replace(contact, **changes)
        self.talk.contact = contact

    def group(self, name: str) -> GroupRef:
        group = self.talk.assets.group(name)
        if group is None:
            raise Differs(f"there is no group {name}")
        return group

    def now(self, step: Now) -> None:
        self.talk.now = step.moment

    def will_answer(self, step: Answer) -> None:
        self.answers.append(step)

    def start(self, step: Start) -> None:
        self.act("staff", "start", lambda: self.talk.start(results=step.results))

    def say(self, step: Say) -> None:
        attached = (f"{step.kind}:{step.attachment}",) if step.attachment else ()
        said = f"{step.attachment} {step.text}".strip()
        self.act("contact", said, lambda: self.talk.say(step.text, step.kind, attached))

    def bring(self, step: Bring) -> None:
        self.begun()
        shown_results = json.dumps(dict(step.results), ensure_ascii=False)
        self.act("system", f"result {shown_results}", lambda: self.talk.bring(step.results))

    def act(self, who: str, what: str, do: Callable[[], object]) -> None:
        """Do something to the flow, after all that it has said was heard."""
        self.nothing_more()
        self.log.append((who, what))
        try:
            do()
        except StimulusRejected:
            wait = self.talk.state.wait if self.talk.state else None
            told = f"waits for {_WAITS[wait.kind]}" if wait else "has ended"
            raise Differs(f"the flow does not hear this: it {told}") from None
        self.listen()

    def pass_time(self, step: Pass) -> None:
        """Let time pass: every wait that comes due meanwhile ends on its own moment."""
        self.begun()
        self.nothing_more()
        talk = self.talk
        self.log.append(("time", f"{step.span}" if step.span else "the wait is over"))
        if step.span is None:
            if not self.due(None):
                raise Differs("the flow waits for no time")
            return
        until = talk.now + step.span
        while self.due(until - talk.now):
            continue
        talk.now = until

    def due(self, within: timedelta | None) -> bool:
        """End the wait whose time comes within the span, if there is one."""
        talk = self.talk
        wait = talk.state.wait if talk.state else None
        if wait is None:
            return False
        at = wait.timeout_at or wait.expires_at
        if at is None or (within is not None and at > talk.now + within):
            return False
        stimulus = wait.on_timeout() if wait.timeout_at else Expired(wait.token)
        talk.now = max(talk.now, at)
        talk.give(stimulus)
        self.listen()
        return True

    def answer(self, effect: Effect) -> tuple[int, Json]:
        """Answer a webhook as the next line that fits says."""
        what, where = asked(effect)
        self.log.append(("call", f"{what} {where}".strip()))
        for answer in self.answers:
            if answer.method == what and answer.url.fits(where):
                self.answers.remove(answer)
                return answer.status, answer.body
        word = "webhook" if isinstance(effect, CallWebhook) else "call"
        raise Differs("no line answers this call", actual=f"{word} {what} {where}".strip())

    # -- what is expected

    def hear(self, step: Hear) -> None:
        if step.text is None:
            self.unheard.clear()
            return
        if not self.unheard:
            raise Differs("the flow says nothing", expected=step.text.source)
        self.last_heard = self.unheard.pop(0)
        text = shown(self.last_heard)
        if not step.text.fits("\n".join(line.strip() for line in text.split("\n"))):
            raise Differs("the flow says something else", step.text.source, text)

    def buttons(self, step: Buttons) -> None:
        found = self.last_heard.quick_replies if self.last_heard else ()
        if found != step.titles:
            raise Differs("the message has other buttons", _buttons(step.titles), _buttons(found))

    def check(self, step: Check) -> None:
        value = self.of_call(step.path) if step.expression is None else self.evaluate(step)
        if not step.value.fits(value):
            raise Differs(f"{step.shown} is something else", step.value.source, value)

    def evaluate(self, step: Check) -> str:
        talk = self.talk
        self.begun()
        assert step.expression is not None
        assert talk.state is not None
        scene = Scene(talk.state, talk.assets, talk.contact, talk.environment())
        run = talk.state.current_run or talk.state.runs[0]
        flow = scene.flow_of(run)
        node = flow.node(run.node_uuid) if flow else None
        value, _ = step.expression.value(scope_of(scene, run, node or _NOWHERE))
        if isinstance(value, ExprError):
            if value.missing:
                return ""
            raise Differs(f"{step.shown} is an error", step.value.source, value.text)
        return to_text(value)

    def of_call(self, path: tuple[str, ...]) -> str:
        """Give a member of the last call: url, method, headers.X, body.results.name.value."""
        if not self.talk.effects:
            raise Differs("nothing has been called yet")
        found: Any = self.talk.effects[-1].to_json()
        for name in path:
            if isinstance(found, str):
                found = _parsed(found)
            found = found.get(name) if isinstance(found, Mapping) else None
        if isinstance(found, str) or found is None:
            return found or ""
        return json.dumps(found, ensure_ascii=False)

    def member(self, step: Member) -> None:
        wanted = step.group.lower()
        names = [group.name for group in self.talk.contact.groups]
        if (wanted in (name.lower() for name in names)) != step.is_in:
            told = "is not" if step.is_in else "is"
            raise Differs(f"the contact {told} in {step.group}", actual=", ".join(names))

    def waits(self, step: Waits) -> None:
        self.begun()
        wait = self.talk.state.wait if self.talk.state else None
        if wait is None:
            raise Differs("the flow has ended and waits for nothing")
        if step.kind and wait.kind != step.kind:
            raise Differs(f"the flow waits for {_WAITS[wait.kind]}")

    def ends(self, step: Ends) -> None:
        self.begun()
        self.nothing_more()
        state = self.talk.state
        assert state is not None
        if state.wait is not None:
            raise Differs(f"the flow has not ended: it waits for {_WAITS[state.wait.kind]}")
        if step.status and state.status != step.status:
            why = f" ({state.end_reason})" if state.end_reason else ""
            raise Differs("the flow ended otherwise", step.status, f"{state.status}{why}")

    # -- what was said

    def begun(self) -> None:
        if self.talk.state is None:
            raise Differs("nothing has begun: the conversation begins with a message or with start")

    def listen(self) -> None:
        """Note what the flow has said since the last look."""
        events = self.talk.events
        new = [event for event in events[self.seen :] if isinstance(event, MsgCreated)]
        self.seen = len(events)
        self.unheard += new
        self.log += [("flow", shown(event)) for event in new]

    def nothing_more(self) -> None:
        if self.unheard:
            raise Differs("the flow also says this", actual=shown(self.unheard[0]))


_NOWHERE = Node("", (), None, ())

_PLAY: Mapping[type, Callable[[_Player, Any], None]] = {
    Set: _Player.set,
    Now: _Player.now,
    Answer: _Player.will_answer,
    Start: _Player.start,
    Say: _Player.say,
    Bring: _Player.bring,
    Pass: _Player.pass_time,
    Hear: _Player.hear,
    Buttons: _Player.buttons,
    Check: _Player.check,
    Member: _Player.member,
    Waits: _Player.waits,
    Ends: _Player.ends,
}


def asked(effect: Effect) -> tuple[str, str]:
    """Give what an effect asks for and where, as a line that answers it names them."""
    if isinstance(effect, CallWebhook):
        return effect.method, effect.url
    return effect.type, ""


def _buttons(titles: tuple[str, ...]) -> str:
    return " ".join(f"[{title}]" for title in titles) or "none"


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
