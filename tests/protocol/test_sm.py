"""XEP-0198: the ledger of a managed stream."""

from __future__ import annotations

import pytest
from lxml import etree

from app.protocol import sm
from app.protocol.errors import StreamError
from app.protocol.sm import Ledger, Sent


def test_what_was_acknowledged_is_forgotten_and_the_rest_is_kept_in_order() -> None:
    """4."""
    ledger = Ledger()
    for number in range(3):
        ledger.push(f"<message id='{number}'/>", float(number))

    ledger.ack(2)

    assert [Sent("<message id='2'/>", 2.0)] == ledger.unacked()
    assert (2, "<message id='2'/>".__sizeof__()) == (ledger.acked, ledger.held_bytes)


def test_counters_go_on_at_zero_after_32_bits() -> None:
    """4."""
    ledger = Ledger(handled=sm.MODULUS - 1, acked=sm.MODULUS - 2)
    for _ in range(4):
        ledger.push("<message/>", 0.0)

    ledger.ack(1)
    ledger.took()

    assert (len(ledger), ledger.acked, ledger.handled) == (1, 1, 0)


def test_acknowledging_the_same_again_changes_nothing() -> None:
    ledger = Ledger(acked=7)
    ledger.push("<message/>", 0.0)

    ledger.ack(7)

    assert len(ledger) == 1


def test_more_than_was_sent_is_an_error_that_says_both_counts() -> None:
    """4: handled-count-too-high."""
    ledger = Ledger()
    ledger.push("<message/>", 0.0)

    with pytest.raises(StreamError) as caught:
        ledger.ack(10)

    assert caught.value.condition == "undefined-condition"
    assert caught.value.detail is not None
    assert dict(caught.value.detail.attrib) == {"h": "10", "send-count": "1"}
    assert len(ledger) == 1


@pytest.mark.parametrize("h", ["", "-1", "x", "4294967296", "٣", "1" * 5000])
def test_a_count_is_a_number_of_32_bits(h: str) -> None:
    with pytest.raises(StreamError):
        sm.read_h(etree.fromstring(f"<a h='{h}'/>"))


@pytest.mark.parametrize(
    ("asked", "given"),
    [("", 300), ("60", 60), ("9999", 300), ("x", 300), ("9" * 5000, 300), ("0", 0)],
)
def test_the_client_may_ask_for_less_time_but_not_for_more(asked: str, given: int) -> None:
    """3."""
    assert given == sm.read_max_s(etree.fromstring(f"<enable max='{asked}'/>"), 300)
