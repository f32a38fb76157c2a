"""URNs: how a contact can be reached, as `scheme:path?channel=uuid#display`."""

from __future__ import annotations

from dataclasses import dataclass

import phonenumbers
import regex

#: Schemes that flows know; expressions show null for those that a contact lacks.
SCHEMES = (
    "discord",
    "ext",
    "facebook",
    "fcm",
    "freshchat",
    "instagram",
    "jiochat",
    "line",
    "mailto",
    "rocketchat",
    "slack",
    "tel",
    "telegram",
    "twitter",
    "twitterid",
    "viber",
    "vk",
    "webchat",
    "wechat",
    "whatsapp",
    "xmpp",
)

_HIDDEN = "********"
_URN = regex.compile(r"([a-z][a-z0-9]*):([^?#]+)(?:\?([^#]*))?(?:#(.*))?")
_DIGITS = regex.compile(r"\d{1,20}")

#: What a path of a scheme must look like; other schemes take anything that is not blank.
_PATHS = {
    "tel": regex.compile(r"\+?[a-z0-9]{1,64}"),
    "mailto": regex.compile(r"[^\s@]+@[^\s@]+"),
    "twitter": regex.compile(r"[a-z0-9_]{1,15}"),
    "twitterid": _DIGITS,
    "telegram": _DIGITS,
    "whatsapp": _DIGITS,
    "facebook": regex.compile(r"\d+|ref:.+"),
    "line": regex.compile(r"[a-z0-9_]{1,36}", regex.IGNORECASE),
    "instagram": _DIGITS,
    "discord": _DIGITS,
    "viber": regex.compile(r"[a-z0-9_=/+]{1,24}", regex.IGNORECASE),
    "webchat": regex.compile(r"[a-zA-Z0-9]{24}(?::[^\s@]+@[^\s@]+)?"),
    "fcm": regex.compile(r"\S+"),
}


@dataclass(frozen=True, slots=True)
class Urn:
    """A URN in its parts. `channel` is the uuid of the channel it is spoken to by."""

    scheme: str
    path: str
    channel: str = ""
    display: str = ""

    @property
    def identity(self) -> str:
        """Give scheme and path alone: what makes two URNs the same."""
        return f"{self.scheme}:{self.path}"

    @property
    def shown(self) -> str:
        """Give the URN as expressions show it: without its channel."""
        return self.identity + (f"#{self.display}" if self.display else "")

    def __str__(self) -> str:
        channel = f"?channel={self.channel}" if self.channel else ""
        return self.identity + channel + (f"#{self.display}" if self.display else "")


def parse(text: str) -> Urn | None:
    """Give the parts of a URN, None for what is none."""
    match = _URN.fullmatch(text)
    if match is None:
        return None
    scheme, path, query, display = match.groups(default="")
    pairs = [pair.partition("=") for pair in query.split("&")]
    channel = next((value for key, _, value in pairs if key == "channel"), "")
    return Urn(scheme, path, channel, display)


def normal(urn: Urn, country: str) -> Urn:
    """Give the URN in the form it is stored in: a phone number as +E.164, names in lower case."""
    path = urn.path.strip()
    if urn.scheme == "tel":
        path = _number(path, country)
    elif urn.scheme in ("twitter", "mailto"):
        path = path.removeprefix("@").lower()
    return Urn(urn.scheme, path, urn.channel, urn.display)


def is_valid(urn: Urn) -> bool:
    """Whether the scheme is known and the path can be one of it."""
    if urn.scheme not in SCHEMES or not urn.path.strip():
        return False
    shape = _PATHS.get(urn.scheme)
    return shape is None or shape.fullmatch(urn.path) is not None


def format_urn(urn: str, redact: bool = False) -> str:
    """Give a URN as people read it: the display name, a phone number in its country's form, or the path."""
    parts = parse(urn)
    if parts is None or redact:
        return _HIDDEN if redact else urn
    if parts.display:
        return parts.display
    if parts.scheme not in ("tel", "whatsapp"):
        return parts.path
    try:
        number = phonenumbers.parse("+" + parts.path.lstrip("+"), None)
    except phonenumbers.NumberParseException:
        return parts.path
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))


def _number(path: str, country: str) -> str:
    try:
        number = phonenumbers.parse(path, country or None)
    except phonenumbers.NumberParseException:
        number = None
    if number is not None and phonenumbers.is_possible_number(number):
        return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return str(regex.sub(r"[^\da-z+]", "", path.lower()))
