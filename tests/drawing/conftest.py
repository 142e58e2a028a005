"""Pathways to draw: every shipped one, and made-up ones of all sizes with odd texts."""

from __future__ import annotations

import random
from datetime import date
from typing import Any, Final

from workflow.loading import load_shipped, shipped
from workflow.pathway import Pathway

_WORDS: Final = (
    'a "quoted" word',
    "x < y & z > 0",
    "Überweisung → später",
    "`code` #1; {braces} [brackets] |pipe|",
    "back \\ slash",
    "short",
    "averyveryverylongwordwithoutanyblankthatnolinecouldeverholdinaboxofnormalwidth",
    "end",
    "many words one after the other that go on for longer than a line of any box would hold",
)

_LEAVE: Final = {"id": "g2", "when": {"f": "a"}, "leave": True}


def made_up(seed: int) -> Pathway:
    """A pathway of 1 to 9 states with steps, exits, gates and checkpoints at random."""
    chance = random.Random(seed)
    names = [f"s{number}" for number in range(1 + seed % 9)]
    states = {name: _state(chance, name, names) for name in names}
    states[names[0]]["final"] = False
    return Pathway.model_validate(
        {
            "id": f"made_up_{seed}",
            "title": chance.choice(_WORDS),
            "version": "1",
            "owner": "nobody",
            "reviewed": {"by": "nobody", "on": date(2026, 1, 1), "expires": date(2027, 1, 1)},
            "safety": ["Made up."],
            "sources": {"X1": chance.choice(_WORDS)},
            "facts": {
                "f": {"type": "one_of", "title": chance.choice(_WORDS), "values": ["a", "b"]}
            },
            "early_routes": [_route(chance, "E", names)] if chance.random() < 0.5 else [],
            "gates": {"g": [_route(chance, "g1", names), _LEAVE]},
            "start": names[0],
            "states": states,
            "tracks": {"t": {"title": chance.choice(_WORDS), "close_when": {"f": "b"}}},
            "reasons": {"why": chance.choice(_WORDS)},
            "warnings": {"W": chance.choice(_WORDS)},
        }
    )


def _state(chance: random.Random, name: str, names: list[str]) -> dict[str, Any]:
    rows = [_route(chance, f"{name}-{number}", names) for number in range(chance.randrange(6))]
    if chance.random() < 0.4:
        rows.append({"id": f"{name}-g", "when": {"f": "b"}, "gate": "g"})
    checkpoint = {
        "id": f"C-{name}.long-name",
        "title": chance.choice(_WORDS),
        "expects": ["f"],
        "due": ["7 d", "14 d"],
        "basis": "operational",
        "source": "X1",
    }
    return {
        "title": f"{chance.choice(_WORDS)} {name}",
        "final": chance.random() < 0.2,
        "two_person": chance.random() < 0.3,
        "routes": rows,
        "may_go": chance.sample(names, chance.randrange(len(names))),
        "exits": chance.sample(names, chance.randrange(len(names))),
        "checkpoints": [checkpoint] * chance.randrange(2),
    }


def _route(chance: random.Random, rule: str, names: list[str]) -> dict[str, Any]:
    outcome = chance.choice(
        ({"go": chance.choice(names)}, {"mdt": "why"}, {"block": "why"}, {"warn": ["W"]})
    )
    title = chance.choice(("", chance.choice(_WORDS)))
    return {"id": rule, "title": title, "when": {"f": "a"}, "source": "X1", **outcome}


PATHWAYS: Final = tuple(load_shipped(name) for name in shipped()) + tuple(map(made_up, range(27)))
