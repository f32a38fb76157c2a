"""Services of others that an organization may use. One entry here is one form of the settings page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from app.core.errors import Invalid

#: Characters of one key or secret.
MAX_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the form. `check` says what is wrong with a text, "" when nothing is."""

    label: str
    default: str = ""
    check: Callable[[str], str] = lambda text: ""


@dataclass(frozen=True, slots=True)
class ProviderSpec:
    """A kind of service: what is asked for, by name."""

    shortcode: str
    keys: Mapping[str, Entry] = field(default_factory=dict)
    secrets: Mapping[str, Entry] = field(default_factory=dict)


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    is_good = parts.scheme in ("http", "https") and bool(parts.hostname)
    return "" if is_good else "must be an http or https address"


#: Says what a text is meant to say; flows ask it with call_classifier.
CLASSIFIER = ProviderSpec(
    "classifier",
    keys={
        "url": Entry("Address, with {text} where the text goes", check=_web_address),
        "name": Entry("Name that authors of flows see", default="Classifier"),
        "intents": Entry("Names of its intents, with commas between them"),
    },
    secrets={"token": Entry("Bearer token")},
)

#: Shortcode -> provider.
PROVIDERS: Mapping[str, ProviderSpec] = {CLASSIFIER.shortcode: CLASSIFIER}


def checked(entries: Mapping[str, Entry], given: object, member: str) -> dict[str, str]:
    """The texts of every entry; what was not given has its default.

    Raises Invalid(member) for what is no object, unknown, too long or wrong.
    """
    if not isinstance(given, Mapping):
        raise Invalid(member, "must be a JSON object")
    for name in given:
        if name not in entries:
            raise Invalid(member, f"has no {str(name)[:50]}; there are: {', '.join(entries)}")
    found: dict[str, str] = {}
    for name, entry in entries.items():
        text = str(given.get(name) or entry.default).strip()
        fault = f"is longer than {MAX_CHARS}" if len(text) > MAX_CHARS else entry.check(text)
        if fault:
            raise Invalid(member, f"{name} {fault}")
        found[name] = text
    return found
