"""What differs between two versions of a pathway, part by part, in words clinicians use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from workflow.canonical import canonical
from workflow.pathway import Model, Pathway
from workflow.rules import rules_of
from workflow.vocabulary import Vocabulary

Said = dict[str, str]
"""What is said of one thing: field by field, in words."""
_CONDITIONS: Final = frozenset({"when", "condition", "unless", "close_when"})
_OWN_PARTS: Final = frozenset({"id", "routes", "checkpoints", "valid"})
_WORDS: Final = {
    "when": "asked",
    "go": "leads to",
    "mdt": "asks the MDT",
    "block": "stops for",
    "warn": "warns",
    "leave": "leaves the gate",
    "two_person": "two people sign",
    "for": "counts for",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs: in which part of the pathway, which thing, and how."""

    part: str
    name: str
    what: str


def changes(old: Pathway, new: Pathway) -> tuple[Change, ...]:
    """Every difference, in the order in which a pathway is read."""
    return tuple(_changes(old, new))


def _changes(old: Pathway, new: Pathway) -> Iterator[Change]:
    before, after = _parts(old), _parts(new)
    for part, items in after.items():
        yield from _between(part, before[part], items)
        if part == "row":
            yield from _moved(list(before[part]), list(items))


def _between(part: str, before: Mapping[str, Said], after: Mapping[str, Said]) -> Iterator[Change]:
    for name in dict.fromkeys((*before, *after)):
        if name not in before:
            yield Change(part, name, f"added{_listed(after[name])}")
        elif name not in after:
            yield Change(part, name, f"removed{_listed(before[name])}")
        else:
            differing = _differing(before[name], after[name])
            if differing:
                yield Change(part, name, "; ".join(differing))


def _differing(before: Said, after: Said) -> list[str]:
    """Each field that is said otherwise: `due 14 d, now 21 d`."""
    return [
        f"{field} {_otherwise(before.get(field, 'nothing'), after.get(field, 'nothing'))}"
        for field in dict.fromkeys((*before, *after))
        if before.get(field) != after.get(field)
    ]


def _otherwise(before: str, after: str) -> str:
    """What of a text is said otherwise; of a list of sentences only those that differ."""
    was, now = before.split("; "), after.split("; ")
    told = []
    for how, *ends in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        old, new = "; ".join(was[slice(*ends[:2])]), "; ".join(now[slice(*ends[2:])])
        if how == "replace":
            told.append(f"{old}, now {new}")
        elif how == "delete":
            told.append(f"no longer {old}")
        elif how == "insert":
            told.append(f"now also {new}")
    return "; ".join(told)


def _listed(said: Said) -> str:
    return ": " + "; ".join(f"{field} {text}" for field, text in said.items()) if said else ""


def _moved(before: list[str], after: list[str]) -> Iterator[Change]:
    """Rows that stand behind another than before: the first true row is the answer."""
    both = set(before) & set(after)
    was, now = ([name for name in rows if name in both] for rows in (before, after))
    for index, name in enumerate(now):
        earlier = set(was[: was.index(name)])
        passed = [
            other
            for other in now[:index]
            if other not in earlier and other.split()[0] == name.split()[0]
        ]
        if passed:
            yield Change("row", name, f"moved: now read after {', '.join(passed)}")


def _parts(pathway: Pathway) -> dict[str, dict[str, Said]]:
    words = _Words(rules_of(pathway).vocabulary)
    return {
        "pathway": {pathway.id: words.heading(pathway)},
        "parameter": {name: words.parameter(p) for name, p in pathway.parameters.items()},
        "setting": words.all(pathway.settings),
        "fact": words.all(pathway.facts),
        "validity": {name: words.of(fact.valid) for name, fact in pathway.facts.items()},
        "derived fact": words.all(pathway.derived),
        "list of facts": words.all(pathway.fact_lists),
        "state": words.all(pathway.states),
        "row": dict(words.rows(pathway)),
        "checkpoint": dict(words.checkpoints(pathway)),
        "track": words.all(pathway.tracks),
        "reminders": {"all": words.of(pathway.reminders)} if pathway.reminders else {},
        "invariant": {item.id: words.of(item) for item in pathway.invariants},
        **words.texts(pathway),
    }


class _Words:
    """Puts the parts of one pathway into words."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def of(self, model: Model) -> Said:
        """What is said of one part, without the parts that are compared by themselves."""
        content = model.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return {
            _WORDS.get(field, field.replace("_", " ")): self._text(field, value)
            for field, value in content.items()
            if field not in _OWN_PARTS
        }

    def all(self, models: Mapping[str, Model]) -> dict[str, Said]:
        """What is said of each part, by name."""
        return {name: self.of(model) for name, model in models.items()}

    def parameter(self, model: Model) -> Said:
        """A number together with its unit, so that neither is read without the other."""
        said = self.of(model)
        unit = said.pop("unit")
        return {"value": f"{said.pop('value')} {unit}", **said}

    def heading(self, pathway: Pathway) -> Said:
        """Title, version, owner, review and where the path starts."""
        review = pathway.reviewed
        return {
            "title": pathway.title,
            "version": pathway.version,
            "owner": pathway.owner,
            "review": f"by {review.by} on {review.on}, expires {review.expires}",
            "starts in": pathway.start,
        }

    def rows(self, pathway: Pathway) -> Iterator[tuple[str, Said]]:
        """Every row by where it stands: read first, in a gate, or in a state."""
        for route in pathway.early_routes:
            yield f"first {route.id}", self.of(route)
        for gate, routes in pathway.gates.items():
            for route in routes:
                yield f"gate:{gate} {route.id}", self.of(route)
        for name, state in pathway.states.items():
            for route in state.routes:
                yield f"{name} {route.id}", self.of(route)

    def checkpoints(self, pathway: Pathway) -> Iterator[tuple[str, Said]]:
        """Every checkpoint by the state or track that declares it."""
        for owners in (pathway.states, pathway.tracks):
            for name, owner in owners.items():
                for item in owner.checkpoints:
                    yield f"{name} {item.id}", self.of(item)

    def texts(self, pathway: Pathway) -> dict[str, dict[str, Said]]:
        """What people read, statements and outcomes among it."""
        named = {
            "warning": pathway.warnings,
            "reason": pathway.reasons,
            "option": pathway.options,
            "source": pathway.sources,
            "asks the record": pathway.on_record,
            "safety text": {str(n): text for n, text in enumerate(pathway.safety, start=1)},
        }
        said = {part: {n: {"text": t} for n, t in texts.items()} for part, texts in named.items()}
        said["outcome"] = {item.id: self.of(item) for item in pathway.outcomes}
        said["statement"] = self.all(pathway.statements)
        return said

    def _text(self, field: str, value: Any) -> str:  # noqa: ANN401 - any field of a pathway
        if field in _CONDITIONS:
            return self._vocabulary.condition(value, (field,)).text()
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return ", ".join(value)
        if isinstance(value, list):
            return "; ".join(self._text("", item) for item in value)
        if isinstance(value, dict):
            return ", ".join(f"{name} {self._text(name, part)}" for name, part in value.items())
        return value if isinstance(value, str) else canonical(value)
