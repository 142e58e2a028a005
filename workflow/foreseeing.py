"""What an act would do, told before anybody saves or signs: the act itself, with nothing kept.

Where two people sign, it is told what both signatures together would do.
"""

from __future__ import annotations

from typing import Final

from workflow.act import Act
from workflow.commands import ConfirmStep, CorrectFact, Countersign, OverrideStep, RecordFacts
from workflow.correcting import correct_fact
from workflow.overriding import countersign, override_step
from workflow.records import Actor
from workflow.signing import confirm_step

ForeseenCommand = RecordFacts | CorrectFact | ConfirmStep | OverrideStep | Countersign
_SECOND: Final = Actor("another clinician", "clinician")


def foresee(act: Act, command: ForeseenCommand) -> None:
    """The act is carried out on what was found; raises as the act itself does."""
    if isinstance(command, RecordFacts):
        for fact in command.facts:
            act.add_fact(fact, "fact_recorded")
    elif isinstance(command, CorrectFact):
        correct_fact(act, command)
    elif isinstance(command, Countersign):
        countersign(act, command)
    else:
        if isinstance(command, ConfirmStep):
            confirm_step(act, command)
        else:
            override_step(act, command)
        if act.path.pending is not None:
            countersign(act, Countersign(actor=_SECOND, path_id=command.path_id))
