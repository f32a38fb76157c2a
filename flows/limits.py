"""How much a conversation may use. Each limit says its unit and what it protects."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Budgets of one session; the defaults suit messaging."""

    steps_per_sprint: int = 100
    sprints_per_session: int = 500
    runs_in_stack: int = 100
    #: Visits of one node since the last human input, in a loop that waits for no human.
    visits_per_node: int = 5
    messages_since_input: int = 30
    #: The same message from the same node within six hours; one more takes the category Exit Loop, or
    #: ends the session (catalogue 12.8). 0: never.
    same_message: int = 3
    effects_since_input: int = 10
    #: Sessions that start sessions, without a human in between.
    ancestors_since_input: int = 5

    text_chars: int = 10_000
    result_chars: int = 640
    field_chars: int = 640
    name_chars: int = 128
    url_chars: int = 8_192
    webhook_body_chars: int = 20_000
    attachments: int = 10
    attachment_chars: int = 2_048
    quick_reply_chars: int = 64
    quick_reply_extra_chars: int = 1_000
    quick_replies: int = 10
    broadcast_recipients: int = 1_000


DEFAULT_LIMITS = Limits()

#: Seconds in which the same message counts as the same; how many of them a session remembers.
SAME_MESSAGE_WINDOW_S = 6 * 3600
MAX_REMEMBERED = 12
#: Nodes of a run that @run.path shows.
MAX_PATH = 30

#: Of a definition.
MAX_NODES = 1_000
MAX_ACTIONS = 100
MAX_EXITS = 100
MAX_CASES = 100
MAX_CASE_ARGUMENTS = 10
#: How deep its objects and lists are nested; editors write about ten levels.
MAX_DEFINITION_DEPTH = 64

#: Of an expression: characters of a template, nesting, operations, items of a list, digits of a number.
#: An operation is a call, an operator or CHARS_PER_OPERATION characters that one of them goes through.
MAX_TEMPLATE_CHARS = 20_000
MAX_NESTING = 50
MAX_OPERATIONS = 20_000
CHARS_PER_OPERATION = 64
MAX_ITEMS = 10_000
MAX_REPEAT_CHARS = 10_000
#: Characters of a text that an expression makes, or that a template gives in all.
MAX_TEXT_CHARS = 100_000
#: What an array or an object that an expression makes may weigh: characters, and 8 for each value in it.
MAX_VALUE_WEIGHT = 1_000_000
#: How deep arrays and objects are nested, in an expression, in an answer or in a text that holds JSON.
MAX_VALUE_DEPTH = 64
#: Characters of a pattern; RE2 takes time with text and pattern alone, and both are bounded.
MAX_PATTERN_CHARS = 1_000
NUMBER_DIGITS = 36
MAX_EXPONENT = 100

#: Seconds a webhook may take, and what its answer may weigh inside a session (characters of JSON).
WEBHOOK_TIMEOUT_S = 15
EFFECT_TIMEOUT_S = 15
EFFECT_GRACE_S = 45
MAX_ANSWER_CHARS = 262_144
MAX_STORED_ANSWER_CHARS = 10_000

#: A wait without a timeout ends after this many minutes, unless the flow says otherwise.
DEFAULT_EXPIRE_AFTER_MINUTES = 10_080
MAX_WAIT_S = 90 * 24 * 3600
