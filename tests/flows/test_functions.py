"""Every function and operator: the documented examples, and the edges that they leave out."""

from __future__ import annotations

import pytest

from flows.expressions.functions import FUNCTIONS
from tests.conformance.functions import is_in_range, output, run
from tests.flows.shared import CONFORMANCE, needs_conformance

FILE = CONFORMANCE / "flows" / "functions.json"

#: The functions of the catalogue, section 7; tests of cases are functions too.
NAMES = """
text boolean number date datetime time array object and or if char code clean field lower upper title
percent read_chars regex_match remove_first_word repeat replace split text_compare text_length text_slice
trim trim_left trim_right url_encode html_decode word word_count word_slice abs max mean min mod rand
rand_between round round_up round_down now today parse_datetime datetime_from_epoch datetime_diff
datetime_add replace_time tz tz_offset epoch date_from_parts weekday week_number parse_time
time_from_parts slice contains join reverse sort sum unique concat filter count extract extract_object
keys foreach foreach_value urn_parts attachment_parts json parse_json format format_date format_datetime
format_time format_number format_location format_urn default is_error prompt legacy_add
""".split()


@needs_conformance
def test_the_documented_examples_hold() -> None:
    report = run(FILE)

    assert report.failures == []
    assert report.total >= 260


def test_all_functions_of_the_catalogue_are_there() -> None:
    assert (len(NAMES), [name for name in NAMES if name not in FUNCTIONS]) == (91, [])


@pytest.mark.parametrize(
    "template", ["@(rand())", "@(rand_between(1, 10))", "@(rand_between(-3, -3))"]
)
def test_chance_stays_in_its_range(template: str) -> None:
    assert is_in_range(template, output(template))


def check(table: str) -> None:
    """Each line: a template without its `@( )`, two blanks and an arrow, what it shows ('' for nothing)."""
    lines = [line.strip().split("  -> ") for line in table.strip().splitlines()]

    given = [output(f"@({source.strip()})") or "''" for source, _ in lines]
    assert given == [shown for _, shown in lines]


def test_numbers_keep_36_digits_and_their_bounds() -> None:
    check("""
        0.1 + 0.2  -> 0.3
        1 / 3  -> 0.333333333333333333333333333333333333
        abs(-12345678901234567890.123456789012345)  -> 12345678901234567890.123456789012345
        sum(array(12345678901234567890.123456789012345, 1))  -> 12345678901234567891.123456789012345
        mean(12345678901234567890.123456789012, 0)  -> 6172839450617283945.061728394506
        99999999999999999999 * 99999999999999999999  -> 9999999999999999999800000000000000000000
        json(123456789012345678901234567890.123)  -> 123456789012345678901234567890.123
        format_number(123456789012345678901234567890.126, 2)  -> 123,456,789,012,345,678,901,234,567,890.13
        10 ^ 100 ^ 2  -> ERROR
        9 ^ 99999  -> ERROR
        10 ^ 100 * 10  -> ERROR
        0 ^ -1  -> ERROR
        0 ^ 0  -> 1
        2 ^ 0.5  -> 1.41421356237309504880168872420969808
        (-8) ^ 0.5  -> ERROR
        1 / 0  -> ERROR
        mod(5, 0)  -> ERROR
        mod(10 ^ 90, 3)  -> ERROR
    """)


def test_only_plain_decimals_are_numbers() -> None:
    check("""
        number(" .5 ")  -> 0.5
        number("-0012.50")  -> -12.5
        number("1e3")  -> ERROR
        number("+5")  -> ERROR
        number("5.")  -> ERROR
        number("1,000")  -> ERROR
        number("NaN")  -> ERROR
        number("Infinity")  -> ERROR
        number("१२")  -> ERROR
        number("")  -> ERROR
        number(true)  -> ERROR
        number(null)  -> ERROR
        number(array(1))  -> ERROR
        number(object("__default__", 7))  -> 7
        - "5" + 1  -> -4
    """)


def test_rounding_goes_away_from_zero_and_up_and_down_by_value() -> None:
    check("""
        round(2.5)  -> 3
        round(-2.5)  -> -3
        round(-12.146, 2)  -> -12.15
        round(15, -1)  -> 20
        round(1, 101)  -> ERROR
        round_up(-12.141)  -> -12
        round_up(12.141, -1)  -> 20
        round_down(-12.6)  -> -13
        round_down(-12.146, 2)  -> -12.15
        percent(0.005)  -> 1%
        percent(-0.005)  -> -1%
        mod(-5, 2)  -> -1
        mod(5.5, 2)  -> 1.5
        format_number(-1234567.891, 2)  -> -1,234,567.89
        format_number(1234, 10)  -> ERROR
        format_number(1234.5, -1)  -> 1,234.5
    """)


def test_text_at_its_edges() -> None:
    check("""
        char(0)  -> ERROR
        char(55296)  -> ERROR
        char(1114112)  -> ERROR
        code("")  -> ERROR
        code("हि")  -> 2361
        upper(null)  -> ''
        upper(object("a", 1))  -> {A: 1}
        text_slice("hello", -10, 2)  -> he
        text_slice("hello", 3, 1)  -> ''
        field("a,b,c", 9, ",")  -> ''
        field("a,b,c", -1, ",")  -> ERROR
        field("a,b", 0, ",,")  -> ERROR
        word("a b", 2)  -> ERROR
        word_slice("a b c", -1, 2)  -> ERROR
        word_slice("a b c", 2, 1)  -> ERROR
        word_count("  ")  -> 0
        split("", ",")  -> []
        split("a b", "")  -> [a, b]
        split("a]b^c-d", "]^-")  -> [a, b, c, d]
        repeat("a", -1)  -> ERROR
        repeat("", 99999999)  -> ''
        repeat("ab", 5001)  -> ERROR
        replace("aaa", "", "b")  -> bababab
        replace("aaa", "a", "b", 0)  -> aaa
        regex_match("ABC", "b")  -> B
        regex_match("abc", "z")  -> ''
        regex_match("abc", "z", 1)  -> ERROR
        regex_match("ab", "(x)?b", 1)  -> ''
        remove_first_word("")  -> ''
        trim("xxaxx", "x")  -> a
        trim_left("xax", "x")  -> ax
        trim_right("xax", "x")  -> xa
        html_decode("a &lt; b &amp; c")  -> a < b & c
        url_encode("हि/?~")  -> %E0%A4%B9%E0%A4%BF%2F%3F~
        read_chars("+123456789")  -> 1 2 3 , 4 5 , 6 7 8 9
        read_chars("12345678")  -> 1 2 3 4 , 5 6 7 8
        read_chars("12")  -> 1 , 2
        read_chars("")  -> ''
        text_compare("a", "B")  -> 1
    """)


def test_hindi_keeps_its_joiners() -> None:
    assert output('@(clean("क्\u200dष\u200b\u0000x"))') == "क्\u200dषx"


def test_arrays_and_objects_at_their_edges() -> None:
    check("""
        array(1, 2, 3)[-1]  -> 3
        array(1)[1]  -> ERROR
        array(1)["a"]  -> ERROR
        array(1, 2).1  -> 2
        object("a", 1)["b"]  -> ''
        object("a", 1).b  -> ERROR
        object("B", 1).b  -> 1
        slice(array(1, 2, 3), 1)  -> [2, 3]
        slice(array(1, 2, 3), 0, -2)  -> [1]
        contains(array("1"), 1)  -> false
        contains(array(array(1)), array(1))  -> true
        unique(array(1, 1.0, "1"))  -> [1, 1]
        sort(array(3, 1, 2))  -> [1, 2, 3]
        sort(array("b", 1))  -> ERROR
        sort(array())  -> []
        sum(array())  -> 0
        sum(array(1, "x"))  -> ERROR
        join(array(), ",")  -> ''
        join("abc", ",")  -> ERROR
        concat(array(1), array(2))  -> [1, 2]
        reverse(array())  -> []
        filter(array(1, 2, 3), (x) => x > 1)  -> [2, 3]
        foreach(array(1, 2), (x, y) => x + y, 10)  -> [11, 12]
        foreach(array(1), 5)  -> ERROR
        foreach(array(1, "a"), (x) => x + 1)  -> ERROR
        foreach_value(object("a", 1), (x) => x + 1)  -> {a: 2}
        keys(object("b", 1, "a", 2))  -> [a, b]
        extract(object("a", 1), "b")  -> ''
        extract_object(object("a", 1), "a", "b")  -> {a: 1, b: }
        count(object("a", 1))  -> 1
        count(null)  -> ERROR
        default(object(), "x")  -> x
        default(0, 1)  -> 0
        if(array(), 1, 2)  -> 2
        if(true, upper, lower)("Ab")  -> AB
        and()  -> ERROR
        max()  -> ERROR
        json(object("b", 1.50, "a", array(true, null, "x")))  -> {"a":[true,null,"x"],"b":1.5}
        parse_json("[1.10, 1e400]")  -> ERROR
        parse_json("[1.10, null]")  -> [1.1, ]
        parse_json("NaN")  -> ERROR
    """)


def test_dates_at_their_edges() -> None:
    check("""
        date("31-12-69")  -> 1969-12-31
        date("31-12-18")  -> 2018-12-31
        date("31/02/2010")  -> ERROR
        date(null)  -> ERROR
        datetime("18-07-1979 3:04pm")  -> 1979-07-18T15:04:00.000000-05:00
        datetime_add("2016-02-29", 1, "Y")  -> 2017-03-01T00:00:00.000000-05:00
        datetime_add("2017-01-31", 1, "M")  -> 2017-03-03T00:00:00.000000-05:00
        datetime_add("2017-01-15", -1, "W")  -> 2017-01-08T00:00:00.000000-05:00
        datetime_add("2017-01-15", 99999999, "Y")  -> ERROR
        datetime_add("2017-01-15", 1, "x")  -> ERROR
        datetime_diff("2017-01-17", "2017-01-15", "D")  -> -2
        datetime_diff("2017-01-15", "2017-01-15", "x")  -> ERROR
        datetime_from_epoch(-99999999999999)  -> ERROR
        datetime_from_epoch(-62135596800)  -> ERROR
        date_from_parts(2016, 2, 0)  -> 2016-01-31
        date_from_parts(0, 1, 1)  -> ERROR
        tz_offset("2020-07-01T00:00:00.000000+05:30")  -> +0530
        week_number("2019-01-01")  -> 1
        week_number("2019-12-31")  -> 53
        time("24:00")  -> 00:00:00.000000
        time("25:00")  -> ERROR
        time_from_parts(0, 0, 60)  -> ERROR
        format_time("00:05", "h:mm AA")  -> 12:05 AM
        format_date("2010-05-10", "dd")  -> ERROR
        format_datetime("2010-05-10T19:50:00.123456Z", "fff ffffff Z ZZZ")  -> 123 123456 -05:00 -05:00
        format_datetime("2010-05-10T19:50:00.123456Z", "Z", "UTC")  -> Z
        format_datetime("2010-05-10", "YYYY", "Mars/Base")  -> ERROR
        parse_datetime("10/5/70 3:04:05.25 PM", "D/M/YY h:mm:ss AA")  -> 1970-05-10T15:04:05.250000-05:00
        parse_datetime("2010-05-10 +05:30", "YYYY-MM-DD Z")  -> 2010-05-10T00:00:00.000000+05:30
        parse_datetime("2010-05-10 x", "YYYY-MM-DD")  -> ERROR
        parse_datetime("2010-05-10", "YYYY-MM-DD", "Mars/Base")  -> ERROR
        parse_time("13:00", "h:mm")  -> ERROR
        parse_time("12:00 am", "h:mm aa")  -> 00:00:00.000000
        parse_time("15:28:30.5", "tt:mm:ss")  -> 15:28:30.500000
        parse_time("15:28:30.5", "tt:mm:ss.fff")  -> ERROR
        legacy_add("2017-01-15", 5)  -> 2017-01-20T00:00:00.000000-05:00
        legacy_add(1, 2)  -> 3
        legacy_add("2017-01-15", "2017-01-15")  -> ERROR
    """)


def test_what_is_not_there_is_told() -> None:
    check("""
        upper("a", "b")  -> ERROR
        prompt("categorize", array("a"))  -> ERROR
        urn_parts("nothing")  -> ERROR
        attachment_parts("foo")  -> {content_type: foo, url: }
        is_error(nothing.here)  -> true
        is_error(has_text())  -> true
        nothing.here & "x"  -> ERROR
        rand_between(5, 1)  -> ERROR
    """)


def test_operators_bind_as_the_catalogue_says() -> None:
    check("""
        -2 ^ 2  -> 4
        2 ^ 3 ^ 2  -> 64
        2 + 3 * 4 ^ 2  -> 50
        10 - 4 - 3  -> 3
        1 + 2 & "x"  -> 3x
        1 < 2 = true  -> true
        "a" & 1 = 1  -> atrue
        "a" = "A"  -> false
        1 = 1.0  -> true
        1 != "x"  -> true
        "1" < "10"  -> true
        "a" < "b"  -> ERROR
        true & null & array(1)  -> true[1]
        ((x) => x * 2)(4)  -> 8
        TRUE & False  -> truefalse
        "a" & 1 / 0  -> ERROR
    """)
