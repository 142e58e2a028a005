"""What everybody asks first about a patient: sets, timing and risk, the site, and consents."""

from __future__ import annotations

from collections.abc import Iterator

from allpath import words
from workflow.data_use import data_use, said_in
from workflow.decide import Decision
from workflow.found import Found
from workflow.merging import taken_in
from workflow.store import Store


def key_facts(store: Store, found: Found, decision: Decision) -> Iterator[tuple[str, str]]:
    """Each with its title; timing and risk by every set, the active one marked."""
    path, pathway = found.case.path, found.pathway
    active = path.settings.get("active_set")
    for name, setting in pathway.settings.items():
        yield setting.title, path.settings.get(name) or "Not chosen"
    if decision.timing:
        yield "Relapse site", (decision.site or "Not known").replace("_", " ")
    for title, sets in (("Timing", decision.timing), ("Risk", decision.risk)):
        for name, value in sets.items():
            mark = " (active set)" if name == active else ""
            yield f"{title} by {name.replace('_', ' ')}{mark}", value.replace("_", " ")
    if path.settings.get("site"):
        yield "Hospital site", path.settings["site"]
    journal = store.journal(path.path_id)
    use = data_use((*found.case.facts, *said_in(journal)), found.today)
    if use.answer:
        effect = "; left out of figures about many, care goes on" if use.is_withdrawn else ""
        yield "Use of data", f"{use.answer} since {words.day(use.since)}{effect}"
    if found.sheet().values.get("care_withdrawn") == "yes":
        yield "Care", "withdrawn by the patient"
    contact = store.person(path.path_id).contact
    if contact:
        yield "Contact", contact
    merged = taken_in(journal)
    if merged:
        yield "Goes on for", f"{', '.join(merged)}, merged into this path"
