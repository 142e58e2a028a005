"""Where in the pathway file each row stands."""

from __future__ import annotations

from workflow.pathway import Pathway
from workflow.strict_yaml import Where


def places_of(pathway: Pathway) -> dict[int, Where]:
    """The place of every row, by the identity of its model (rows of a gate are read in many)."""
    places: dict[int, Where] = {}
    for index, route in enumerate(pathway.early_routes):
        places[id(route)] = ("early_routes", index)
    for name, gate in pathway.gates.items():
        places |= {id(route): ("gates", name, index) for index, route in enumerate(gate)}
    for name, state in pathway.states.items():
        places |= {
            id(route): ("states", name, "routes", index) for index, route in enumerate(state.routes)
        }
    return places
