"""Findings that are known and not yet mended: a pattern of 'case: complaint', and what it is. They
are counted and shown, and do not fail the campaign. The list is to be empty."""

import re

KNOWN = [(re.compile(pattern), reason) for pattern, reason in (
    (r"^calls/report/(malloc|thread):.*(signal|not one line|hang)",
     "librsvg, Pango and fontconfig end the report when memory or threads fail"),
    (r"^calls/(export|report)/.*:kill: .*left over \['[^']*\.reslab-[^']*\.tmp'\]",
     "temporary files of a killed export or report stay"),
)]
