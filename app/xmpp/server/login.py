"""Who a stream belongs to: the mechanisms that are offered, and what becomes of each exchange.

A stream that came with a valid cookie is offered EXTERNAL and ANONYMOUS, both bound to the
cookie's identity: the one offer with which the usual clients go online whatever credentials
they hold. Other streams exist only where the installation allows passwords.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from app.core.tokens import ChatClaims, read_chat_token
from app.protocol import ns
from app.protocol.element import Element, add, child, make
from app.protocol.jid import BadJid, Jid, prepare_local
from app.protocol.sasl import anonymous, external, hashed_token, plain, scram, token
from app.protocol.sasl.errors import SaslError
from app.protocol.stream import (
    AuthAborted,
    AuthMalformed,
    AuthRequested,
    AuthResponded,
    Stream,
)
from app.xmpp.server.attempts import AddressAttempts
from app.xmpp.server.fast import FastLogin
from app.xmpp.server.limits import LOGIN_WINDOW_S
from app.xmpp.server.passwords import Passwords

#: Offered with a valid cookie, and without.
COOKIE_MECHANISMS: Final = ("EXTERNAL", "ANONYMOUS")
PASSWORD_MECHANISMS: Final = ("SCRAM-SHA-256", "SCRAM-SHA-1", "OAUTHBEARER", "X-OAUTH2", "PLAIN")
#: Offered where the installation takes no passwords: each carries a token.
TOKEN_MECHANISMS: Final = ("OAUTHBEARER", "X-OAUTH2", "PLAIN")
#: What whoever tried too often is told.
TRY_LATER: Final = f"Too many wrong logins. Try again in {int(LOGIN_WINDOW_S // 60)} minutes."


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a stream speaks for."""

    bare: Jid
    org_id: int
    account_id: int
    contact_id: int | None


@dataclass(frozen=True, slots=True)
class Account:
    """What login needs of an account."""

    identity: Identity
    #: SCRAM keys by the hash's name: "sha256", "sha1".
    keys: dict[str, scram.Keys]
    #: Why the account may not log in although its password is right; "" where it may.
    refusal: str = ""


class Accounts(Protocol):
    """Where accounts are looked up."""

    async def find(self, bare: Jid) -> Account | None:
        """The account; None for one that is absent, or that nobody is to know of."""


AuthEvent = AuthRequested | AuthResponded | AuthAborted | AuthMalformed


class Login:
    """The login of one stream. `identity` is set once it has succeeded."""

    __slots__ = (
        "_account",
        "_accounts",
        "_attempts",
        "_awaiting",
        "_cookie",
        "_exchange",
        "_iterations",
        "_new_nonce",
        "_passwords",
        "_secret_key",
        "_stream",
        "_takes_passwords",
        "failures",
        "fast",
        "identity",
        "proof",
        "request",
    )

    def __init__(
        self,
        stream: Stream,
        accounts: Accounts,
        attempts: AddressAttempts,
        passwords: Passwords,
        *,
        takes_passwords: bool,
        secret_key: str,
        iterations: int,
        new_nonce: Callable[[], str],
        cookie: ChatClaims | None,
    ) -> None:
        self._stream = stream
        self._accounts = accounts
        self._attempts = attempts
        self._passwords = passwords
        self._takes_passwords = takes_passwords
        self._secret_key = secret_key
        #: Of keys that are made now, and so of those that nobody has.
        self._iterations = iterations
        self._new_nonce = new_nonce
        self._cookie = cookie
        self._awaiting: tuple[str, Callable[[str, bytes], Awaitable[str]]] | None = None
        self._exchange: scram.Exchange | None = None
        self._account: Account | None = None
        self.identity: Identity | None = None
        #: The server's last word of a mechanism that has one.
        self.proof: bytes | None = None
        #: XEP-0484: where tokens of earlier logins are taken.
        self.fast: FastLogin | None = None
        #: XEP-0388: the `<authenticate/>` by which the exchange began.
        self.request: Element | None = None
        self.failures = 0

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """What is offered, the strongest first."""
        if self._cookie:
            return COOKIE_MECHANISMS
        return PASSWORD_MECHANISMS if self._takes_passwords else TOKEN_MECHANISMS

    def feature(self) -> Element:
        """RFC 6120 6.4.1: `<mechanisms/>`."""
        element = make("mechanisms", ns.SASL)
        for mechanism in self.mechanisms:
            add(element, "mechanism", text=mechanism)
        return element

    async def answer(self, event: AuthEvent) -> str:
        """What the client is told next; "" once `identity` is known."""
        try:
            return await self._step(event)
        except SaslError as error:
            self._awaiting = self._exchange = None
            self.failures += 1
            return self._stream.fail_auth(error.condition, error.text)

    async def _step(self, event: AuthEvent) -> str:
        match event:
            case AuthRequested(mechanism, payload, request):
                self.request = request
                return await self._begin(mechanism, payload)
            case AuthResponded(payload):
                if self._awaiting is None:
                    raise SaslError("malformed-request")
                (mechanism, go_on), self._awaiting = self._awaiting, None
                return await go_on(mechanism, payload)
            case AuthAborted():
                raise SaslError("aborted")
            case AuthMalformed():
                raise SaslError("incorrect-encoding")

    async def _begin(self, mechanism: str, payload: bytes | None) -> str:
        start = _STARTS.get(mechanism)
        if start is None or not (mechanism in self.mechanisms or self._is_fast(mechanism)):
            raise SaslError("invalid-mechanism")

        async def go_on(name: str, first: bytes) -> str:
            return await start(self, name, first)

        if payload is not None:
            return await go_on(mechanism, payload)
        # RFC 6120 6.4.2: without an initial response an empty challenge asks for it.
        self._awaiting = mechanism, go_on
        return self._stream.challenge(b"")

    async def _by_cookie(self, mechanism: str, payload: bytes) -> str:
        assert self._cookie is not None, "offered on cookie streams only"
        bare = Jid(self._cookie.username, self._cookie.domain)
        if mechanism == "EXTERNAL":
            external.check(payload, bare)
        else:
            anonymous.check(payload)
        return self._succeed(await self._trusted(self._cookie))

    async def _by_password(self, mechanism: str, payload: bytes) -> str:
        claim = plain.read(payload)
        claims = read_chat_token(claim.password, self._secret_key)
        if claims is not None:
            return self._succeed(await self._by_claims(claims, claim))
        account = await self._find(claim.username, claim.authzid)
        keys = account.keys.get("sha256") if account and self._takes_passwords else None
        if account is None or keys is None:
            raise self._refused(claim.username)
        if not await self._is_right(account.identity.bare, claim.password, keys):
            raise self._refused(claim.username)
        return self._succeed(account)

    async def _is_right(self, bare: Jid, password: str, keys: scram.Keys) -> bool:
        verified = self._attempts.verified
        if verified.holds(bare, password, keys):
            return True
        is_right = await self._passwords.is_right(password, keys)
        if is_right:
            verified.remember(bare, password, keys)
        return is_right

    async def _by_token(self, mechanism: str, payload: bytes) -> str:
        claim = token.read(mechanism, payload)
        claims = read_chat_token(claim.password, self._secret_key)
        try:
            if claims is None:
                raise self._refused(claim.username)
            return self._succeed(await self._by_claims(claims, claim))
        except SaslError as error:
            if mechanism != "OAUTHBEARER":
                raise
            return self._say_first(mechanism, error)

    def _say_first(self, mechanism: str, failure: SaslError) -> str:
        """RFC 7628 3.2.2, 3.2.3: a challenge says what is wrong; the failure follows its answer."""

        async def fail(name: str, answer: bytes) -> str:
            raise failure

        self._awaiting = mechanism, fail
        return self._stream.challenge(token.INVALID)

    def _is_fast(self, mechanism: str) -> bool:
        """XEP-0484 3.1, 3.4: such mechanisms belong to XEP-0388, and say that they bring a token."""
        if self.fast is None or self.request is None or mechanism not in hashed_token.HASHES:
            return False
        return child(self.request, "fast", ns.FAST) is not None

    async def _by_hashed_token(self, mechanism: str, payload: bytes) -> str:
        assert self.fast is not None and self.request is not None, "see _is_fast"
        claim = hashed_token.read(payload)
        account = await self._find(claim.username, "")
        if account is None:
            raise self._refused(claim.username)
        try:
            proof = await self.fast.check(account.identity, mechanism, claim.hashed, self.request)
        except SaslError as error:
            if error.condition == "not-authorized":
                raise self._refused(claim.username) from error
            raise
        return self._succeed(account, proof)

    async def _by_scram(self, mechanism: str, payload: bytes) -> str:
        exchange = scram.Exchange(mechanism)
        exchange.first(payload)
        account = await self._find(exchange.username, exchange.authzid)
        keys = account.keys.get(exchange.hash_name) if account else None
        if not keys:
            # RFC 5802 11: a stranger gets the same answers as an account with a wrong password.
            account, keys = None, self._decoy_keys(exchange)
        self._exchange, self._account = exchange, account
        self._awaiting = mechanism, self._finish_scram
        return self._stream.challenge(exchange.challenge(keys, self._new_nonce()))

    async def _finish_scram(self, mechanism: str, payload: bytes) -> str:
        assert self._exchange is not None, "set with the challenge"
        try:
            proof = self._exchange.final(payload)
        except SaslError as error:
            if error.condition == "not-authorized":
                raise self._refused(self._exchange.username) from error
            raise
        if self._account is None:
            raise self._refused(self._exchange.username)
        return self._succeed(self._account, proof)

    async def _find(self, username: str, authzid: str) -> Account | None:
        try:
            # COMPAT: some clients send the whole address as the name.
            local = prepare_local(username.removesuffix(f"@{self._stream.domain}"))
        except BadJid:
            return None
        bare = Jid(local, self._stream.domain)
        if authzid and Jid.find(authzid) != bare:
            raise SaslError("invalid-authzid")
        self._check_attempts(bare)
        return await self._accounts.find(bare)

    async def _by_claims(self, claims: ChatClaims, claim: plain.Credentials) -> Account:
        bare = Jid(claims.username, claims.domain)
        if claim.username and claim.username.partition("@")[0].lower() != claims.username:
            raise SaslError("not-authorized")
        if claim.authzid and Jid.find(claim.authzid) not in {bare, None}:
            raise SaslError("invalid-authzid")
        return await self._trusted(claims)

    async def _trusted(self, claims: ChatClaims) -> Account:
        """A token outlives its account: the account is looked up, and must be the same one."""
        account = await self._accounts.find(Jid(claims.username, claims.domain))
        if account is None or account.identity.account_id != claims.account_id:
            raise SaslError("not-authorized")
        return account

    def _check_attempts(self, bare: Jid) -> None:
        """Raises temporary-auth-failure (RFC 6120 6.5.12) after too many wrong logins."""
        if not self._attempts.may_try(bare):
            raise SaslError("temporary-auth-failure", TRY_LATER)

    def _refused(self, username: str) -> SaslError:
        self._attempts.remember(Jid.find(f"{username.partition('@')[0]}@{self._stream.domain}"))
        return SaslError("not-authorized")

    def _decoy_keys(self, exchange: scram.Exchange) -> scram.Keys:
        salt = hmac.digest(self._secret_key.encode(), exchange.username.encode(), hashlib.sha256)
        key = bytes(hashlib.new(exchange.hash_name).digest_size)
        return scram.Keys(salt[:16], self._iterations, stored_key=key, server_key=key)

    def _succeed(self, account: Account, proof: bytes | None = None) -> str:
        """Raises account-disabled (RFC 6120 6.5.2), which only who has the password learns."""
        if account.identity.bare.domain != self._stream.domain:
            raise SaslError("not-authorized")
        if account.refusal:
            raise SaslError("account-disabled", account.refusal)
        self.identity, self.proof = account.identity, proof
        # It lives as long as the stream, and its keys need not.
        self._exchange = self._account = None
        return ""


_STARTS: Final[dict[str, Callable[[Login, str, bytes], Awaitable[str]]]] = {
    "EXTERNAL": Login._by_cookie,
    "ANONYMOUS": Login._by_cookie,
    "SCRAM-SHA-256": Login._by_scram,
    "SCRAM-SHA-1": Login._by_scram,
    "OAUTHBEARER": Login._by_token,
    "X-OAUTH2": Login._by_token,
    "PLAIN": Login._by_password,
    **dict.fromkeys(hashed_token.HASHES, Login._by_hashed_token),
}
