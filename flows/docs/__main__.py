"""`python -m flows.docs`: print the page."""

from __future__ import annotations

import sys

from flows.docs.page import page

sys.stdout.write(page())
