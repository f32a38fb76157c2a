"""`samvad up`: every process of the product on one machine, under one parent.

`parts` says what runs, `plan` what it is told, `child` keeps one process alive, `up` puts them in
order. Nothing here knows what a part does.
"""
