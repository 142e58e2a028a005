"""What each word in a coloured tag means; a page never says anything by its colour alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Meaning:
    """A word as it stands in a tag, the tag's colour, and what it says."""

    word: str
    tag: str
    meaning: str


STEPS: Final = (
    Meaning("Recommended", "green", "The pathway supports this step now; a clinician confirms it."),
    Meaning("Available", "blue", "Open to a person, though the pathway does not propose it."),
    Meaning("Blocked", "red", "The pathway does not support it: a condition is not met."),
    Meaning("Unknown", "yellow", "Not enough data: facts are missing, out of date or not final."),
    Meaning("Forbidden", "red", "A safety rule stands against it, whatever else is known."),
)
RESULTS: Final = (
    Meaning("Met", "green", "The condition holds, by a result that counts."),
    Meaning("Not met", "red", "The condition does not hold, by a result that counts."),
    Meaning("Unknown", "yellow", "Nobody can tell yet. Unknown never opens a step."),
)
TIMES: Final = (
    Meaning("Overdue", "red", "The day and the days of grace after it have gone by."),
    Meaning("Due", "yellow", "Expected now."),
    Meaning("Due in", "blue", "Expected later; the day stands below."),
    Meaning("Quiet", "grey", "Somebody put it off to a day, with a reason."),
)
OTHERS: Final = (
    Meaning("Similar name", "orange", "Another patient's name is easily mistaken for this one."),
    Meaning("Look again", "orange", "A past decision would come out otherwise today."),
    Meaning("Preliminary", "yellow", "Not the final report of the laboratory; it opens no step."),
)
GROUPS: Final = (
    ("Steps", STEPS),
    ("Conditions of a step", RESULTS),
    ("What is expected, and when", TIMES),
    ("Other tags", OTHERS),
)
"""Every tag of the pages, in the groups in which the help page shows them."""
