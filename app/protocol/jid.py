"""RFC 7622: addresses, `localpart@domainpart/resourcepart`.

`Jid.parse` gives the normal form, so equal addresses are equal values and hash alike.
Localparts follow UsernameCaseMapped and resourceparts OpaqueString of RFC 8265, by a PRECIS
library; plain ASCII, which is nearly everything, takes a short way to the same result.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from precis_i18n import get_profile
from precis_i18n.profile import Profile

from app.protocol.errors import StanzaError

#: RFC 7622 3.2, 3.3, 3.4: no part is longer, in UTF-8.
MAX_PART_BYTES: Final = 1023
#: RFC 7622 3.3.1: characters that a localpart never holds.
FORBIDDEN_IN_LOCAL: Final = frozenset("\"&'/:<>@ ")
#: RFC 5892 2.6: the joiners are letters' neighbours in Indic scripts and stay.
_JOINERS: Final = frozenset("\u200c\u200d")
_LOCAL: Final = get_profile("UsernameCaseMapped")
_RESOURCE: Final = get_profile("OpaqueString")


class BadJid(StanzaError):
    """The text is no address. Write localpart@domain/resource within the limits of RFC 7622."""

    def __init__(self, text: str) -> None:
        super().__init__("jid-malformed", "modify", text)


@dataclass(frozen=True, slots=True)
class Jid:
    """An address in its normal form. "" stands for a part that is absent."""

    local: str
    domain: str
    resource: str = ""

    @staticmethod
    def parse(text: str) -> Jid:
        """The address in its normal form. Raises BadJid."""
        return _parse(text)

    @staticmethod
    def find(text: str | None) -> Jid | None:
        """The address, or None for an absent, empty or malformed one."""
        try:
            return _parse(text) if text else None
        except BadJid:
            return None

    @property
    def bare(self) -> Jid:
        """The address without its resource."""
        return _bare(self.local, self.domain) if self.resource else self

    @property
    def is_bare(self) -> bool:
        """Whether there is no resource."""
        return not self.resource

    def with_resource(self, resource: str) -> Jid:
        """The same account at a resource, which is prepared. Raises BadJid."""
        return Jid(self.local, self.domain, prepare_resource(resource))

    def __str__(self) -> str:
        text = f"{self.local}@{self.domain}" if self.local else self.domain
        return f"{text}/{self.resource}" if self.resource else text


@lru_cache(maxsize=16_384)
def _bare(local: str, domain: str) -> Jid:
    # A message asks for some twenty times; the same object is also found quickest in a dictionary.
    return Jid(local, domain)


@lru_cache(maxsize=16_384)
def _parse(text: str) -> Jid:
    # RFC 7622 3.2: the resource begins at the first slash, the domain after the first at-sign before it.
    head, slash, resource = text.partition("/")
    local, at, domain = head.rpartition("@")
    if (slash and not resource) or (at and not local):
        raise BadJid("An address has an empty part.")
    return Jid(
        prepare_local(local) if at else "",
        prepare_domain(domain),
        prepare_resource(resource) if slash else "",
    )


def prepare_local(text: str) -> str:
    """The localpart in its normal form: RFC 7622 3.3. Raises BadJid."""
    prepared = text.lower() if text.isascii() else _enforce(_LOCAL, text)
    if not FORBIDDEN_IN_LOCAL.isdisjoint(prepared):
        raise BadJid("A localpart holds a character that RFC 7622 3.3.1 forbids.")
    _check_ascii(prepared)
    return _check_length(prepared, "localpart")


@lru_cache(maxsize=4096)
def prepare_domain(text: str) -> str:
    """The domainpart in its normal form: lower case, U-labels, no final dot (RFC 7622 3.2)."""
    trimmed = text[:-1] if text.endswith(".") else text
    if trimmed.startswith("[") and trimmed.endswith("]"):
        return _check_length(trimmed.lower(), "domainpart")
    prepared = (
        trimmed.lower()
        if trimmed.isascii()
        else unicodedata.normalize("NFKC", trimmed.replace("\u3002", ".")).lower()
    )
    for label in prepared.split("."):
        if not label or label.startswith("-") or label.endswith("-"):
            raise BadJid("A domainpart has an empty or hyphenated label.")
        if not all(
            character.isalnum() or character in "-_" or _is_mark(character) for character in label
        ):
            raise BadJid("A domainpart holds a character that no domain has.")
    return _check_length(prepared, "domainpart")


def prepare_resource(text: str) -> str:
    """The resourcepart in its normal form: RFC 7622 3.4. Raises BadJid."""
    prepared = text if text.isascii() else _enforce(_RESOURCE, text)
    _check_ascii(prepared)
    return _check_length(prepared, "resourcepart")


def _enforce(profile: Profile, text: str) -> str:
    """The text as the profile has it: RFC 8264 7. Raises BadJid."""
    # A hostile address must not cost more than a long one.
    _check_length(text, "part of an address")
    try:
        return profile.enforce(text)
    except UnicodeError as error:
        raise BadJid("An address holds a character that its profile refuses.") from error


def _is_mark(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character) in {"Mn", "Mc"}


def _check_ascii(text: str) -> None:
    """RFC 8264 9.11: controls are refused; the profiles see to the rest of Unicode."""
    if text.isascii() and not text.isprintable():
        raise BadJid("An address holds a control character.")


def _check_length(text: str, part: str) -> str:
    if not text:
        raise BadJid(f"A {part} is empty.")
    try:
        length_bytes = len(text.encode())
    except UnicodeEncodeError as error:
        raise BadJid(f"A {part} is not Unicode text.") from error
    if length_bytes > MAX_PART_BYTES:
        raise BadJid(f"A {part} is longer than {MAX_PART_BYTES} bytes.")
    return text
