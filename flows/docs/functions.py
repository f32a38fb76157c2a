"""Every function of expressions, with examples."""

from __future__ import annotations

from flows.docs.table import read_table

#: Examples are read at 2026-01-01 09:00 UTC in Asia/Kolkata.
FUNCTIONS = read_table(
    r"""
text(value)
    The value as text.
    text(3 = 3) -> true
    text(123.450) -> 123.45
boolean(value)
    The truth of a value: empty, 0, "false" and nothing are false.
    boolean(array(1, 2)) -> true
    boolean("FALSE") -> false
number(value)
    The value as a number.
    number("12.50") + 1 -> 13.5
array(values...)
    A list of the values.
    array("a", "b", 3) -> [a, b, 3]
    array("a", "b")[1] -> b
object(key, value, ...)
    An object of pairs.
    object("name", "Asha", "age", 34) -> {age: 34, name: Asha}
    object("name", "Asha").name -> Asha
and(values...)
    Whether all are true.
    and(true, 1 < 2) -> true
    and(true, "") -> false
or(values...)
    Whether any is true.
    or(false, "yes") -> true
    or(false, 0) -> false
if(test, then, else)
    The second value when the test is true, else the third.
    if(3 > 2, "more", "less") -> more
prompt(name, values...)
    Always an error: no language model belongs to this engine.
    default(prompt("greet"), "no model") -> no model
default(value, other)
    The value, or the other when it is empty or an error.
    default("", "nobody") -> nobody
    default(1 / 0, "no number") -> no number
is_error(value)
    Whether the value is an error.
    is_error(1 / 0) -> true
    is_error("fine") -> false
count(value)
    How many members a list or an object has.
    count(array(1, 2, 3)) -> 3
char(number)
    The character with that code.
    char(65) -> A
code(text)
    The code of the first character.
    code("A") -> 65
clean(text)
    The text without control characters.
    clean("abc") -> abc
lower(text)
    In small letters.
    lower("HELLO") -> hello
upper(text)
    In capital letters.
    upper("hello") -> HELLO
title(text)
    Every word with a capital letter.
    title("asha devi") -> Asha Devi
trim(text, [characters])
    Without blanks, or those characters, at both ends.
    trim("  yes  ") -> yes
    trim("**yes**", "*") -> yes
trim_left(text, [characters])
    Without them at the beginning.
    trim_left("00123", "0") -> 123
trim_right(text, [characters])
    Without them at the end.
    trim_right("12.00", "0") -> 12.
repeat(text, times)
    The text, so many times.
    repeat("ab", 3) -> ababab
replace(text, part, other, [times])
    Every part replaced, or the first so many.
    replace("1-2-3", "-", " ") -> 1 2 3
    replace("1-2-3", "-", " ", 1) -> 1 2-3
text_compare(a, b)
    -1, 0 or 1: which text comes first.
    text_compare("a", "b") -> -1
    text_compare("b", "b") -> 0
text_contains(text, part)
    Whether the part stands in the text.
    text_contains("Rampur", "pur") -> true
text_length(text)
    How many characters it has.
    text_length("नमस्ते") -> 6
text_slice(text, start, [end])
    The characters from one place up to another, counted from 0.
    text_slice("hello", 2) -> llo
    text_slice("hello", 1, 3) -> el
    text_slice("hello", -2) -> lo
split(text, [delimiters])
    The parts between blanks, or between any of the characters.
    split("a b c") -> [a, b, c]
    split("a;b,c", ",;") -> [a, b, c]
field(text, index, delimiter)
    The part at a place, counted from 0.
    field("a,b,c", 1, ",") -> b
regex_match(text, pattern, [group])
    What the pattern finds, or one of its groups.
    regex_match("order 123", "[0-9]+") -> 123
    regex_match("a-b", "(\\w)-(\\w)", 2) -> b
read_chars(text)
    Spaced so that it can be read aloud.
    read_chars("1234") -> 1 2 3 4
    read_chars("123456") -> 1 2 3 , 4 5 6
percent(number)
    As a percentage.
    percent(0.54) -> 54%
url_encode(text)
    Fit to stand in an address.
    url_encode("a b&c") -> a%20b%26c
html_decode(text)
    With the entities of HTML replaced.
    html_decode("Ram &amp; Sita") -> Ram & Sita
word(text, index, [delimiters])
    A word by its place, counted from 0; a negative one counts from the end.
    word("red blue green", 1) -> blue
    word("red blue green", -1) -> green
word_count(text, [delimiters])
    How many words it has.
    word_count("red blue green") -> 3
word_slice(text, start, [end], [delimiters])
    The words from one place up to another.
    word_slice("red blue green", 1) -> blue green
    word_slice("red blue green", 0, 2) -> red blue
remove_first_word(text)
    All but the first word.
    remove_first_word("register Asha Devi") -> Asha Devi
abs(number)
    Without its sign.
    abs(-7) -> 7
max(numbers...)
    The largest.
    max(1, 9, 4) -> 9
min(numbers...)
    The smallest.
    min(4, 2, 9) -> 2
mean(numbers...)
    The average.
    mean(1, 2, 6) -> 3
sum(list)
    All members added.
    sum(array(1, 2, 3.5)) -> 6.5
mod(dividend, divisor)
    What is left of a division, with the divisor's sign.
    mod(5, 2) -> 1
    mod(-5, 3) -> -2
rem(dividend, divisor)
    What is left of a division, with the dividend's sign.
    rem(-5, 3) -> -2
div(dividend, divisor)
    The whole part of a division.
    div(7, 2) -> 3
round(number, [places])
    Rounded to so many places.
    round(12.141) -> 12
    round(12.146, 2) -> 12.15
round_up(number, [places])
    Rounded up.
    round_up(12.1) -> 13
round_down(number, [places])
    Rounded down.
    round_down(12.9) -> 12
rand()
    A number from 0 up to 1, by chance.
    rand() < 1 -> true
rand_between(low, high)
    A whole number by chance, both ends included.
    rand_between(5, 5) -> 5
concat(list, list)
    One list after the other.
    concat(array("a"), array("b")) -> [a, b]
contains(list, value)
    Whether the value is a member.
    contains(array("a", "b"), "b") -> true
join(list, separator)
    The members as one text.
    join(array("a", "b", "c"), ", ") -> a, b, c
reverse(list)
    In the opposite order.
    reverse(array(1, 2, 3)) -> [3, 2, 1]
slice(list, start, [end])
    The members from one place up to another, counted from 0.
    slice(array("a", "b", "c"), 1) -> [b, c]
    slice(array("a", "b", "c"), 0, 1) -> [a]
sort(list)
    In order.
    sort(array(3, 1, 2)) -> [1, 2, 3]
unique(list)
    Every member once.
    unique(array(1, 3, 1)) -> [1, 3]
filter(list, function)
    The members of which the function is true.
    filter(array(1, 2, 3), (x) => x > 1) -> [2, 3]
foreach(list, function, [arguments...])
    What the function gives for each member.
    foreach(array("a", "b"), upper) -> [A, B]
    foreach(array(1, 2), (x) => x * 10) -> [10, 20]
foreach_value(object, function, [arguments...])
    What the function gives for each value.
    foreach_value(object("a", "x", "b", "y"), upper) -> {a: X, b: Y}
keys(object)
    The names of its members, in order.
    keys(object("b", 1, "a", 2)) -> [a, b]
extract(object, name)
    One member.
    extract(object("name", "Asha"), "name") -> Asha
extract_object(object, names...)
    An object of some members.
    extract_object(object("a", 1, "b", 2, "c", 3), "a", "c") -> {a: 1, c: 3}
json(value)
    As JSON text.
    json(object("name", "Asha", "ages", array(1, 2))) -> {"ages":[1,2],"name":"Asha"}
parse_json(text)
    The value that JSON text stands for.
    parse_json("{\"score\": 7}").score -> 7
format(value)
    A value as people read it.
    format(object("name", "Asha")) -> {name: Asha}
    format(1234.5) -> 1,234.5
format_number(number, [places], [grouping])
    With groups of digits and so many places.
    format_number(1234567.891, 2) -> 1,234,567.89
    format_number(1234, 0, false) -> 1234
format_date(date, [format])
    A date as text; without a format as the organization writes it.
    format_date("2026-01-31T10:00:00Z", "D MMM YYYY") -> 31 Jan 2026
    format_date("2026-01-31") -> 31-01-2026
format_datetime(moment, [format], [timezone])
    A moment as text.
    format_datetime("2026-01-31T10:00:00Z", "YYYY-MM-DD tt:mm") -> 2026-01-31 15:30
    format_datetime("2026-01-31T10:00:00Z", "tt:mm", "America/Bogota") -> 05:00
format_time(time, [format])
    A time of day as text.
    format_time("14:50:30", "h:mm aa") -> 2:50 pm
format_location(path)
    The last part of a place's path.
    format_location("India > Bihar > Patna") -> Patna
format_urn(urn)
    An address as people read it.
    format_urn("tel:+919876543210") -> 098765 43210
urn_parts(urn)
    The scheme, path and display of an address.
    urn_parts("tel:+919876543210").path -> +919876543210
attachment_parts(attachment)
    The content type and the address of an attachment.
    attachment_parts("image/jpeg:https://x.example/a.jpg").url -> https://x.example/a.jpg
now()
    This moment, in the organization's time zone.
    now() -> 2026-01-01T14:30:00.000000+05:30
today()
    This day.
    today() -> 2026-01-01
date(value)
    The value as a date.
    date("31-01-2026") -> 2026-01-31
datetime(value)
    The value as a moment.
    datetime("2026-01-31T10:00:00Z") -> 2026-01-31T10:00:00.000000Z
time(value)
    The value as a time of day.
    time("14:50") -> 14:50:00.000000
date_from_parts(year, month, day)
    A date.
    date_from_parts(2026, 1, 31) -> 2026-01-31
time_from_parts(hour, minute, second)
    A time of day.
    time_from_parts(14, 40, 15) -> 14:40:15.000000
parse_datetime(text, format, [timezone])
    A moment, read by a format.
    parse_datetime("31/01/2026 10:30", "DD/MM/YYYY tt:mm") -> 2026-01-31T10:30:00.000000+05:30
parse_time(text, format)
    A time of day, read by a format.
    parse_time("2:50 pm", "h:mm aa") -> 14:50:00.000000
datetime_add(moment, number, unit)
    So many Y, M, W, D, h, m or s later.
    datetime_add("2026-01-31", 1, "M") -> 2026-03-03T00:00:00.000000+05:30
    datetime_add("2026-01-31T10:00:00Z", -2, "h") -> 2026-01-31T08:00:00.000000Z
legacy_add(a, b)
    Adds days to a date, else two numbers, as flows of the first kind did.
    legacy_add("2026-01-01T10:00:00Z", 2) -> 2026-01-03T10:00:00.000000Z
    legacy_add(2, 3) -> 5
datetime_diff(a, b, unit)
    How many units lie between two moments.
    datetime_diff("2026-01-01", "2026-01-31", "D") -> 30
datetime_from_epoch(seconds)
    A moment by its seconds since 1970.
    datetime_from_epoch(1767225600) -> 2026-01-01T05:30:00.000000+05:30
epoch(moment)
    Its seconds since 1970.
    epoch("2026-01-01T00:00:00Z") -> 1767225600
replace_time(moment, time)
    The same day at another time.
    replace_time("2026-01-31T10:00:00Z", "18:30") -> 2026-01-31T18:30:00.000000Z
tz(moment)
    The name of its time zone.
    tz("2026-01-31T10:00:00Z") -> UTC
tz_offset(moment)
    Its distance from UTC.
    tz_offset("2026-01-31") -> +0530
week_number(date)
    The week of the year.
    week_number("2026-01-31") -> 5
weekday(date)
    The day of the week, Sunday is 0.
    weekday("2026-01-31") -> 6
"""
)
