"""Secrets, read from files: the first line, never shown and never kept."""

from __future__ import annotations

from pathlib import Path

from scheduler.channels import DeliveryError


def read_secret(file: Path, what: str) -> str:
    """The first line of the file; raises DeliveryError, which names the file and shows nothing."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"the file {file} with {what} cannot be read"
        raise DeliveryError(msg, is_unreachable=True) from error
    if not lines or not lines[0].strip():
        msg = f"the file {file} with {what} is empty"
        raise DeliveryError(msg, is_unreachable=True)
    return lines[0].strip()
