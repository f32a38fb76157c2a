"""What one client may cost. Every number here is a bound that hostile input meets."""

from __future__ import annotations

from typing import Final

from app.domain.chat import wrong_logins

#: Seconds that a client has for its request to upgrade (RFC 6455 4.1).
UPGRADE_S: Final = 5.0
#: Seconds from the upgrade to a bound resource.
LOGIN_TIMEOUT_S: Final = 30.0
#: Wrong logins on one connection (RFC 6120 6.4.5 recommends 2 to 5).
LOGIN_ATTEMPTS: Final = 4
#: Wrong passwords for one account on this node within LOGIN_WINDOW_S.
ACCOUNT_ATTEMPTS: Final = 20
LOGIN_WINDOW_S: Final = float(wrong_logins.WINDOW_S)
#: Accounts whose wrong logins are remembered at once.
REMEMBERED_ACCOUNTS: Final = 10_000
#: Frames that wait while one is dealt with; reading stops above and goes on at a quarter.
QUEUED_FRAMES: Final = 64
#: Bytes that a slow client may leave unread before it is cut off.
UNSENT_BYTES: Final = 4 * 1024 * 1024
#: Seconds without a frame after which a client is pinged, and then for its answer.
PING_AFTER_S: Final = 60.0
PONG_WITHIN_S: Final = 30.0
#: Seconds that a client has to answer the closing handshake.
CLOSE_TIMEOUT_S: Final = 2.0
#: Resources of one account on one node.
SESSIONS_PER_ACCOUNT: Final = 20
#: Directed presences that one session is held to (RFC 6121 4.6).
DIRECTED_PRESENCES: Final = 500
#: XEP-0198: the client is asked what it has after so many stanzas, or so many seconds after one.
ACK_EVERY_STANZAS: Final = 32
ACK_SOON_S: Final = 2.0
#: Seconds that a client has to answer; then its socket is taken for dead.
ACK_WITHIN_S: Final = 60.0
#: What a connected client may leave unacknowledged.
UNACKED_STANZAS: Final = 10_000
UNACKED_BYTES: Final = 8 * 1024 * 1024
#: What waits for a client that is away; more goes to the spool.
DETACHED_STANZAS: Final = 1_000
DETACHED_BYTES: Final = 1024 * 1024
#: Seconds that a node has to hand a session over to another.
HAND_OVER_S: Final = 10.0
#: Sessions of a killed node that are taken leave of at once.
BURIED_AT_ONCE: Final = 32
#: Sessions of gone nodes that one sweep takes leave for.
REAPED_AT_ONCE: Final = 100
#: Stanzas a second that one session may send for long, and at once.
STANZAS_PER_S: Final = 1_000
STANZAS_AT_ONCE: Final = 10_000
#: Elements that a client may send before it has a session.
ELEMENTS_BEFORE_SESSION: Final = 64
#: Wrong passwords from one network address on this node within LOGIN_WINDOW_S.
ADDRESS_ATTEMPTS: Final = wrong_logins.MOST_OF_ADDRESS
#: Bytes of frames that wait while one is dealt with; reading stops above.
QUEUED_BYTES: Final = 1024 * 1024
#: Seconds that a client has for the handshake of TLS.
TLS_HANDSHAKE_S: Final = 10.0
