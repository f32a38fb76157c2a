"""One tree of refusals. Each knows how every face shows it, so no face maps errors by hand.

GraphQL shows `key` and `message` in `errors`, REST answers `http`, XMPP answers `condition`
(RFC 6120 8.3.3) and the command line prints `message`.
"""

from __future__ import annotations

from typing import ClassVar


class AppError(Exception):
    """Somebody asked for what cannot be. The message says what to do."""

    code: ClassVar[str] = "refused"
    http: ClassVar[int] = 400
    condition: ClassVar[str] = "not-acceptable"

    def __init__(self, message: str, *, key: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.key = key or self.code


class NotFound(AppError):
    """There is no such thing, or it belongs to another organization."""

    code, http, condition = "not_found", 404, "item-not-found"

    @classmethod
    def of(cls, resource: str, id_: object = None) -> NotFound:
        """The documented form: key `Elixir.Glific.Tags.Tag 26`, message `Resource not found`.

        `resource` is the public name without its prefix, for example `Tags.Tag`.
        """
        name = f"Elixir.Glific.{resource}"
        return cls("Resource not found", key=name if id_ is None else f"{name} {id_}")


class Invalid(AppError):
    """A field holds what it may not. `key` is the field's name."""

    code, http, condition = "invalid", 422, "bad-request"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message, key=field)


class Malformed(AppError):
    """The request cannot be read. The message says what it must be."""

    code, http, condition = "malformed", 400, "bad-request"


class TooLarge(AppError):
    """What was sent is longer than may be."""

    code, http, condition = "too_large", 413, "policy-violation"


class Conflict(AppError):
    """It is there already, or somebody else was quicker."""

    code, http, condition = "conflict", 409, "conflict"


class Refused(AppError):
    """The rules of the business say no. A top-level error where a field has no `errors`."""

    code, http, condition = "refused", 400, "not-allowed"


class Unauthenticated(AppError):
    """Nobody has logged in, or the token is no longer good."""

    code, http, condition = "unauthenticated", 401, "not-authorized"


class Unauthorized(AppError):
    """The caller is known but his role does not allow this."""

    code, http, condition = "unauthorized", 403, "forbidden"

    def __init__(self, message: str = "Unauthorized", *, key: str | None = None) -> None:
        super().__init__(message, key=key)


class TooMany(AppError):
    """A rate limit was passed. `retry_after_s` says when to come again."""

    code, http, condition = "too_many", 429, "resource-constraint"

    def __init__(self, message: str, *, retry_after_s: int = 30) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
