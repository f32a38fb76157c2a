"""Who may ask for a field: `permission_classes=[Manager]`.

A refusal is a top-level error `Unauthorized` and the field is null; its siblings are answered.
"""

from __future__ import annotations

from typing import Any

from strawberry.permission import BasePermission

from app.graphql.context import Info


class _AtLeast(BasePermission):
    message = "Unauthorized"
    role = "glific_admin"

    def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:
        return info.context.actor.may(self.role)


class Staff(_AtLeast):
    """Everybody who has been let in."""

    role = "staff"


class Manager(_AtLeast):
    """Managers and above."""

    role = "manager"


class Admin(_AtLeast):
    """Administrators of the organization and above."""

    role = "admin"


class GlificAdmin(_AtLeast):
    """Administrators of the whole installation."""

    role = "glific_admin"
