"""`allpath enrol`: a patient is put on a pathway."""

from __future__ import annotations

from typing import Annotated

import typer

from allpath import words
from allpath.answers import path_answer
from allpath.cli.printing import is_terminal, note, put, put_json
from allpath.cli.session import ActorName, Json, Key, On, open_session
from allpath.clock import civil_day
from allpath.patients import enrolment_settings, new_path_id, read_identifiers, read_title
from allpath.problems import UsageError
from allpath.typed import read_facts
from workflow.carrying_out import Outcome
from workflow.commands import Enrol
from workflow.records import Person

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def enrol(
    ctx: typer.Context,
    *,
    family: Annotated[str, typer.Option(help="Family name.")],
    given: Annotated[str, typer.Option(help="Given names.")],
    identifier: Annotated[
        list[str],
        typer.Option(metavar="SYSTEM=VALUE", help="mrn=999001, nhs=9990000018; repeatable."),
    ],
    contact: Annotated[str, typer.Option(help="How to reach the patient.")] = "",
    title: Annotated[str, typer.Option(help="How they are addressed, as Dr or Ms.")] = "",
    pathway: Annotated[str, typer.Option(help="The pathway.")] = "relapsed_all",
    active_set: Annotated[
        str, typer.Option(help="Active timing set: COG, INTREALL, UKALLR3 or ADULT.")
    ] = "",
    region: Annotated[str, typer.Option(help="Region of the drug labels: US, EU or UK.")] = "",
    site: Annotated[str, typer.Option(help="The hospital site.")] = "",
    time_zone: Annotated[str, typer.Option(help="Time zone of the site, as Europe/London.")] = "",
    fact: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE[@DATE]", help="What is known already; repeatable."),
    ] = None,
    on: On = None,
    actor: ActorName = None,
    key: Key = "",
    as_json: Json = False,
) -> None:
    """Enrol a patient on a pathway and say what to do next.

    Example: `allpath enrol --family Sample --given Anna --identifier mrn=999001
    --active-set COG --actor "Cora Coordinator:coordinator"`
    """
    session = open_session(ctx)
    who = session.actor(actor)
    found = session.allpath.orchestrator.library.for_new_paths(pathway)
    settings = enrolment_settings(
        found,
        session.settings,
        active_set=active_set,
        region=region,
        site=site,
        time_zone=time_zone,
    )
    if session.allpath.orchestrator.library.is_draft(found):
        note(f"{found.id} {found.version} is a draft: nobody has published it.")
    now = session.now()
    day = civil_day(on, "--on") or words.today(now, settings["time_zone"])
    if not family.strip() or not given.strip():
        raise UsageError("A patient needs a family name and a given name.")
    person = Person(
        path_id=new_path_id(session.allpath.store, str(who), key),
        family_name=" ".join(family.split()),
        given_name=" ".join(given.split()),
        identifiers=read_identifiers(identifier),
        contact=contact,
        title=read_title(title),
    )
    command = Enrol(
        actor=who,
        key=key,
        person=person,
        pathway_id=found.id,
        settings=settings,
        entered_on=day,
        facts=read_facts(found, fact or (), day),
    )
    outcome = session.allpath.orchestrator.enrol(command, now)
    if as_json:
        put_json(path_answer(outcome.path))
    else:
        _put(outcome, person)


def _put(outcome: Outcome, person: Person) -> None:
    path_id = outcome.path.path_id
    pathway = outcome.pathway
    if is_terminal():
        put(
            f"Enrolled {path_id}: {words.name(person)} on {pathway.id} {pathway.version}, "
            f"{words.state(pathway, outcome.path.state)} since "
            f"{words.day(outcome.path.entered['main'])}."
        )
    else:
        put(path_id)
    missing = outcome.decision.missing or tuple(
        name for name, fact in pathway.facts.items() if outcome.path.state in fact.asked_in
    )
    example = missing[0] if missing else "FACT"
    unset = [name for name in pathway.settings if name not in outcome.path.settings]
    if unset:
        chosen = " ".join(f"{name}=..." for name in unset)
        note(
            f"Not chosen: {', '.join(unset)}. Set it with `allpath patient set {path_id} {chosen}`."
        )
    note(
        "Next:",
        f"  allpath fact record {path_id} {example}=VALUE",
        f"  allpath step explain {path_id}",
    )
