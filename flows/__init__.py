"""Samvad's flow engine. Pure: definition + contact + state + stimulus -> state + events + wait.

flow = compile_flow(definition, revision_id="42")
sprint = start(assets, contact, KeywordTrigger(flow.uuid, msg, "help"), env)
...store sprint.state.to_json(), apply sprint.events, carry out sprint.effects...
sprint = resume(state, assets, contact, MsgReceived(msg), env)
"""

from __future__ import annotations

from flows.assets import Assets, StaticAssets
from flows.contact import Contact, FieldValue
from flows.definition.compile import compile_flow
from flows.definition.flow import Flow
from flows.definition.inspect import Dependency, Inspection, inspect
from flows.definition.problems import Problem
from flows.definition.validate import validate
from flows.effects import CallWebhook, Effect
from flows.engine import Sprint, resume, start
from flows.environment import Environment
from flows.errors import FlowError, FlowInvalid, StaleStimulus, StateUnreadable, StimulusRejected
from flows.events import Event
from flows.limits import Limits
from flows.session import RunState, SessionState
from flows.stimuli import (
    EffectDone,
    Expired,
    Interrupted,
    MsgReceived,
    ResultArrived,
    Stimulus,
    TimeElapsed,
    WaitTimedOut,
)
from flows.triggers import FlowTrigger, History, KeywordTrigger, ManualTrigger, Trigger
from flows.values import FieldRef, GroupRef, LabelRef, Language, Msg
from flows.waits import Wait

__all__ = [
    "Assets",
    "CallWebhook",
    "Contact",
    "Dependency",
    "Effect",
    "EffectDone",
    "Environment",
    "Event",
    "Expired",
    "FieldRef",
    "FieldValue",
    "Flow",
    "FlowError",
    "FlowInvalid",
    "FlowTrigger",
    "GroupRef",
    "History",
    "Inspection",
    "Interrupted",
    "KeywordTrigger",
    "LabelRef",
    "Language",
    "Limits",
    "ManualTrigger",
    "Msg",
    "MsgReceived",
    "Problem",
    "ResultArrived",
    "RunState",
    "SessionState",
    "Sprint",
    "StaleStimulus",
    "StateUnreadable",
    "StaticAssets",
    "Stimulus",
    "StimulusRejected",
    "TimeElapsed",
    "Trigger",
    "Wait",
    "WaitTimedOut",
    "compile_flow",
    "inspect",
    "resume",
    "start",
    "validate",
]
