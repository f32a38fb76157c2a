"""How fast the engine is on one core: `python -m tests.bench.flows [--runner DIR] [--seconds S]`.

Every sprint decodes the stored state, runs, and encodes the new one, as a worker does. Each figure is the
median of rounds, and all are from one run, so their ratios hold on any machine. DIR may hold somebody
else's two_questions.json; without it a flow of the same shape is made.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from flows import Contact, Flow, SessionState, StaticAssets, Stimulus, compile_flow, resume
from flows.expressions.scope import Scope
from flows.expressions.template import compile_template
from flows.simulator import Conversation
from flows.stimuli import MsgReceived
from flows.values import Json
from tests.flows.build import asks, definition, node, says

ROUNDS = 5
_ROOT = Path(__file__).resolve().parents[2]
_CONTACT = Contact(uuid="c", name="Asha Devi", phone="919900000001", language="en")


@dataclass(frozen=True)
class Figure:
    """`rate` per second; `note` says what one of them is."""

    name: str
    rate: float
    note: str


def rate_of(work: Callable[[], int], seconds: float) -> float:
    """Give how often a second, the median of rounds; `work` says how much it did."""
    rates = []
    for _ in range(ROUNDS):
        done, started = 0, perf_counter()
        while (elapsed := perf_counter() - started) < seconds / ROUNDS:
            done += work()
        rates.append(done / elapsed)
    return statistics.median(rates)


# -- sprints


class Recorder(Conversation):
    """Keeps, for each thing said, the state it was said in: (stored state, stimulus, contact)."""

    def __init__(self, flow: Flow, assets: StaticAssets) -> None:
        super().__init__(flow, assets, _CONTACT, webhook=lambda effect: (200, {"status": 1}))
        self.turns: list[tuple[str, Stimulus, Contact]] = []
        self.steps = 0

    def give(self, stimulus: Stimulus) -> list[str]:
        assert self.state is not None
        stored, contact = json.dumps(self.state.to_json()), self.contact
        before = len(self.events)
        said = super().give(stimulus)
        self.turns.append((stored, stimulus, contact))
        self.steps += sum(e.type == "node_entered" for e in self.events[before:])
        return said


def sprints(name: str, flows: Sequence[Flow], words: Sequence[str], seconds: float) -> Figure:
    """Measure the sprints of one conversation with the first flow."""
    assets = StaticAssets(flows=tuple(flows), lenient=True)
    talk = Recorder(flows[0], assets)
    talk.start(keyword="hi")
    for word in words:
        if talk.is_over or talk.last.wait is None or talk.last.wait.kind != "msg":
            break
        talk.give(MsgReceived(talk.message(word)))
    env = talk.environment()

    def work() -> int:
        for stored, stimulus, contact in talk.turns:
            state = SessionState.from_json(json.loads(stored))
            sprint = resume(state, assets, contact, stimulus, env)
            json.dumps(sprint.state.to_json())
        return len(talk.turns)

    size = statistics.mean(len(stored) for stored, _, _ in talk.turns)
    note = (
        f"{len(talk.turns)} sprints of {talk.steps / len(talk.turns):.1f} steps, state {size:.0f} B"
    )
    return Figure(name, rate_of(work, seconds), note)


def two_questions(runner: Path | None) -> list[Flow]:
    if runner is not None and (runner / "two_questions.json").exists():
        data = json.loads((runner / "two_questions.json").read_text())
        return [compile_flow(raw) for raw in data["flows"]]
    colors = [("has_any_word", ["red"], "Red"), ("has_any_word", ["blue"], "Blue")]
    sodas = [("has_any_word", ["coke"], "Coke"), ("has_any_word", ["pepsi"], "Pepsi")]
    ask = says("Hi @contact! What is your favorite color? (red/blue)")
    more = says("@(title(results.color.category)) it is! Soda? (pepsi/coke)")
    return [
        compile_flow(
            definition(
                node("a", ask, router=asks(*colors, result="Color"), ways=_ways("b", colors)),
                node("b", more, router=asks(*sodas, result="Soda"), ways=_ways("c", sodas)),
                node("c", says("Great, you are done and like @results.soda.value!")),
            )
        )
    ]


def _ways(to: str, cases: Sequence[tuple[str, list[str], str]]) -> dict[str, str | None]:
    return {**{case[2]: to for case in cases}, "Other": to}


def survey(questions: int) -> dict[str, Json]:
    """A survey: for each question a node that asks, one that waits and one that stores the answer."""
    nodes: list[dict[str, Json]] = []
    for number in range(questions):
        yes, no = ("has_any_word", ["yes y"], "Yes"), ("has_any_word", ["no n"], "No")
        store = {
            "type": "set_run_result",
            "name": f"Score {number}",
            "value": f'@(if(results.answer_{number}.category = "Yes", {number} + 1, 0))',
        }
        wait = asks(yes, no, result=f"Answer {number}")
        ways = {"Yes": f"s{number}", "No": f"s{number}", "Other": f"q{number}"}
        nodes += [
            node(f"q{number}", says(f"Question {number}, @contact.name?"), to=f"w{number}"),
            node(f"w{number}", router=wait, ways=ways),
            node(f"s{number}", store, to=f"q{number + 1}" if number + 1 < questions else None),
        ]
    return definition(*nodes, uuid="survey")


def four_steps() -> dict[str, Json]:
    """A loop of four nodes between two waits: route, store, split, say."""
    store = {"type": "set_run_result", "name": "Last", "value": "@input.text"}
    split = {"operand": "@results.last", "cases": [("has_any_word", ["yes"], "Yes")]}
    return definition(
        node("wait", router=asks(("has_text", [], "Any")), ways={"Any": "store", "Other": "store"}),
        node("store", store, to="split"),
        node("split", router=split, ways={"Yes": "say", "Other": "say"}),
        node("say", says("You said @results.last, @contact.name"), to="wait"),
        uuid="four",
    )


# -- templates and compilation

_TEMPLATES: Mapping[str, str] = {
    "one variable": "@contact.name",
    "a sentence with two": "Hi @contact.name, you said @results.answer.",
    "an expression": '@(upper(contact.name) & " " & results.number + 1)',
    "plain text": "Thank you very much!",
}


def template_rates(seconds: float) -> list[Figure]:
    talk = Conversation(compile_flow(definition(node("a"))))
    env = talk.environment()
    roots: dict[str, Callable[[], Any]] = {
        "contact": lambda: {"__default__": "Asha", "name": "Asha Devi"},
        "results": lambda: {"answer": {"__default__": "yes", "value": "yes"}, "number": "41"},
    }
    scope = Scope(env, roots)
    figures = []
    for name, source in _TEMPLATES.items():
        template, budget = compile_template(source), scope.left

        def work(template: Any = template, budget: int = budget) -> int:
            for _ in range(1000):
                scope.left = budget
                template.text(scope)
            return 1000

        figures.append(Figure(f"template: {name}", rate_of(work, seconds), source))
    return figures


def compile_rate(name: str, raw: Mapping[str, Json], seconds: float) -> Figure:
    """Give nodes compiled a second, with no template in the cache."""
    count = len(compile_flow(raw).nodes)

    def work() -> int:
        compile_template.cache_clear()
        compile_flow(raw)
        return count

    rate = rate_of(work, seconds)
    return Figure(f"compile: {name}", rate, f"{count} nodes, {1e6 / rate:.0f} us a node")


# -- all


def measure(runner: Path | None, seconds: float) -> list[Figure]:
    seeds = _ROOT / "seeds" / "flows"
    menu = json.loads((seeds / "help.json").read_text())
    others = [json.loads(file.read_text()) for file in sorted(seeds.glob("*.json"))]
    helps = [
        compile_flow(entry["definition"]) for data in [menu, *others] for entry in data["flows"]
    ]
    large = survey(100)
    answers = ["yes" if number % 3 else "no" for number in range(100)]
    return [
        sprints("sprint: four steps", [compile_flow(four_steps())], answers[:20], seconds),
        sprints("sprint: two_questions", two_questions(runner), ["red", "coke", "x"], seconds),
        sprints("sprint: 300-node survey", [compile_flow(large)], answers, seconds),
        sprints("sprint: help menu", helps, ["what?", "2", "1"], seconds),
        *template_rates(seconds),
        compile_rate("300-node survey", large, seconds),
        compile_rate("help menu", menu["flows"][0]["definition"], seconds),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runner", type=Path, help="directory that holds two_questions.json")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each figure")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    figures = measure(options.runner, options.seconds)
    first = figures[0].rate
    for figure in figures:
        ratio = figure.rate / first
        print(f"{figure.name:<32} {figure.rate:>12,.0f}/s {ratio:>8.2f}  {figure.note}")


if __name__ == "__main__":
    main()
