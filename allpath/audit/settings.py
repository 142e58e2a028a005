"""What a site sets so that its log is signed and its heads leave the house."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from allpath.notify.addresses import check_url
from allpath.problems import UsageError
from scheduler.channels import DeliveryError

VARIABLES: Final = {
    "ALLPATH_SIGNING_KEY_FILE": "file with the key that signs heads of the log",
    "ALLPATH_ANCHOR_FILE": "file on another machine or mount that heads are added to",
    "ALLPATH_ANCHOR_URL": "address that heads are sent to, as signed webhooks",
}


@dataclass(frozen=True)
class AuditSettings:
    """How the log is signed and where its heads go; each may be missing.

    Whether a file is there shows when it is used: a lost key must not stop the care of patients.
    """

    key_file: Path | None = None
    anchor_file: Path | None = None
    anchor_url: str = ""


def read_audit_settings(env: Mapping[str, str]) -> AuditSettings:
    """The settings of the environment; raises UsageError naming the variable that is wrong."""
    key_file, anchor_file, url = (env.get(name, "").strip() for name in VARIABLES)
    if url:
        try:
            check_url(url)
        except DeliveryError as error:
            raise UsageError(f"ALLPATH_ANCHOR_URL cannot be used: {error}.") from None
        if not env.get("ALLPATH_WEBHOOK_SECRET_FILE", "").strip():
            msg = "ALLPATH_ANCHOR_URL needs ALLPATH_WEBHOOK_SECRET_FILE; heads are signed webhooks."
            raise UsageError(msg)
    return AuditSettings(
        Path(key_file) if key_file else None, Path(anchor_file) if anchor_file else None, url
    )
