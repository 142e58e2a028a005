"""The checkpoints of a state or track in words: what is expected, by when, who is told if late."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.drawing.overview import listed
from workflow.pathway import Checkpoint, Pathway
from workflow.rules import Rules


@dataclass(frozen=True, slots=True)
class Expected:
    """One checkpoint in words: what, by when, who is told when it is late, on which basis."""

    id: str
    title: str
    when: str
    due: str
    escalation: str
    basis: str
    sources: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The whole checkpoint as one sentence."""
        when = f", {self.when}" if self.when else ""
        escalation = f"; {self.escalation}" if self.escalation else ""
        source = f" [{', '.join(self.sources)}]" if self.sources else ""
        return f"{self.id}, {self.title}{when}: {self.due}{escalation}; {self.basis}{source}."


def all_expected(
    rules: Rules, owner: str, checkpoints: tuple[Checkpoint, ...]
) -> tuple[Expected, ...]:
    """The checkpoints of one owner (`state:NAME`, `track:NAME`), in the order of the file."""
    return tuple(_expected(rules, owner, item) for item in checkpoints)


def _expected(rules: Rules, owner: str, item: Checkpoint) -> Expected:
    node = rules.checkpoint_whens.get((owner, item.id))
    return Expected(
        id=item.id,
        title=item.title,
        when=f"if {node.text()}" if node else "",
        due=_due(rules.pathway, item),
        escalation=listed([f"{step.to} after {step.after}" for step in item.escalate])
        if item.escalate
        else "",
        basis=item.basis,
        sources=item.source,
    )


def _due(pathway: Pathway, item: Checkpoint) -> str:
    dues = (item.due,) if isinstance(item.due, str) else item.due
    anchor = "entering"
    if item.anchor:
        fact = pathway.facts.get(item.anchor)
        anchor = fact.title if fact else item.anchor.replace("_", " ").replace(".", " ")
    every = f", then every {item.every}" if item.every else ""
    times = f", {item.times} times" if item.times else ""
    then = f", after that every {item.then}" if item.then else ""
    opens = "" if item.opens == "0 d" else f"opens {item.opens}, "
    best = f", best {item.ideal}" if item.ideal else ""
    end = f", missed {item.expires} later" if item.expires else ""
    return f"{opens}due {', '.join(dues)} after {anchor}{every}{times}{then}{best}{end}"
