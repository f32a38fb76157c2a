"""Ids of things that an older definition had none for."""

from __future__ import annotations

from uuid import UUID, uuid5

_NAMESPACE = UUID("6f1a54d2-9a3c-5d0e-8f5b-3f1f3b2a7c11")


def derived_uuid(path: str) -> str:
    """Give the same uuid for the same thing each time that its flow is read."""
    return str(uuid5(_NAMESPACE, path))
