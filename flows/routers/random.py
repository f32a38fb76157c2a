"""The random router: every category is as likely."""

from __future__ import annotations

from dataclasses import dataclass

from flows.routers.base import Category, MsgWaitSpec, save
from flows.step import Step


@dataclass(frozen=True, slots=True)
class Random:
    """Chooses with the environment's numbers; the result's value is the category's place."""

    categories: tuple[Category, ...]
    result_name: str = ""
    wait: MsgWaitSpec | None = None

    def route(self, step: Step) -> str | None:
        if not self.categories:
            return None
        place = step.env.rng.randrange(len(self.categories))
        category = self.categories[place]
        step.note("route", category=category.name, reason="by chance")
        return save(step, self, category, str(place), str(place))
