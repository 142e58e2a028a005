"""Pathways drawn as text: states and edges in Mermaid, from the machine's own edges.

`python -m workflow.diagram FOLDER` writes one file per shipped pathway; a test checks the bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from workflow.loading import load_shipped, shipped
from workflow.machine import edges
from workflow.pathway import Pathway
from workflow.rules import Kind, rules_of


def overview(pathway: Pathway) -> str:
    """The pathway's states and edges as a Mermaid state diagram, in the order of care.

    A full line carries the rules that recommend the step; a dotted one is open to an MDT decision.
    Steps out of every state (dead, transferred, withdrawn, lost) are told once, in a note.
    """
    rules = rules_of(pathway)
    lines = [
        "---",
        f"title: {pathway.title}, version {pathway.version}",
        "---",
        "flowchart TD",
    ]
    for name, state in pathway.states.items():
        left, right = ("([", "])") if state.final else ("[", "]")
        lines.append(f'    {name}{left}"{state.title}"{right}')
    known = edges(pathway)
    always = {exit_ for state in pathway.states.values() for exit_ in state.exits or ()}
    for source in pathway.states:
        for target in rules.edges[source]:
            if target in always and target in (pathway.states[source].exits or ()):
                continue
            if (source, target) not in known:
                continue
            recommended = sorted(
                {
                    row.rule
                    for row in rules.rows[source]
                    if row.kind is Kind.GO and row.target == target
                }
            )
            if recommended:
                lines.append(f'    {source} -->|"{", ".join(recommended)}"| {target}')
            else:
                lines.append(f'    {source} -.->|"MDT"| {target}')
    for name, track in pathway.tracks.items():
        lines.append(f'    track_{name}[/"beside the main state: {track.title}"/]')
        if track.closes_into:
            lines.append(f"    track_{name} --> {track.closes_into}")
    listed = ", ".join(pathway.states[name].title.lower() for name in sorted(always))
    lines.append(f"    %% Open to a person from every state that is not final: {listed}.")
    return "\n".join(lines) + "\n"


def main(folder: Path) -> None:
    """Write the overview of every shipped pathway into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for pathway_id in shipped():
        text = overview(load_shipped(pathway_id))
        (folder / f"{pathway_id}.mmd").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
