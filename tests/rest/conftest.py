"""REST calls go through the same application as GraphQL's."""

from __future__ import annotations

from tests.graphql.conftest import app, http, sent_codes, staff_client
from tests.rest.client_api import api

__all__ = ["api", "app", "http", "sent_codes", "staff_client"]
