"""What one client may cost. Every number here is a bound that hostile input meets."""

from __future__ import annotations

from typing import Final

#: Seconds from the upgrade to a bound resource.
LOGIN_TIMEOUT_S: Final = 30.0
#: Wrong logins on one connection (RFC 6120 6.4.5 recommends 2 to 5).
LOGIN_ATTEMPTS: Final = 4
#: Wrong passwords for one account on this node within LOGIN_WINDOW_S.
ACCOUNT_ATTEMPTS: Final = 20
LOGIN_WINDOW_S: Final = 300.0
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
