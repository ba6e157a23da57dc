"""Findings that are known and not yet mended: a pattern of 'case: complaint', and what it is. They
are counted and shown, and do not fail the campaign. The list is to be empty."""

import re

KNOWN = [(re.compile(pattern), reason) for pattern, reason in (
    (r"^(calls|surroundings/limit)/report/.*(signal|not one line|hang)",
     "librsvg, Pango and fontconfig end the report when memory or threads fail"),
    (r"left over \[[^]]*\.reslab-[^]]*\.tmp'\]",
     "temporary files of a killed export, report or study stay"),
    (r"already there; expected a new folder",
     "a run that ended before its first checkpoint cannot be gone on with"),
    (r"^power/.*lost, although", "folders above a run are not synchronised"),
    (r"signal 25", "SIGXFSZ ends the program"),
    (r"^surroundings/closed/(train|resume|study)", "closed descriptors become files of the run"),
    (r"^surroundings/limit/.*/stack.*signal 11", "small stacks end in a signal"),
    (r"^mutants/resume/", "resume trusts what is damaged"),
)]
