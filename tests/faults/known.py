"""Findings that are known and not yet mended: a pattern of 'case: complaint', and what it is. They
are counted and shown, and do not fail the campaign. The list is to be empty."""

import re

KNOWN = [(re.compile(pattern), reason) for pattern, reason in (
    (r"already there; expected a new folder",
     "a run that ended before its first checkpoint cannot be gone on with"),
)]
