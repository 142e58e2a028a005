"""Everything that can be done with a patient at the command line, in the order of a life."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

from sqlcipher3 import dbapi2

from storage.engine import store_on
from storage.sqlite import SqliteFile
from tests.cli.conftest import (
    AT_RELAPSE,
    AUDITOR,
    CLINICIAN,
    COORDINATOR,
    LEAD,
    SECOND_CLINICIAN,
)
from tests.notices.conftest import SENDER, MailHouse, Receiver
from tests.privacy.canary import BORN, SECRETS, Witness
from tests.versions.conftest import RENAMED, newer
from workflow.library import Library
from workflow.loading import load_file, load_shipped
from workflow.publishing import Publisher
from workflow.records import Actor

TEXT = "ZZFREETEXT said the family"
CORA = ("--actor", COORDINATOR)
ADA = ("--actor", CLINICIAN)
BEN = ("--actor", SECOND_CLINICIAN)
LEA = ("--actor", LEAD)
AUD = ("--actor", AUDITOR)
WHY = ("--reason", TEXT)
CODED = ("--code", "mdt_judgement")
SHIPPED = "relapsed_all"


def settle(witness: Witness, post: MailHouse, receiver: Receiver) -> None:
    """The desk has secrets of every kind, a mail server, a webhook, and an encrypted database."""
    desk = witness.desk
    files = {name: desk.folder / f"secret-{n}" for n, name in enumerate(SECRETS)}
    for name, file in files.items():
        file.write_text(SECRETS[name] + "\n")
        file.chmod(0o600)
    mail, hook, _, key = files.values()
    desk.variables |= {
        "ALLPATH_DEBUG": "1",
        "ALLPATH_DATABASE_KEY_FILE": str(key),
        "ALLPATH_SMTP_HOST": "127.0.0.1",
        "ALLPATH_SMTP_PORT": str(post.port),
        "ALLPATH_SMTP_SECURITY": "none",
        "ALLPATH_SMTP_FROM": SENDER,
        "ALLPATH_WEBHOOK_SECRET_FILE": str(hook),
        "ALLPATH_WEBHOOK_ALLOW": "127.0.0.1",
        "ALLPATH_ANCHOR_FILE": str(desk.folder / "anchor.txt"),
        "ALLPATH_SIGNING_KEY_FILE": str(desk.folder / "log.key"),
        "ALLPATH_PING_URL": receiver.url.replace("/hook", "/ping"),
    }
    assert mail.exists()  # of a server that asks for it; that one is tested on its own
    witness.run("audit key new", desk.variables["ALLPATH_SIGNING_KEY_FILE"], "--name", "ward/log")
    told = ("notice recipient add", "Cora")
    witness.run(*told, "--role", "coordinator", "--address", "cora@ward.example", *CORA)
    witness.run(
        "notice recipient add", "Lea", "--role", "lead", "--address", "l@ward.example", *CORA
    )
    hooked = ("--channel", "webhook", "--address", receiver.url)
    witness.run("notice recipient add", "Hook", "--role", "lead", *hooked, *CORA)


def enrol(witness: Witness, mrn: str, *more: str, code: int = 0) -> str:
    """The canary is enrolled; answers the path id."""
    person = ("--family", "ZZCANARY", "--given", "Zzgiven", "--identifier", f"mrn={mrn}")
    known = ("--contact", "zz.contact@canary.example", "--site", "North", "--active-set", "COG")
    return witness.run("enrol", *person, *known, *more, *CORA, code=code).out.split("\n")[0]


def live(witness: Witness) -> str:
    """Facts, corrections, steps, overrides, undo and reviews; answers the path id."""
    run = witness.run
    path = enrol(witness, "9990004711", "--identifier", "nhs=9990000018", "--fact", "sex=male")
    run("fact record", path, "identity_checked=yes", f"birth_date={BORN}", *CORA)
    run("step confirm", path, "assessment", "--note", TEXT, *ADA)
    facts = [fact for fact in AT_RELAPSE if not fact.startswith(("birth_date", "sex"))]
    run("fact record", path, *facts, *CORA)
    run("step list", path)
    run("step explain", path, "reinduction")
    run("what-if", path, "--fact", "cns_status=CNS3")
    run("step confirm", path, "reinduction", "--note", TEXT, *ADA)
    (record,) = witness.desk.ask("fact", "list", path, "--fact", "lineage")
    run("fact correct", path, record["record_id"], "T", *WHY, *CORA)
    run("review list")
    review = witness.desk.ask("review", "list")[0]["review"]
    run("review show", review)
    run("review close", review, "--as", "upheld", *WHY, *ADA)
    last = witness.desk.ask("history", path)["entries"]
    steps = [e["seq"] for e in last if e["kind"] == "step_confirmed"]
    run("step undo", path, str(steps[-1]), *WHY, "--note", TEXT, *ADA)
    run("step override", path, "reinduction", *CODED, *WHY, "--note", TEXT, *ADA)
    run("step confirm", path, "supportive", *ADA, code=(0, 4, 5))
    run("step override", path, "supportive", *CODED, *WHY, *ADA, code=(0, 4, 5))
    run("step countersign", path, "--decline", TEXT, *BEN, code=(0, 4, 5))
    run("variance list")
    other = enrol(witness, "9990004712")
    (record,) = witness.desk.ask("fact", "list", path, "--fact", "cd22")
    run("fact move", path, record["record_id"], other, *WHY, *CORA)
    run("patient set", path, "region=UK", *WHY, *CORA)
    meet(witness, path)
    return path


def meet(witness: Witness, path: str) -> None:
    """The patient is on the agenda of a meeting, taken off it, decided about and followed up."""
    run, day = witness.run, witness.desk.at.date().isoformat()
    item, other = ("--item", "1"), ("--item", "2")
    run("mdt call", day, "Leukaemia MDT", "--site", "North", *CORA)
    run("mdt put", path, "M-1", "--question", TEXT, *CORA)
    run("mdt off", path, *item, *WHY, *CORA, code=(0, 4))
    run("mdt put", path, "M-1", "--question", TEXT, *CORA, code=(0, 4))
    run("mdt attend", "M-1", "--chair", "Lea Lead:lead", "--person", "Ada:surgeon", *CORA)
    said = ("--words", TEXT, *WHY)
    run("mdt decide", path, "defer", "--item", "3", *said, *ADA, code=(0, 3, 4))
    run("mdt decide", path, "hsct", *other, *said, *AUD, code=(3, 6))
    asked = ("--what", TEXT, "--owner", "Ben", "--by", day)
    run("mdt action", path, "--item", "3", *asked, *CORA, code=(0, 3, 4))
    run("mdt done", path, "5", "--note", TEXT, *CORA, code=(0, 3, 4))
    run("mdt list")
    run("mdt show", "M-1")


def wait(witness: Witness, path: str) -> None:
    """Checkpoints, contact, silence, sweeps, workers, notices of every kind."""
    run, desk = witness.run, witness.desk
    until = ("--until", (desk.at + timedelta(days=3)).date().isoformat())
    run("checkpoint list", path)
    open_ = desk.ask("checkpoint", "list", path)
    first = next(row["checkpoint"] for row in open_ if row["status"] != "met")
    run("checkpoint snooze", path, first, *until, *WHY, *ADA, code=(0, 4))
    run("checkpoint pause", path, *until, *WHY, *ADA)
    run("checkpoint resume", path, *WHY, *ADA)
    remind = ("--remind-on", until[1])
    run("contact record", path, first, "--agreed", TEXT, *remind, *ADA, code=(0, 4))
    plan = desk.folder / "north.yaml"
    plan.write_text("site: North\nreason: agreed by the board\nremind_every: 2 d\n")
    run("site check", str(plan))
    run("site set", str(plan), *LEA)
    run("site show", "North")
    desk.at += timedelta(days=40)
    run("worker", "--once")
    run("sweep")
    run("health", code=(0, 1, 7))
    run("worklist")
    run("worklist assign", path, "--to", "Ward 3", *WHY, *CORA)
    run("checkpoint acknowledge", path, first, *until, *WHY, *ADA, code=(0, 4))
    run("checkpoint waive", path, first, *WHY, *ADA, code=(0, 4))
    run("notice deliver")
    run("notice list")
    run("notice replay", "1", *CORA, code=(0, 3, 4))
    run("notice recipient list")
    recipient = desk.ask("notice", "recipient", "list")["recipients"][0]["recipient_id"]
    run("notice test", recipient)
    run("notice recipient change", recipient, "--name", "Cora C", *CORA)
    made = desk.ask("notice", "calendar", "new", "wall", "--site", "North", *CORA)
    secret = desk.folder / "secret-calendar"
    secret.write_text(made["secret"])
    run("notice calendar list")
    run("notice calendar show", "--secret-file", str(secret))
    run("notice calendar new", "hall", *CORA)
    run("notice calendar revoke", "wall", *CORA)
    run("notice recipient remove", recipient, *CORA)


def look(witness: Witness, path: str) -> None:
    """Everything that only reads, with names typed into searches."""
    run, folder = witness.run, witness.desk.folder
    run("patient list")
    run("patient list", "zzcanary")
    run("patient show", path)
    run("patient show", "9990004711")
    run("patient summary", path, "--output", str(folder / "summary.pdf"))
    run("fact list", path)
    run("history", path)
    run("patient show", path, "--known-at", "2026-11-23")
    run("cohort")
    run("cohort", "--figure", "swimmer", "--out", str(folder / "swimmer.svg"))
    run("doctor", code=(0, 8))
    run("replay", "--csv", str(folder / "replay.csv"))
    run("pathway list")
    run("pathway show", SHIPPED)
    run("pathway trace", SHIPPED)
    run("pathway draw", SHIPPED, "--patient", path, "--out", str(folder / "path.svg"))
    run("pathway draw", SHIPPED, "--patient", "9990004711", "--format", "text")
    case = folder / "case.yaml"
    case.write_text(f"id: C1\nasof: 2026-11-23\nstate: assessment\nfacts: {{birth_date: {BORN}}}\n")
    run("decide", str(case))


def migrate(witness: Witness) -> None:
    """A version is checked, compared, signed, and the patient moved and moved back."""
    run, folder = witness.run, witness.desk.folder
    file = newer(folder, RENAMED)
    run("pathway check", str(file))
    run("pathway prove", str(file), "--seconds", "0.001", code=1)
    run("pathway diff", SHIPPED, str(file), "--seconds", "0")
    run("pathway publish", str(file), *WHY, "--seconds", "0.001", *ADA, code=(1, 4))
    _sign(witness, file)
    run("pathway approve", SHIPPED, "9.0.0", *WHY, *BEN)
    plan = folder / "plan.yaml"
    versions = ("--from", "2026.11", "--to", "9.0.0")
    run("pathway migrate plan", SHIPPED, *versions, "--out", str(plan))
    run("pathway migrate approve", str(plan), *BEN)
    run("pathway migrate apply", str(plan), *ADA, code=(0, 5))
    run("pathway migrate revert", str(plan), *ADA, code=(0, 5))
    run("pathway retire", SHIPPED, "9.0.0", *WHY, *LEA)


def bring_in(witness: Witness) -> None:
    """An import of good and bad rows, each with the canary's words."""
    folder = witness.desk.folder
    (folder / "map.yaml").write_text(
        "title: list\npathway: relapsed_all\nidentifier: {system: mrn, column: number}\n"
        "name: {family: {column: surname}, given: {column: forename}}\n"
        "settings: {active_set: {value: COG}}\n"
        "start: {state: hsct, on: {column: day}, reason: registry_transcription}\n"
        "events: {birth: {date: born}, seen: {days: last}}\nlast: seen\n"
        "acts: [{fact: birth_date, on: birth}, {fact: hsct_date, on: start}]\n"
    )
    head = "number,surname,forename,born,day,last\n"
    row = f"{{}},ZZCANARY,Zzgiven,{BORN},{{}},40\n"
    (folder / "list.csv").write_text(
        head
        + row.format("9990004720", "2021-03-01")
        + row.format("9990004721", "2021-02-30")
        + f"9990004722,ZZCANARY,,{BORN},2021-03-01,\n"
        + f"9990004711,ZZCANARY,Zzgiven,{BORN},2021-03-01,40\n"
        + "9990004723,ZZCANARY,Zzgiven,zzcanary,2021-03-01,40\n"
    )
    mapped = ("--map", str(folder / "map.yaml"), "--rejects", str(folder / "rejects.csv"))
    witness.run("import csv", str(folder / "list.csv"), *mapped, "--dry-run", code=4)
    witness.run("import csv", str(folder / "list.csv"), *mapped, code=4)
    (folder / "ebmt.csv").write_text(head + row.format("9990004730", "2021-03-01"))
    witness.run("import ebmt", str(folder / "ebmt.csv"), "--dry-run", code=(2, 4))


def identify(witness: Witness) -> None:
    """One human enrolled twice is merged and parted; then the data are withdrawn, and the name."""
    run = witness.run
    one, other = enrol(witness, "9990004740"), enrol(witness, "9990004741")
    run("patient merge", one, "--into", other, *WHY, "--dry-run", *LEA)
    run("patient merge", one, "--into", other, *WHY, *LEA)
    run("patient show", "9990004740")
    run("patient unmerge", one, *WHY, *LEA)
    run("patient data-use", one, "withdrawn", *WHY, *CORA)
    erased = ("--reason", "patient_request", "--because", "letter of the family, file 17", *LEA)
    run("patient erase", one, *erased, "--dry-run")
    run("patient erase", one, *erased, "--confirm", one)
    run("patient show", one)
    run("patient erase", one, *erased, "--confirm", one, code=(2, 4, 5))


def account(witness: Witness, path: str) -> None:
    """The audit and the database's own commands."""
    run, folder = witness.run, witness.desk.folder
    run("audit seal")
    run("audit verify")
    run("audit list")
    run("audit list", "--patient", path)
    run("audit replay")
    run("audit signatures", path)
    run("audit export", "--format", "csv", "--out", str(folder / "events.csv"))
    key = ("--public-key", str(folder / "log.key.pub"))
    run("audit export", path, "--bundle", str(folder / "bundle"), *key)
    run("audit prove", path, "--entry", "1", "--out", str(folder / "proof.json"))
    run("audit witness", str(folder / "seen.txt"), *key)
    password = folder / "secret-account"
    password.write_text("zzaccountpassword of the ward\n")
    admin = ("--actor", "Ada Admin:admin")
    given = ("--display", "Cora Coordinator", "--role", "coordinator")
    run("user add", "cora", *given, "--password-file", str(password), *admin)
    run("user list")
    run("user password", "cora", "--password-file", str(password), *admin)
    run("user take-factor", "cora", *admin, code=4)
    run("user disable", "cora", *admin)
    run("serve", "--port", "nowhere", code=2)
    run("db status")
    run("db upgrade")
    run("db grant", "zz", code=(2, 4))
    run("db backup", str(folder / "backup.db"))
    run("db rehearse", str(folder / "backup.db"))
    run("db restore", str(folder / "backup.db"), "--yes", code=(0, 2, 4))
    run("demo", "--database", str(folder / "demo.db"), "--patients", "1", code=(2, 4))


def fail(witness: Witness, path: str) -> None:
    """Errors of each kind: wrong input, conflict, what is not there, and a name in every place."""
    run = witness.run
    enrol(witness, "9990004711", code=5)
    run("enrol", "--family", "ZZCANARY", "--identifier", "9990004711", *CORA, code=2)
    run("enrol", "--family", "ZZCANARY", "--identifier", "nhs=9990000019", *CORA, code=(2, 4))
    run("enrol", "ZZCANARY", code=2)
    named = ("--family", "ZZCANARY", "--given", "Zz", "--identifier", "mrn=9990004999")
    run("enrol", *named, "Zzgiven", *CORA, code=2)
    run("enrol", "--family", "ZZCANARY", "--given", "Zz", "--fact", "zzcanary", *CORA, code=(2, 4))
    run("patient show", "ZZCANARY", code=2)
    run("patient show", "Zzcanary Nobody", code=3)
    run("history", "9990000018 zzcanary", code=3)
    run("fact list", "zzcanary nobody", code=3)
    run("patient set", path, "born=9990004711", *WHY, *CORA, code=(2, 4))
    run("fact record", path, "birth_date=ZZCANARY", *CORA, code=(2, 4))
    run("fact record", path, "born=9990004711", *CORA, code=(2, 4))
    run("fact record", path, "ZZCANARY 9990004711", *CORA, code=2)
    run("fact record", path, "sex=ZZCANARY", *CORA, code=(2, 4))
    run("fact record", path, "marrow_blast_pct=zzcanary", *CORA, code=(2, 4))
    run("fact record", path, "mrd=zzcanary", *CORA, code=(2, 4))
    run("fact record", path, "sex=male", "--if-version", "1", *CORA, code=5)
    run("fact correct", path, "F-1", "male", *WHY, *CORA, code=(3, 4))
    run("step confirm", path, "hsct", "--note", TEXT, *ADA, code=4)
    run("step confirm", path, "hsct", "--note", TEXT, *AUD, code=6)
    run("step override", path, "hsct", "--code", "because", *WHY, *ADA, code=(2, 4))
    run("step undo", path, "999", *WHY, *ADA, code=(2, 3, 4))
    run("review close", "R-1", "--as", "upheld", *WHY, *ADA, code=(2, 3, 4))
    run("checkpoint waive", path, "C-1", *WHY, *ADA, code=(2, 3, 4))
    run("contact record", path, "C-1", "--agreed", TEXT, *CORA, code=(0, 2, 3, 4))
    run("notice recipient add", "ZZCANARY", "--role", "lead", "--address", "zz", *CORA, code=(2, 4))
    run("audit list", "--patient", "zzcanary", code=2)
    run("audit export", "zzcanary", "--bundle", "nowhere/zz", code=(2, 3, 4))
    run("what-if", path, "--fact", "birth_date=ZZCANARY", code=(2, 4))


def break_(witness: Witness, path: str) -> None:
    """A poisoned record, a broken file, and a database that is away, asked by every kind of act."""
    desk = witness.desk
    _poison(desk.database, path)
    desk.at += timedelta(days=10)
    witness.run("worker", "--once", code=(0, 1, 8))
    witness.run("sweep", code=(0, 1, 8))
    acts = (
        ("patient list", "zzcanary"),
        ("patient show", "9990004711"),
        ("patient show", path),
        ("history", path),
        ("fact record", path, f"birth_date={BORN}", *CORA),
        ("step confirm", path, "reinduction", "--note", TEXT, *ADA),
        ("worklist",),
        ("doctor",),
        ("health",),
        ("audit verify",),
        ("audit seal",),
        ("notice deliver",),
    )
    anything = tuple(range(9))
    for act in acts:
        witness.run(*act, code=anything)
    content = bytearray(desk.database.read_bytes())
    content[4096 * 3 : 4096 * 60] = b"\x5a" * (4096 * 57)
    desk.database.write_bytes(bytes(content))
    Path(f"{desk.database}-wal").unlink(missing_ok=True)
    for act in (*acts, ("enrol", "--family", "ZZCANARY", "--identifier", "mrn=9990004711", *CORA)):
        witness.run(*act, code=anything)
    desk.variables["ALLPATH_DATABASE"] = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    password = desk.folder / "secret-2"
    desk.variables["ALLPATH_DATABASE_KEY_FILE"] = ""
    desk.variables["ALLPATH_DATABASE_PASSWORD_FILE"] = str(password)
    for act in acts:
        witness.run(*act, code=anything)


def _sign(witness: Witness, file: Path) -> None:
    """The author signs, without the proof that the command asks for and that takes its time."""
    database = SqliteFile(witness.desk.database, key=SECRETS["key of the database"])
    with closing(store_on(database)) as store:
        publisher = Publisher(store, Library(store, load_shipped))
        publisher.publish(load_file(file), Actor("Dr Ada Sample", "clinician"), "", witness.desk.at)


def _poison(database: Path, path: str) -> None:
    with closing(dbapi2.connect(str(database))) as connection:
        key = SECRETS["key of the database"]
        connection.execute(f"PRAGMA key = \"x'{key}'\"")
        connection.execute("DROP TRIGGER IF EXISTS journal_refuses_update")
        connection.execute("DROP TRIGGER IF EXISTS fact_record_refuses_update")
        connection.execute(
            "UPDATE fact_record SET value = '{\"zzcanary' WHERE fact = 'birth_date' "
            "AND path_id = ?",
            (path,),
        )
        connection.execute("UPDATE path SET entered = 'zzcanary' WHERE path_id = ?", (path,))
        connection.commit()
