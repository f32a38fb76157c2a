"""Every case test of a router, with examples.

An example is what the contact writes, then the arguments after bars; a type in brackets makes it a file.
With an @ it is an operand instead. It gives what the test matched, or `no`.
"""

from __future__ import annotations

from flows.docs.table import read_table

CASES = read_table(
    r"""
has_text()
    There is any text but blanks.
    hello -> hello
has_value()
    The same as has_text.
    7 -> 7
has_any_word(words)
    One of the words is among the text's, without regard to case.
    Yes, please! | yes ok -> Yes
    never | yes ok -> no
has_all_words(words)
    All of the words are among the text's.
    red and blue | blue red -> red blue
    red | blue red -> no
has_phrase(phrase)
    The words of the phrase stand in the text side by side.
    please call me now | call me -> call me
    call him or me | call me -> no
has_only_phrase(phrase)
    The text's words are the phrase's and no more.
    Call me! | call me -> Call me
    please call me | call me -> no
has_only_text(text)
    The text is that one, without regard to case and blanks around it.
    YES | yes -> YES
    yes please | yes -> no
has_beginning(text)
    The text begins so.
    Register me | register -> Register
    please register | register -> no
has_multiple(words)
    All that the text names is on the list.
    red, blue | red green blue -> red, blue
    red, pink | red green blue -> no
has_pattern(pattern)
    The pattern (RE2) fits somewhere in the text.
    order 123 | ^order (\d+)$ -> order 123
    order x | ^order (\d+)$ -> no
has_number()
    There is a number in the text.
    I am 34 -> 34
    many -> no
has_number_between(low, high)
    There is a number from low to high.
    5 | 1 | 10 -> 5
    11 | 1 | 10 -> no
has_number_eq(number)
    There is that number.
    it is 5 | 5 -> 5
    6 | 5 -> no
has_number_lt(number)
    There is a number below it.
    4 | 5 -> 4
    5 | 5 -> no
has_number_lte(number)
    There is a number not above it.
    5 | 5 -> 5
    6 | 5 -> no
has_number_gt(number)
    There is a number above it.
    6 | 5 -> 6
    5 | 5 -> no
has_number_gte(number)
    There is a number not below it.
    5 | 5 -> 5
    4 | 5 -> no
has_date()
    There is a date, written as people here do.
    on 31-01-2026 -> 2026-01-31T14:30:00.000000+05:30
    some day -> no
has_date_lt(date)
    There is a date before it.
    30-01-2026 | 31-01-2026 -> 2026-01-30T14:30:00.000000+05:30
    31-01-2026 | 31-01-2026 -> no
has_date_eq(date)
    There is that date.
    31-01-2026 | 31-01-2026 -> 2026-01-31T14:30:00.000000+05:30
    30-01-2026 | 31-01-2026 -> no
has_date_gt(date)
    There is a date after it.
    01-02-2026 | 31-01-2026 -> 2026-02-01T14:30:00.000000+05:30
    31-01-2026 | 31-01-2026 -> no
has_time()
    There is a time of day.
    at 14:50 -> 14:50:00.000000
    soon -> no
has_phone(country)
    There is a phone number of the country, or of the organization's.
    call 98765 43210 | IN -> +919876543210
    call 12 | IN -> no
has_email()
    There is a mail address.
    write to asha@example.org -> asha@example.org
    write to me -> no
has_group(uuid, name)
    The contact is in the group.
    @contact.groups | registered | Registered -> Registered
    @contact.groups | others | Others -> no
has_category(names...)
    The result has one of the categories.
    @results.age | Adult | Child -> Adult
    @results.age | Child -> no
has_error()
    The operand is an error.
    @(1 / 0) -> division by zero
    @(1 + 1) -> no
has_intent(name, confidence)
    A classifier found the intent with at least that confidence.
    @results.said | book | 0.5 -> book
    @results.said | book | 0.95 -> no
has_top_intent(name, confidence)
    The intent that a classifier is surest of.
    @results.said | book | 0.5 -> book
    @results.said | cancel | 0.1 -> no
has_state()
    The text names a state of the organization's places; matches its path.
    I live in Bihar -> India > Bihar
    I live here -> no
has_district(state)
    The text names a district of the state, or one that only one state has.
    near Patna | Bihar -> India > Bihar > Patna
    Patna -> India > Bihar > Patna
has_ward(district, state)
    The text names a ward of the district of the state, or one that there is only once.
    Rampur | Patna | Bihar -> India > Bihar > Patna > Rampur
    nowhere -> no
has_media()
    The contact sent a picture, a sound, a film or a file.
    [image] https://x.example/a.jpg -> https://x.example/a.jpg
    hello -> no
has_image()
    The contact sent a picture.
    [image] https://x.example/a.jpg -> https://x.example/a.jpg
    [audio] https://x.example/a.mp3 -> no
has_audio()
    The contact sent a sound.
    [audio] https://x.example/a.mp3 -> https://x.example/a.mp3
    hello -> no
has_video()
    The contact sent a film.
    [video] https://x.example/a.mp4 -> https://x.example/a.mp4
    hello -> no
has_file()
    The contact sent a document.
    [document] https://x.example/a.pdf -> https://x.example/a.pdf
    hello -> no
has_location()
    The contact sent where they are.
    [location] 26.85,80.95 -> 26.85,80.95
    hello -> no
"""
)
