"""The process that is killed while it moves paths to another version: `migrant.py DATABASE PLAN`.

It goes through the product's own door. Its clock stands still, so that two databases with the same
moves hold the same rows, hashes and all.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from allpath import migrations
from allpath.bootstrap import Allpath, open_allpath
from allpath.migrations import Done
from allpath.settings import read_settings
from workflow.migration import read_plan
from workflow.records import Actor

NOW: Final = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
MOVER: Final = Actor("Dr Ada Sample", "clinician")


def opened(database: Path) -> Allpath:
    """The product on this database, at the one moment of its clock."""
    os.environ["ALLPATH_DATABASE"] = f"sqlite:///{database}"
    return open_allpath(read_settings(), use_clock=lambda: NOW)


def moved(database: Path, plan: Path) -> Done:
    """The plan is applied to the end."""
    allpath = opened(database)
    read = read_plan(plan.read_bytes(), str(plan))
    done = migrations.applied(allpath, read, MOVER, lambda _: None, NOW)
    allpath.store.close()
    return done


if __name__ == "__main__":
    found = moved(Path(sys.argv[1]), Path(sys.argv[2]))
    sys.stdout.write(f"{found.moved} {found.already} {len(found.left)}\n")
