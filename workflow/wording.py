"""What is wrong with an entry of a pathway file, in an author's words and with the cure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from workflow.characters import foreign_letter
from workflow.errors import Problem
from workflow.strict_yaml import Document, Where
from workflow.values import shown_entry
from workflow.vocabulary import Vocabulary

_SENTENCES: Final = {
    "missing": "this field is needed and missing",
    "bool_type": "{shown} is not true or false; write one of the two, without quotes",
    "int_type": "{shown} is not a whole number; write one, without quotes",
    "greater_than_equal": "{shown} is too small; write {ge} or more",
    "less_than_equal": "{shown} is too large; write {le} or less",
    "decimal_type": "{shown} is not a number; write one such as 0.001 or 1e-4",
    "string_too_short": "this text is empty; write it",
    "string_too_long": "this has more than {max_length} characters; shorten it",
    "tuple_type": "{shown} is not a list; write its entries in [ ]",
    "too_long": "this list has too many entries; write {max_length}",
    "dict_type": "{shown} is not a mapping; write names and values in {{ }}",
    "model_type": "{shown} is not a mapping; write its fields in {{ }}",
}
MAX_HINTS: Final = 100
_BRANCH: Final = re.compile(r"(?:constrained-)?(str|int)|(tuple|dict)\[.*\]")
_KINDS: Final = {"str": "a text", "int": "a whole number", "tuple": "a list", "dict": "a mapping"}
_NAME: Final = "; begin with a letter and use only a to z, A to Z, 0 to 9 and _ . - /"
_WORD: Final = "; write it in plain letters, digits and signs, with no space at its ends"


def problems_of(
    findings: Iterable[Mapping[str, Any]], document: Document, fields: Iterable[str]
) -> list[Problem]:
    """Every finding of the model, once, as a problem with line and cure in the file's order.

    Where an entry may be of several kinds, the model complains once for each. Only what it says of
    the kind that was written helps the author; if it is none of them, all are named.
    """
    placed = [(finding, *_place(finding["loc"], document)) for finding in findings]
    kinds: dict[Where, dict[str, None]] = {}
    for _finding, _where, union, kind in placed:
        kinds.setdefault(union, {})[kind] = None
    known = sorted(set(fields))
    messages: dict[tuple[Where, str], None] = {}
    for finding, where, union, kind in placed:
        written = _kind_of(document.at(union)) if kind else ""
        if written == kind:
            # To look for the nearest name takes time, and nobody reads so many.
            near = known if len(messages) < MAX_HINTS else []
            messages[where, _sentence(finding, where, near)] = None
        elif written not in kinds[union]:
            allowed = " or ".join(_KINDS[name] for name in kinds[union] if name)
            messages[union, f"{shown_entry(document.at(union))} is not {allowed}; write one"] = None
    found = [document.problem(where, message) for where, message in messages]
    return sorted(found, key=lambda problem: problem.line)


def _place(loc: Where, document: Document) -> tuple[Where, Where, str]:
    """The field, and where one of several kinds was tried: that field and the kind, or no kind."""
    where, union, kind = (), (), ""  # type: tuple[Where, Where, str]
    for part in loc:
        branch = _BRANCH.fullmatch(part) if isinstance(part, str) else None
        if (*where, part) in document.lines or (branch is None and part != "[key]"):
            where = (*where, part)
        elif branch is not None:
            union, kind = where, branch[1] or branch[2]
    return where, union, kind


def _kind_of(value: object) -> str:
    kinds = ((str, "str"), (int, "int"), (list, "tuple"), (dict, "dict"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "other")


def _sentence(finding: Mapping[str, Any], where: Where, fields: list[str]) -> str:
    sort, entry, context = finding["type"], finding["input"], finding.get("ctx", {})
    shown = shown_entry(entry)
    if sort == "extra_forbidden":
        hint = Vocabulary.suggest(str(where[-1]), fields)
        return f"unknown field; delete it or correct its name{hint}"
    if sort == "missing" and isinstance(where[-1], int):
        return "this list has too few entries; write more"
    if sort == "value_error":
        return f"{shown} {context['error']}"
    if sort == "literal_error":
        choices = re.findall(r"'([^']*)'", context["expected"])
        hint = Vocabulary.suggest(str(entry), choices)
        return f"{shown} is not one of {', '.join(choices)}{hint}"
    if sort == "string_type":
        is_scalar = not isinstance(entry, list | dict)
        return f"{shown} is not a text; " + ("put it in quotes" if is_scalar else "write one text")
    if sort == "string_pattern_mismatch":
        letter = foreign_letter(str(entry))
        if letter:
            return f"{shown} holds {letter}, which is not a plain letter; type it again"
        is_name = "A-Za-z" in context["pattern"]
        return f"{shown} is not a {'name' + _NAME if is_name else 'plain word' + _WORD}"
    sentence = _SENTENCES.get(sort, "{shown} does not belong here; compare with a shipped pathway")
    return sentence.format(shown=shown, **context)
