"""Phone numbers: kept as digits with the country code, without "+"."""

from __future__ import annotations

import re

import phonenumbers

from app.core.errors import Invalid

#: Simulators are told apart by a suffix that no real number has.
_SIMULATOR = re.compile(r"\d{10}_\d{1,2}")
_DECORATION = re.compile(r"[\s()+.\-]")
#: Where a number without a country code may be from.
_HOME_REGION = "IN"


def read_phone(text: str) -> str:
    """The digits of `text`. Raises Invalid("phone") when no phone can have that number.

    Whether the length is possible (ITU-T E.164 6) is all that is asked: numbering plans change
    faster than their tables, and a number that was refused could not be written to at all.
    """
    digits = _DECORATION.sub("", text)
    if not digits:
        raise Invalid("phone", "can't be blank")
    if _SIMULATOR.fullmatch(digits):
        return digits
    if not (digits.isascii() and digits.isdigit()) or not _is_possible(digits):
        raise Invalid("phone", "is not a valid phone number")
    return digits


def _is_possible(digits: str) -> bool:
    return any(_possible_as(*form) for form in (("+" + digits, None), (digits, _HOME_REGION)))


def _possible_as(text: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(text, region))
    except phonenumbers.NumberParseException:
        return False


def masked(phone: str) -> str:
    """What a member of staff may see of `phone`: first four, six stars, last two.

    >>> masked("917834811231")
    '9178******31'
    """
    return f"{phone[:4]}******{phone[-2:]}"
