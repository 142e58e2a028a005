"""How people read dates, names, states and due moments: one form each, everywhere.

Dates are `03-May-2009`, names `FAMILY, Given (Title)`, and what is late says by how much.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from workflow.civil import completed_years
from workflow.decide import Decision
from workflow.found import Found
from workflow.measurement import Measurement, as_percent
from workflow.pathway import Pathway
from workflow.records import CheckpointRecord, Person

LATE: Final = frozenset({"overdue", "escalated"})
_FEW: Final = 3
_ROUTES: Final = {
    "recommended": "Pathway supports",
    "blocked": "Pathway does not support a step",
    "needs_mdt": "Needs MDT",
}


@lru_cache(maxsize=2000)  # a list says the same few days over and over
def day(value: date | None) -> str:
    """A civil date as `03-May-2009`; `Not known` when there is none."""
    return "Not known" if value is None else f"{value:%d-%b-%Y}"


def minute(at: datetime, zone: ZoneInfo) -> str:
    """An instant at the site as `03-May-2009 14:00`."""
    return f"{at.astimezone(zone):%d-%b-%Y %H:%M}"


def today(now: datetime, zone: str) -> date:
    """The civil date at a site; an unknown time zone counts as UTC until it is refused."""
    try:
        return now.astimezone(ZoneInfo(zone)).date()
    except (KeyError, ValueError, OSError):
        return now.date()


def name(person: Person) -> str:
    """A person's name as `FAMILY, Given (Title)`, never shortened; or what became of it."""
    if person.erased_at is not None:
        return f"(identity erased on {day(person.erased_at.date())})"
    if person.is_locked:
        return "(identity sealed: its key is not here)"
    title = f" ({person.title})" if person.title else ""
    return f"{person.family_name.upper()}, {person.given_name}{title}"


def recorded_name(person: Person) -> str:
    """A person's name as it was typed in, with the title they were given."""
    if not person.is_known:
        return "Not known"
    return ", ".join(part for part in (person.family_name, person.given_name, person.title) if part)


def identity(found: Found, person: Person) -> dict[str, Any]:
    """Who a sheet is about: the name, each further mark with its label, and what must be known."""
    born, died, code = born_on(found), died_on(found), sex(found.pathway)
    age = f" ({completed_years(born, died or found.today)}y)" if born else ""
    gender = str(found.sheet().values.get(code) or "Not known") if code else "Not known"
    facts = [
        *([("Died", day(died))] if died else []),
        ("Born", f"{day(born)}{age}"),
        ("Sex", gender),
        *(
            (f"{system.upper()} No.", unbroken(number(system, value)))
            for system, value in sorted(person.identifiers.items())
        ),
    ]
    return {"name": name(person), "facts": facts, "alerts": [f"Allergies: {allergies(found)}"]}


def allergies(found: Found) -> str:
    """What is recorded about allergies, or that nothing is, which is not the same as none."""
    code = _coded(found.pathway, "AllergyIntolerance")
    said = found.sheet().values.get(code) if code else None
    return value(said) if said else "none recorded"


def unbroken(text: str) -> str:
    """A text that no line may break: what belongs together is read together."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def identifiers(person: Person) -> str:
    """The numbers a person is known by: `MRN 999 000 0018`."""
    return ", ".join(
        f"{system.upper()} {number(system, value)}"
        for system, value in sorted(person.identifiers.items())
    )


def number(system: str, value: str) -> str:
    """A number as people read it aloud: an NHS number in its three groups."""
    if system == "nhs" and len(value) == len("9990000018"):
        return f"{value[:3]} {value[3:6]} {value[6:]}"
    return value


def capital(text: str) -> str:
    """A text as it stands alone or begins a sentence: `weight` becomes `Weight`."""
    return text[:1].upper() + text[1:]


def state(pathway: Pathway | None, name: str) -> str:
    """The title of a state or track, as clinicians call it; its name where no version is read."""
    if pathway is None:
        return name
    found = pathway.states.get(name) or pathway.tracks.get(name)
    return found.title if found else name


def standing(row: CheckpointRecord, now: datetime) -> str:
    """How a checkpoint stands at an instant, whether or not a sweep has been by."""
    if not row.is_live or row.status == "escalated":
        return row.status
    if row.overdue_at <= now:
        return "overdue"
    if row.due_at <= now:
        return "due"
    return "open" if row.opens_at <= now else "scheduled"


def due(row: CheckpointRecord, now: datetime, zone: ZoneInfo) -> str:
    """When a checkpoint is due, relative and absolute: `Overdue 3 days - 20-Nov-2026`."""
    due_on, today = row.due_at.astimezone(zone).date(), now.astimezone(zone).date()
    how = standing(row, now)
    days = abs((today - due_on).days)
    count = "1 day" if days == 1 else f"{days} days"
    if how in LATE:
        relative = (
            f"Overdue {count}" if days else f"Overdue since {row.due_at.astimezone(zone):%H:%M}"
        )
    elif days == 0:
        relative = "Due today" if how == "due" else "Due later today"
    else:
        relative = f"Due in {count}" if due_on > today else f"Due since {count}"
    return f"{relative} - {day(due_on)}{quiet(row, now, zone)}"


def quiet(row: CheckpointRecord, now: datetime, zone: ZoneInfo) -> str:
    """Who wanted it quiet and until when, to be read behind when it is due; else nothing."""
    if row.quiet_until is None or not row.is_quiet(now):
        return ""
    until = day(row.quiet_until.astimezone(zone).date())
    return f"; {row.quiet} by {row.quiet_by} until {until}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: `1 warning`, `2 warnings`; `2 entries` where a plural is given."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural or f'{noun}s'}"


def route(pathway: Pathway, decision: Decision) -> str:
    """The answer in one line, as a proposal and never as an order."""
    found = decision.route
    if pathway.states[decision.state].final:
        return "The path has ended: nothing more is expected"
    if found.status == "recommended":
        option = f" with {option_title(pathway, found.option)}" if found.option else ""
        return f"Pathway supports: {state(pathway, found.next_state)}{option}"
    if is_undecided(decision):
        missing = decision.missing
        few = ", ".join(fact_title(pathway, name) for name in missing[:_FEW])
        more = f" and {len(missing) - _FEW} more" if len(missing) > _FEW else ""
        return f"Not enough data: {few}{more}"
    waits = found.reason in pathway.waiting
    return f"{'Waiting' if waits else _ROUTES[found.status]}: {reason(pathway, found.reason)}"


def is_undecided(decision: Decision) -> bool:
    """Whether the table stopped for want of facts: neither yes nor no."""
    return decision.route.status == "blocked" and bool(decision.missing)


def short_route(decision: Decision) -> str:
    """The answer in a few words for a list: where to, or why not."""
    found = decision.route
    if found.status == "recommended":
        return f"recommended: {found.next_state}"
    if found.status == "needs_mdt":
        return f"needs MDT: {found.reason}"
    if is_undecided(decision):
        first, more = decision.missing[0], len(decision.missing) - 1
        return f"undecidable: {first} missing" + (f" (+{more} more)" if more else "")
    if found.reason in decision.pathway.waiting:
        return f"waiting: {found.reason}"
    return f"blocked: {found.reason}"


def reason(pathway: Pathway, code: str | None) -> str:
    """The sentence of a reason code."""
    return pathway.reasons.get(code or "", code or "no reason given")


def option_title(pathway: Pathway, option: str | None) -> str:
    """The therapy options in words, `or` between several."""
    codes = (option or "").split("|")
    return " or ".join(pathway.options.get(code, code) for code in codes)


def suppliers(pathway: Pathway, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Who can supply each of these facts."""
    return {
        fact: pathway.facts[fact].supplied_by if fact in pathway.facts else () for fact in names
    }


def fact_title(pathway: Pathway, fact: str) -> str:
    """The title of a fact as clinicians call it."""
    return pathway.facts[fact].title if fact in pathway.facts else fact.replace("_", " ")


def value(found: Any) -> str:  # noqa: ANN401 - plain data of any fact type
    """A recorded value in one line, a result with its unit, method and specimen."""
    if isinstance(found, Mapping) and "result" in found:
        return _result(found)
    if isinstance(found, Mapping):
        return ", ".join(f"{key.replace('_', ' ')} {part}" for key, part in found.items())
    text = str(found)
    try:
        return day(date.fromisoformat(text)) if len(text) == len("2026-11-23") else text
    except ValueError:
        return text


def _result(found: Mapping[str, Any]) -> str:
    """A laboratory result with sensitivity, method and specimen: `0.005 % (5e-5), flow, marrow`."""
    value, sensitivity, loq = (
        Decimal(str(found[key])) if found.get(key) is not None else None
        for key in ("value", "sensitivity", "loq")
    )
    parts = [str(Measurement(str(found["result"]), value, sensitivity, loq))]
    if found["result"] == "quantified" and sensitivity is not None:
        parts.append(f"sensitivity {as_percent(sensitivity)}")
    parts += [str(found[key]) for key in ("method", "specimen") if found.get(key)]
    return ", ".join(parts)


def born_on(found: Found) -> date | None:
    """The date of birth that counts now."""
    return _day_of(found, "Patient.birthDate")


def died_on(found: Found) -> date | None:
    """The date of death, where one is recorded."""
    return _day_of(found, "Patient.deceasedDateTime")


def _day_of(found: Found, code: str) -> date | None:
    fact = _coded(found.pathway, code)
    value = found.sheet().values.get(fact) if fact else None
    return value if isinstance(value, date) else None


def similar(people: Iterable[Person]) -> frozenset[str]:
    """The path ids of people whose names are easily mistaken: same family name, same initial."""
    alike: dict[tuple[str, str], list[str]] = {}
    for person in (person for person in people if person.is_known):
        alike.setdefault(person.resembles, []).append(person.path_id)
    return frozenset(name for names in alike.values() if len(names) > 1 for name in names)


def sex(pathway: Pathway) -> str | None:
    """The fact that holds the sex, by its FHIR name."""
    return _coded(pathway, "Patient.gender")


def _coded(pathway: Pathway, code: str) -> str | None:
    return next((n for n, fact in pathway.facts.items() if fact.codes.get("FHIR") == code), None)
