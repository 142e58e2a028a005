"""The corpus of faulty pathways: each is the sound one with a few lines changed by one fault."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workflow.strict_yaml import read_yaml

FOLDER = Path(__file__).parent / "faulty"
SOUND = (FOLDER / "sound.yaml").read_text()


@dataclass(frozen=True)
class Fault:
    """One fault: what was changed, and the finding it must produce: property, line and words.

    `shows` says how the patient of the finding shows it.
    """

    name: str
    change: tuple[tuple[str, str], ...]
    finds: str
    at: str
    says: str
    nth: int = 1
    shows: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The faulty pathway."""
        text = SOUND
        for old, new in self.change:
            assert text.count(old) == 1, f"{self.name}: {text.count(old)} places read {old!r}"
            text = text.replace(old, new)
        return text

    @property
    def line(self) -> int:
        """The line of the finding."""
        place = -1
        for _ in range(self.nth):
            place = self.text.index(self.at, place + 1)
        return self.text.count("\n", 0, place + self.at.startswith("\n")) + 1


def faults() -> list[Fault]:
    """Every fault of the corpus, in the order of its files."""
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        if path.name not in {"sound.yaml", "sound_variants.yaml"}:
            entries = read_yaml(path.read_bytes(), path.name).content
            found += [_fault(entry) for entry in entries]
    return found


def _fault(entry: dict[str, Any]) -> Fault:
    change = tuple((old, new) for old, new in entry["change"])
    rest = {key: value for key, value in entry.items() if key not in {"fault", "change"}}
    return Fault(entry["fault"], change, **rest)
