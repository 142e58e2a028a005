"""Zone data of our own, as a machine has them after an update: what a government decided anew."""

from __future__ import annotations

import struct
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_NO_CHANGES = struct.pack(">4sc15x6L", b"TZif", b"2", 0, 0, 0, 0, 1, 4)
_ONE_KIND = struct.pack(">lBB4s", 0, 0, 0, b"UTC\0")


@dataclass(frozen=True)
class ZoneData:
    """A folder of zone files that is read before the machine's own."""

    folder: Path

    def decree(self, zone: str, rule: str) -> None:
        """The zone follows this rule from now on, in POSIX form: `BST-1` is an hour before UTC."""
        file = self.folder / zone
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes((_NO_CHANGES + _ONE_KIND) * 2 + f"\n{rule}\n".encode())
        zoneinfo.ZoneInfo.clear_cache()

    def withdraw(self, zone: str) -> None:
        """The file of the zone is gone again."""
        (self.folder / zone).unlink()
        zoneinfo.ZoneInfo.clear_cache()


@contextmanager
def zone_data_in(folder: Path) -> Iterator[ZoneData]:
    """Zone files put into the folder are read first, until the block ends."""
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=[str(folder), *before])
    try:
        yield ZoneData(folder)
    finally:
        zoneinfo.reset_tzpath(to=before)
        zoneinfo.ZoneInfo.clear_cache()
