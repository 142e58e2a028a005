"""What the page tells the receiver of a webhook to do works on a webhook of ours."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from allpath.notify.webhook import signed, written
from scheduler.channels import Message
from tests.conftest import NOW

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "tell-people-what-is-late.md"
MESSAGE = Message("P-1/7.R-1", "", "Late", "Open the worklist", NOW, "test")


def test_the_receivers_check_takes_ours_and_nobody_elses() -> None:
    """A reader can paste it: a changed body, an old request and another secret are refused."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - our own page, read from the repository
    is_from_allpath, body = names["is_from_allpath"], written(MESSAGE)
    headers, now = signed(MESSAGE, body, "secret", NOW), NOW.timestamp()

    assert is_from_allpath(headers, body, b"secret", now)
    assert not is_from_allpath(headers, body + b" ", b"secret", now)
    assert not is_from_allpath(headers, body, b"secret", now + 301)
    assert not is_from_allpath(headers, body, b"another", now)
