"""call_webhook: an HTTP request to the organization's own system (conformance/webhooks 2)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

from flows.actions.base import Action, Outcome, action, template_of, text_of
from flows.actions.outside import answer_of, ask
from flows.context import webhook_contact
from flows.effects import CallWebhook
from flows.events.outside import WebhookCalled
from flows.events.trouble import WarningEvent
from flows.expressions.jsontext import read_json
from flows.expressions.template import Template, compile_template
from flows.limits import MAX_ANSWER_CHARS, MAX_STORED_ANSWER_CHARS, WEBHOOK_TIMEOUT_S
from flows.step import Step
from flows.stimuli import EffectDone, Stimulus
from flows.values import Json

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "FUNCTION"})
_HEADERS = 10


@dataclass(frozen=True)
class CallWebhookAction(Action):
    """Ends in Success for a 2xx answer with a JSON object or list, in Failure for anything else.

    goflow: any 2xx answer is a success, and the body is sent as the author wrote it.
    """

    type: ClassVar[str] = "call_webhook"

    method: str
    url: Template
    headers: Mapping[str, Template]
    body: Json
    body_texts: tuple[Template, ...]
    raw_body: str
    result_name: str

    def run(self, step: Step) -> Outcome:
        url = step.text(self.url)[0].strip()
        refusal = self._refusal(step, url)
        if refusal is not None:
            return self._refuse(step, *refusal)
        headers = {name: step.secret(value) for name, value in self.headers.items()}
        body = self._body(step)
        most = MAX_ANSWER_CHARS if step.is_goflow else step.env.limits.webhook_body_chars
        size = len(body.encode())
        if size > most:
            return self._refuse(step, "webhook:request_size", f"the body has {size} bytes")
        return ask(
            step,
            self.uuid,
            CallWebhook,
            note={"url": url, "method": self.method},
            method=self.method,
            url=url,
            headers={name: value for name, value in headers.items() if value},
            body=body,
            result_name=self.result_name,
            timeout_s=WEBHOOK_TIMEOUT_S,
            is_raw=step.is_goflow,
        )

    def _refusal(self, step: Step, url: str) -> tuple[str, str] | None:
        """Give why the address is not called, None when it may be."""
        if not url and step.is_goflow:
            return "", "the webhook's address is empty"
        if self.method == "FUNCTION":
            return None
        host = _host(url)
        if host is None or len(url) > step.env.limits.url_chars:
            return "url:invalid", f"invalid webhook address '{url[:100]}'"
        blocked = step.env.directory.blocked_hosts
        if any(host == name or host.endswith(f".{name}") for name in blocked):
            return "url:blocked", f"webhooks may not call {host}"
        return None

    def _body(self, step: Step) -> str:
        """Give the text to send: the author's own, beside the standard members (Glific)."""
        if step.is_goflow:
            return step.text(compile_template(self.raw_body))[0]
        standard: dict[str, Json] = {
            "contact": webhook_contact(step.contact),
            "results": dict(step.run.results),
        }
        own = _filled(step, self.body, standard)
        return json.dumps(standard | own if isinstance(own, dict) else standard, ensure_ascii=False)

    def _refuse(self, step: Step, code: str, text: str) -> Outcome:
        """Tell what is wrong and fail without a call."""
        step.error(code, text)
        step.scene.webhook = None
        if step.is_goflow:
            step.forget()
        else:
            self._end(step, "Failure", text, {})
        return None

    def receive(self, step: Step, stimulus: Stimulus) -> None:
        done = answer_of(stimulus)
        data = _answer(done)
        self._tell(step, done, data)
        if step.is_goflow:
            self._end_raw(step, done, data)
        elif done.ok and isinstance(data, (dict, list)):
            members = data if isinstance(data, dict) else {str(n): x for n, x in enumerate(data)}
            self._end(step, "Success", str(done.status), members)
        else:
            self._end(step, "Failure", done.error or f"answer with status {done.status}", {})

    def _end(self, step: Step, outcome: str, input: str, members: Mapping[str, Json]) -> None:
        """Save the result with the answer's members beside its own (Glific)."""
        step.scene.outcome = outcome
        step.forget()
        if self.result_name:
            result: dict[str, Json] = {
                "input": input,
                "category": outcome,
                "inserted_at": step.env.now.isoformat(),
                **members,
            }
            step.put_result(self.result_name, result, input, outcome)

    def _end_raw(self, step: Step, done: EffectDone, data: Json) -> None:
        """Save the result with the answer as its `extra`, unless that is too long (goflow)."""
        ok = done.ok and done.limit_bytes is None
        step.forget()
        if self.result_name:
            note = step.scene.note
            small = len(json.dumps(data, ensure_ascii=False)) < MAX_STORED_ANSWER_CHARS
            step.save_result(
                self.result_name,
                str(done.status),
                "Success" if ok else "Failure",
                f"{note.get('method')} {note.get('url')}",
                extra=data if small else None,
            )

    def _tell(self, step: Step, done: EffectDone, data: Json) -> None:
        """Tell the call and make it @webhook."""
        note = step.scene.note
        url, method = str(note.get("url", "")), str(note.get("method", self.method))
        if done.limit_bytes is not None:
            text = f"the webhook's answer has more than {done.limit_bytes} bytes"
            step.emit(WarningEvent, text=text, code="webhook:response_size")
        kind = "success" if done.ok else "response_error" if done.status else "connection_error"
        step.scene.webhook = {
            "method": method,
            "url": url,
            "status": done.status,
            "headers": dict(done.headers) if done.status else None,
            "json": data,
        }
        step.emit(
            WebhookCalled,
            effect_uuid=done.effect_uuid,
            method=method,
            url=url,
            status="connection_error" if done.limit_bytes is not None else kind,
            status_code=done.status,
            response=done.body_text[:MAX_STORED_ANSWER_CHARS],
            elapsed_ms=done.elapsed_ms,
        )

    def templates(self) -> Iterator[Template]:
        yield self.url
        yield from self.headers.values()
        yield from self.body_texts

    def results(self) -> tuple[str, ...]:
        return (self.result_name,) if self.result_name else ()


def _host(url: str) -> str | None:
    """Give the host of an address that can be called, None for any other."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.hostname if parts.scheme.lower() in ("http", "https") else None


def _answer(done: EffectDone) -> Json:
    if done.data is not None or done.limit_bytes is not None:
        return done.data
    try:
        return read_json(done.body_text)
    except ValueError:
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
    raw_body = text_of(data, "body")
    body = _json(raw_body)
    return CallWebhookAction(
        uuid=text_of(data, "uuid"),
        method=method if method in _METHODS else "POST",
        url=template_of(data, "url"),
        headers={str(name): compile_template(str(value)) for name, value in named},
        body=body,
        body_texts=tuple(compile_template(text) for text in _strings(body)),
        raw_body=raw_body,
        result_name=text_of(data, "result_name"),
    )


def _json(text: str) -> Json:
    """Read the author's body before anything is put into it, so that no value can break it."""
    try:
        return read_json(text)
    except ValueError:
        return None


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [] if value.strip() in ("@contact", "@results") else [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in items for text in _strings(item)]
