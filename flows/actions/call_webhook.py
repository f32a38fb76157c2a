"""call_webhook: an HTTP request to the organization's own system (conformance/webhooks 2)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from flows.actions.base import Action, Outcome, Pause, action, template_of, text_of
from flows.context import webhook_contact
from flows.effects import CallWebhook
from flows.events.outside import WebhookCalled
from flows.expressions.template import Template, compile_template
from flows.limits import EFFECT_GRACE_S, MAX_STORED_ANSWER_CHARS, WEBHOOK_TIMEOUT_S
from flows.step import Step
from flows.stimuli import EffectDone, Stimulus
from flows.values import Json

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "FUNCTION"})
_HEADERS = 10


@dataclass(frozen=True)
class CallWebhookAction(Action):
    """Ends in Success for a 2xx answer with a JSON object or list, in Failure for anything else."""

    type: ClassVar[str] = "call_webhook"

    method: str
    url: Template
    headers: Mapping[str, Template]
    body: Json
    body_texts: tuple[Template, ...]
    result_name: str

    def run(self, step: Step) -> Outcome:
        scene, limits = step.scene, step.env.limits
        url = step.text(self.url)[0].strip()
        if self.method != "FUNCTION" and not url.lower().startswith(("http://", "https://")):
            return self._refuse(step, "url:invalid", f"invalid webhook address '{url}'")
        if len(url) > limits.url_chars:
            return self._refuse(step, "url:invalid", "the webhook's address is too long")
        body = json.dumps(self._body(step), ensure_ascii=False)
        if len(body) > limits.webhook_body_chars:
            return self._refuse(step, "webhook:request_size", "the webhook's body is too long")
        if not scene.spend_effect(step.run):
            return None
        headers = {name: step.secret(value) for name, value in self.headers.items()}
        effect = CallWebhook(
            uuid=step.env.new_uuid(),
            run_uuid=step.run_uuid,
            flow_uuid=step.flow.uuid,
            node_uuid=step.node.uuid,
            action_uuid=self.uuid,
            method=self.method,
            url=url,
            headers={name: value for name, value in headers.items() if value},
            body=body,
            result_name=self.result_name,
            timeout_s=WEBHOOK_TIMEOUT_S,
        )
        return Pause("effect", WEBHOOK_TIMEOUT_S + EFFECT_GRACE_S, effect)

    def _body(self, step: Step) -> dict[str, Json]:
        """Give the standard members and the author's own beside them."""
        standard: dict[str, Json] = {
            "contact": webhook_contact(step.contact),
            "results": dict(step.run.results),
        }
        own = _filled(step, self.body, standard)
        return standard | own if isinstance(own, dict) else standard

    def _refuse(self, step: Step, code: str, text: str) -> Outcome:
        """Tell what is wrong and fail without a call."""
        step.error(code, text)
        step.scene.webhook = None
        self._fail(step, text)
        return None

    def _fail(self, step: Step, why: str) -> None:
        step.scene.outcome = "Failure"
        step.forget()
        if self.result_name:
            result: dict[str, Json] = {
                "input": why,
                "category": "Failure",
                "inserted_at": step.env.now.isoformat(),
            }
            step.put_result(self.result_name, result, why, "Failure")

    def receive(self, step: Step, stimulus: Stimulus) -> None:
        if not isinstance(stimulus, EffectDone):
            self._told(step, EffectDone("", "", ok=False, error="no answer in time"), None)
            self._fail(step, "no answer in time")
            return
        data = _answer(stimulus)
        self._told(step, stimulus, data)
        if not (stimulus.ok and isinstance(data, (dict, list))):
            self._fail(step, stimulus.error or f"answer with status {stimulus.status}")
            return
        step.scene.outcome = "Success"
        step.forget()
        members = data if isinstance(data, dict) else {str(at): x for at, x in enumerate(data)}
        if self.result_name:
            shown = str(stimulus.status)
            result: dict[str, Json] = {
                "input": shown,
                "category": "Success",
                "inserted_at": step.env.now.isoformat(),
                **members,
            }
            step.put_result(self.result_name, result, shown, "Success")

    def _told(self, step: Step, done: EffectDone, data: Json) -> None:
        """Tell the call and make it @webhook."""
        url = step.text(self.url)[0]
        kind = "success" if done.ok else "response_error" if done.status else "connection_error"
        shown = done.body_text[:MAX_STORED_ANSWER_CHARS]
        small = len(done.body_text) <= MAX_STORED_ANSWER_CHARS
        step.scene.webhook = {"status": done.status, "json": data if small else None}
        step.emit(
            WebhookCalled,
            effect_uuid=done.effect_uuid,
            url=url,
            status=kind,
            status_code=done.status,
            response=shown,
            elapsed_ms=done.elapsed_ms,
        )

    def results(self) -> tuple[str, ...]:
        return (self.result_name,) if self.result_name else ()


def _answer(done: EffectDone) -> Json:
    if done.data is not None:
        return done.data
    try:
        return json.loads(done.body_text)
    except (ValueError, RecursionError):
        return None


def _filled(step: Step, value: Any, objects: Mapping[str, Json]) -> Any:
    """Give the author's JSON with its texts evaluated; "@contact" and "@results" become objects."""
    if isinstance(value, str):
        known = objects.get(value.strip()[1:]) if value.strip().startswith("@") else None
        return known if known is not None else step.text(compile_template(value))[0]
    if isinstance(value, dict):
        return {key: _filled(step, item, objects) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(step, item, objects) for item in value]
    return value


@action("call_webhook")
def read(data: Mapping[str, Json]) -> Action:
    method = text_of(data, "method").upper()
    headers = data.get("headers")
    named = list(headers.items())[:_HEADERS] if isinstance(headers, dict) else []
    body = _json(text_of(data, "body"))
    return CallWebhookAction(
        uuid=text_of(data, "uuid"),
        method=method if method in _METHODS else "POST",
        url=template_of(data, "url"),
        headers={str(name): compile_template(str(value)) for name, value in named},
        body=body,
        body_texts=tuple(compile_template(text) for text in _strings(body)),
        result_name=text_of(data, "result_name"),
    )


def _json(text: str) -> Json:
    """Read the author's body before anything is put into it, so that no value can break it."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [] if value.strip() in ("@contact", "@results") else [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in items for text in _strings(item)]
