"""The two servers that Samvad brings along: PostgreSQL and Valkey as children of this process.

Both are the ordinary programs, started in the foreground, bound to loopback, guarded by a random
password and told by the kernel to stop when their parent dies. Production names real servers by
DATABASE_URL and REDIS_URL and never comes here.
"""

from __future__ import annotations

from app.embedded.home import EmbeddedError, ServerHome
from app.embedded.postgres import EmbeddedPostgres
from app.embedded.valkey import EmbeddedValkey

__all__ = ["EmbeddedError", "EmbeddedPostgres", "EmbeddedValkey", "ServerHome"]
