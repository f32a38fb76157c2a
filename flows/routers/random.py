"""The random router: every category is as likely."""

from __future__ import annotations

from dataclasses import dataclass

from flows.routers.base import Category, MsgWaitSpec, save
from flows.step import Step


@dataclass(frozen=True, slots=True)
class Random:
    """Chooses with the environment's numbers; the result's value is the category's place.

    Its input is that place too (Glific), or the number that chose it (goflow).
    """

    categories: tuple[Category, ...]
    result_name: str = ""
    wait: MsgWaitSpec | None = None

    def route(self, step: Step) -> str | None:
        if not self.categories:
            return None
        chance = step.env.rng.random()
        place = min(int(chance * len(self.categories)), len(self.categories) - 1)
        shown = str(chance) if step.is_goflow else str(place)
        category = self.categories[place]
        step.note("route", category=category.name, reason="by chance")
        return save(step, self, category, str(place), shown)
