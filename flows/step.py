"""What an action and a router see: one node of one run, and how to say what happens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from typing import Any, TypeVar

from flows.contact import Contact
from flows.context import scope_of
from flows.definition.flow import Flow, Node
from flows.environment import Environment
from flows.events.base import Event
from flows.events.contact import ContactGroupsChanged
from flows.events.run import RunResultChanged
from flows.events.trouble import ErrorEvent, WarningEvent
from flows.expressions.scope import Scope
from flows.expressions.template import Template, compile_template, run
from flows.expressions.values import ExprError, Value, to_text
from flows.membership import regrouped
from flows.scene import Scene
from flows.session import RunState
from flows.values import Json

E = TypeVar("E", bound=Event)


class Step:
    """A visit of a node. Changes go through it so that names of expressions stay right."""

    __slots__ = ("_scope", "flow", "node", "run_uuid", "scene")

    def __init__(self, scene: Scene, run_uuid: str, flow: Flow, node: Node) -> None:
        self.scene = scene
        self.run_uuid = run_uuid
        self.flow = flow
        self.node = node
        self._scope: Scope | None = None

    @property
    def run(self) -> RunState:
        return self.scene.runs[self.run_uuid]

    @property
    def contact(self) -> Contact:
        return self.scene.contact

    @property
    def env(self) -> Environment:
        return self.scene.env

    # -- the trace

    def note(self, kind: str, /, **data: Json) -> None:
        """Note in the trace, if there is one, what was looked at here."""
        if self.scene.trace is not None:
            self.scene.trace.note(kind, self.flow.uuid, self.node.uuid, **data)

    @property
    def is_goflow(self) -> bool:
        """Whether goflow's habits hold where it differs from Glific."""
        return self.scene.env.dialect == "goflow"

    # -- events

    def emit(self, kind: type[E], /, **fields: Any) -> E:
        return self.scene.emit(kind, self.run, self.node.uuid, **fields)

    def error(self, code: str, text: str, **extra: str) -> None:
        self.emit(ErrorEvent, text=text, code=code, extra=extra)

    def missing(self, kind: str, ref: str, name: str = "") -> None:
        """Tell that something the flow names by uuid or key is not there (any more)."""
        text = f"missing {kind} '{name or ref}'"
        self.error("dependency:missing", text, type=kind, identity=ref)

    def change_contact(self, contact: Contact, kind: type[Event], /, **fields: Any) -> None:
        """Put the changed contact in place and tell it, and what smart groups it is in now."""
        self.scene.contact = contact
        self._scope = None
        self.emit(kind, **fields)
        if kind is not ContactGroupsChanged:
            self.regroup()

    def regroup(self) -> None:
        """Put the contact into its right smart groups and tell it."""
        self._scope = None
        changed = regrouped(self.contact, self.env)
        if changed is not None:
            self.scene.contact, added, removed = changed
            self.emit(ContactGroupsChanged, added=added, removed=removed)

    # -- templates

    def scope(self) -> Scope:
        """Give the names of this moment, with a template's budget of what the sprint has left."""
        if self._scope is None:
            self._scope = scope_of(self.scene, self.run, self.node)
            if self.scene.trace is not None:
                place = self.flow.uuid, self.node.uuid
                self._scope.watch = partial(self.scene.trace.expression, *place)
        self.scene.lend(self._scope)
        return self._scope

    def forget(self) -> None:
        """Let the names be made anew: something they show has changed."""
        self._scope = None

    def text(self, template: Template, limit: int | None = None) -> tuple[str, bool]:
        """Give the text, and whether it is whole; errors are told."""
        if template.is_constant:
            return template.text(_NO_SCOPE, limit)[0], True
        strict = self.is_goflow
        text, errors = (
            strict_text(template, self.scope()) if strict else template.text(self.scope())
        )
        self._warn(template)
        self.tell(errors)
        return text[:limit] if limit else text, not errors

    def secret(self, template: Template) -> str:
        """Give the text of what may hold a secret: a trace marks it, so that the host can hide it."""
        if self.scene.trace is None:
            return self.text(template)[0]
        self.scene.trace.is_secret = True
        try:
            return self.text(template)[0]
        finally:
            self.scene.trace.is_secret = False

    def quoted(self, template: Template) -> str:
        """Give the text of a query: every value in it as a quoted text."""
        parts: list[str] = []
        for piece in template.pieces:
            if isinstance(piece, str):
                parts.append(piece)
                continue
            value = run(piece, self.scope())
            if isinstance(value, ExprError):
                self.tell([value])
                value = ""
            escaped = to_text(value).replace("\\", "\\\\").replace('"', '\\"')
            parts.append(f'"{escaped}"')
        return "".join(parts)

    def exact(self, template: Template, limit: int | None = None) -> str | None:
        """Give the text of a value that is stored, None when any part of it is missing or wrong."""
        if template.is_constant:
            return template.text(_NO_SCOPE, limit)[0]
        if self.is_goflow:
            text, whole = self.text(template, limit)
            return text if whole else None
        value, errors = template.value(self.scope())
        self.tell(errors)
        if errors:
            return None
        return to_text(value)[:limit] if limit else to_text(value)

    def value(self, template: Template) -> Value:
        """Give the typed value; errors are told, an error itself gives "" (catalogue 7)."""
        value = self.value_or_error(template)
        return "" if isinstance(value, ExprError) else value

    def value_or_error(self, template: Template) -> Value:
        """Give the typed value or the error that it is, which is told."""
        value, errors = template.value(self.scope())
        self._warn(template)
        self.tell(error for error in errors if self.is_goflow or not error.missing)
        return value

    def _warn(self, template: Template) -> None:
        """Tell that a template asks for what will not be there for long."""
        if self.is_goflow and any(name.split(".")[0] == "legacy_extra" for name in template.names):
            text = "@legacy_extra is not kept up any more: ask the result or @webhook"
            self.emit(WarningEvent, text=text, code="context:deprecated")

    def tell(self, errors: Iterable[ExprError]) -> None:
        for error in errors:
            code = "expression:too_complex" if error.too_complex else "expression"
            self.error(code, error.text)

    # -- translations

    def languages(self) -> Sequence[str]:
        """Give the languages to look for, the best first: the contact's, if it is one of those here."""
        if self.is_goflow:
            wanted = [self.contact.language, self.env.default_language]
            allowed = [language.locale for language in self.env.languages]
            return [item for item in dict.fromkeys(wanted) if item in allowed or item == wanted[1]]
        return _with_short(self.contact.language, self.env.default_language)

    def localized(self, uuid: str, name: str, base: Sequence[str]) -> Sequence[str]:
        """Give the texts of a property in the contact's language, else in the flow's."""
        return self.translated(uuid, name, base)[0]

    def translated(
        self, uuid: str, name: str, base: Sequence[str], languages: Sequence[str] | None = None
    ) -> tuple[Sequence[str], str]:
        """Give the texts of a property and the language that they are in (catalogue 6)."""
        own = self.flow.language
        for language in self.languages() if languages is None else languages:
            if language == own:
                break
            found = self.flow.localization.get(language, {}).get(uuid, {}).get(name)
            if found and any(found):
                return found, language
        return base, own

    def localized_texts(
        self, uuid: str, name: str, base: Sequence[Template], limit: int | None = None
    ) -> list[str]:
        """Give the translated and evaluated texts, without the empty ones."""
        sources = self.localized(uuid, name, [template.source for template in base])
        texts = (self.text(compile_template(source), limit)[0] for source in sources)
        return [text for text in texts if text.strip()]

    # -- results

    def set_local(self, name: str, value: str | None) -> None:
        """Keep a value in the run, @locals.name; None clears it."""
        held = {key: old for key, old in self.run.locals.items() if key != name}
        if value is not None:
            held[name] = value
        self.scene.change(self.run_uuid, locals=held)
        self._scope = None

    def save_result(
        self,
        name: str,
        value: str,
        category: str,
        input: str,
        *,
        extra: Json = None,
        more: dict[str, Json] | None = None,
    ) -> None:
        """Set a result of the run and tell it."""
        limit = self.env.limits.result_chars
        result: dict[str, Json] = {
            "name": name,
            "value": value[:limit],
            "category": category,
            "input": input[:limit],
            "node_uuid": self.node.uuid,
            "inserted_at": self.env.now.isoformat(),
            **({"created_on": self.env.now.isoformat()} if self.is_goflow else {}),
            **(more or {}),
        }
        if extra is not None:
            result["extra"] = extra
        self.put_result(name, result, value[:limit], category)

    def put_result(self, name: str, result: dict[str, Json], value: str, category: str) -> None:
        self.scene.save_result(self.run_uuid, name, result)
        self._scope = None
        self.emit(RunResultChanged, name=name, value=value, category=category, result=result)


@lru_cache(maxsize=1024)
def _with_short(own: str, default: str) -> tuple[str, ...]:
    """Give both languages, then both without their regions, each once."""
    short = (language.replace("-", "_").split("_")[0] for language in (own, default))
    return tuple(item for item in dict.fromkeys((own, default, *short)) if item)


def strict_text(template: Template, scope: Scope) -> tuple[str, Sequence[ExprError]]:
    """Give the text with nothing where an expression fails, variables that lead nowhere included."""
    parts: list[str] = []
    errors: list[ExprError] = []
    for piece in template.pieces:
        if isinstance(piece, str):
            parts.append(piece)
            continue
        value = run(piece, scope)
        if isinstance(value, ExprError):
            errors.append(ExprError(f"error evaluating {piece.source}: {value.text}"))
        else:
            parts.append(to_text(value))
    return "".join(parts), errors


_NO_SCOPE: Any = None
