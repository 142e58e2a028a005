"""Emergency access to one patient of another site: asked for by number, told at once, looked at.

It widens what one account may see on the pages, for one patient and a limited time. It widens
nothing in the database: a process that a server shows some sites alone never finds the others.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from allpath.bootstrap import Allpath
from workflow.accounts import Account
from workflow.emergency import EmergencyAccess, EmergencyEntry, alarms
from workflow.errors import NotFoundError, NotPermittedError, RefusedError
from workflow.records import Actor, AuditEvent, PathRecord

NOBODY: Final = (
    "There is no patient with this number. Nothing was opened; look at the number again."
)


def begin(
    allpath: Allpath, account: Account, actor: Actor, asked: tuple[str, str, str], now: datetime
) -> EmergencyAccess:
    """The account sees the patient of that number for a while; `asked`: number, reason, note.

    The lead and the auditor of the patient's site are told. Raises NotFoundError for a number that
    nobody has, RefusedError where the patient may be seen as it is.
    """
    number, code, note = asked
    store = allpath.store
    found = store.numbered(number)
    if len(found) != 1:  # one number in two systems: nobody is opened by chance
        event = AuditEvent(
            now, actor.name, actor.role, actor.os_user, "emergency_number_unknown", ""
        )
        with store.begin() as transaction:
            transaction.audit(event)
        raise NotFoundError(NOBODY)
    path = store.case(found[0]).path
    if is_of_site(account, path):
        msg = "This patient belongs to your sites; find them under Patients."
        raise RefusedError(msg)
    access = open_access(allpath, account, path.path_id, now)
    if access is not None:  # a button pressed twice opens nobody twice, and tells nobody twice
        return access
    entry = EmergencyEntry(
        access_id=f"E-{secrets.token_hex(5)}",
        kind="begun",
        path_id=path.path_id,
        account=account.name,
        by=actor.name,
        role=actor.role,
        code=code,
        note=note,
        until=now + timedelta(minutes=allpath.settings.emergency_minutes),
        at=now,
    )
    with store.begin() as transaction:
        store.emergencies.add(transaction, entry, actor)
        transaction.tell(alarms(entry, path.version))
    return EmergencyAccess(entry)


def end(allpath: Allpath, account: Account, actor: Actor, access_id: str, now: datetime) -> None:
    """The access is over before its time; raises NotFoundError where there is no such one."""
    found = allpath.store.emergencies.open_for(account.name, now)
    access = next((each for each in found if each.begun.access_id == access_id), None)
    if access is None:
        raise NotFoundError("You have no such emergency access any more.")
    entry = replace(
        access.begun, kind="ended", by=actor.name, role=actor.role, code="", note="", at=now
    )
    with allpath.store.begin() as transaction:
        allpath.store.emergencies.add(transaction, entry, actor)


def review(
    allpath: Allpath, access_id: str, actor: Actor, finding: tuple[str, str], now: datetime
) -> None:
    """Somebody has looked at an access afterwards, and says what they found.

    Raises NotFoundError where there is no such access, NotPermittedError for one's own,
    ConflictError where another one came first.
    """
    every = allpath.store.emergencies.every()
    access = next((each for each in every if each.begun.access_id == access_id), None)
    if access is None:
        raise NotFoundError("There is no such emergency access.")
    if access.begun.account == actor.os_user:
        raise NotPermittedError("Nobody looks at their own emergency access; ask somebody else.")
    code, note = finding
    entry = replace(
        access.begun, kind="reviewed", by=actor.name, role=actor.role, code=code, note=note, at=now
    )
    with allpath.store.begin() as transaction:
        allpath.store.emergencies.add(transaction, entry, actor)


def is_of_site(account: Account, path: PathRecord) -> bool:
    """Whether a patient belongs to the sites of an account; one without sites sees them all."""
    return not account.sites or path.settings.get("site", "") in account.sites


def open_access(
    allpath: Allpath, account: Account, path_id: str, now: datetime
) -> EmergencyAccess | None:
    """The emergency access that an account has to a patient at this moment, if any."""
    found = allpath.store.emergencies.open_for(account.name, now)
    return next((access for access in found if access.begun.path_id == path_id), None)
