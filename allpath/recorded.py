"""What stands on record of a fact, as people read it."""

from __future__ import annotations

from allpath import words
from workflow.facts import FactRecord
from workflow.pathway import Pathway
from workflow.titles import titled
from workflow.values import NOT_APPLICABLE


def recorded(pathway: Pathway, record: FactRecord) -> str:
    """The value of a record as people read it; a text stays as it was typed."""
    text = words.value(record.value)
    declared = pathway.facts.get(record.fact)
    is_typed = declared is not None and declared.type in {"text", "event"}
    if is_typed and record.value != NOT_APPLICABLE:
        return text
    return titled(pathway, text)
