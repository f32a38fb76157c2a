"""REST calls go through the same application as GraphQL's."""

from __future__ import annotations

from tests.graphql.conftest import app, http, sent_codes, staff_client

__all__ = ["app", "http", "sent_codes", "staff_client"]
