"""What others can check for themselves: proofs from the log, and a bundle of one patient's path."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from allpath.audit.keys import PublicKey
from allpath.verifier import standalone
from allpath.verifier.standalone import ABOUT, ENTRIES, FACTS, HEAD, PUBLIC_KEY
from storage.log import Placed, SqlLog
from workflow.canonical import canonical
from workflow.errors import IntegrityError, NotFoundError, RefusedError, StoreError
from workflow.heads import SignedHead
from workflow.merkle import Tree

README: Final = """\
What happened to the path {path_id}, and the proof that nothing of it was changed
==================================================================================

entries.ndjson   one line for each journal entry and audit event: the record itself, its position
                 in the log, and the hashes that prove that it is there
facts.ndjson     the fact records that the journal entries tell of
head.txt         the head of the log, signed by whoever runs it
public-key.txt   the public half of the key that signed it
about.json       which path this is
verify.py        the program that checks all of it

Check it on any machine with Python 3.11 or newer; nothing else is needed and nothing is sent:

    python3 verify.py --public-key THE-KEY-YOU-WERE-GIVEN

Use the public key that you were given when the log began, not the one in here: whoever makes up a
bundle makes up a key as well. Ask a witness or the owner of an anchor whether they know the head in
head.txt. What happened after the last entry in here is
not shown. The names of patients are not in here; moments are microseconds since 1970 in UTC.

It leaves with 0 when all holds, and with 8 when something does not.
"""


def last_head(log: SqlLog) -> SignedHead:
    """The newest signed head; raises RefusedError where nothing was ever signed."""
    signed = log.last_head()
    if signed is None:
        msg = (
            "Nothing can be proved yet, because no head of the log was signed. Make a key with "
            "`allpath audit key new FILE`, name it in ALLPATH_SIGNING_KEY_FILE, then run `allpath "
            "audit seal`."
        )
        raise RefusedError(msg)
    return signed


def tree_of(log: SqlLog, signed: SignedHead) -> Tree:
    """The log up to a signed head; raises IntegrityError when it is not the one that was signed."""
    tree, head = Tree(log.leaves()), signed.head
    if tree.size < head.size or tree.root(head.size) != head.root:
        msg = (
            f"The log is not the one that was signed with {head.size:,} entries, so nothing can be "
            "proved with it. Run `allpath audit verify`."
        )
        raise IntegrityError(msg)
    return tree


def inclusion_of(log: SqlLog, path_id: str, seq: int) -> dict[str, Any]:  # Any: plain JSON
    """The proof that an entry of a path is in the log that was signed.

    Raises NotFoundError when there is no such entry, RefusedError when it is not sealed yet.
    """
    signed = last_head(log)
    found = [p for p in log.of_path(path_id) if p.source == "journal" and p.row["seq"] == seq]
    if not found:
        raise NotFoundError(f"The path {path_id} has no entry {seq}; see `allpath history`.")
    position, size = found[0].position, signed.head.size
    if position is None or position >= size:
        msg = f"Entry {seq} of {path_id} is newer than the signed head; run `allpath audit seal`."
        raise RefusedError(msg)
    proof = tree_of(log, signed).inclusion(position, size)
    leaf = standalone.entry_leaf(found[0].row)
    if not standalone.is_included(leaf, position, size, proof, signed.head.root):
        msg = (
            f"Entry {seq} of {path_id} is not the one that was sealed. Run `allpath audit verify`."
        )
        raise IntegrityError(msg)
    return {
        "path_id": path_id,
        "seq": seq,
        "position": position,
        "size": size,
        "leaf": leaf.hex(),
        "proof": [part.hex() for part in proof],
        "head": signed.note(),
    }


def consistency_since(log: SqlLog, old: int) -> dict[str, Any]:  # Any: plain JSON
    """The proof that the log that was signed last begins with that of `old` entries.

    Raises IntegrityError when the log is shorter than that.
    """
    signed = last_head(log)
    if old > signed.head.size:
        msg = (
            f"Somebody knows a log of {old:,} entries, but the last one signed here has "
            f"{signed.head.size:,}: it was cut or an old one put back. Run `allpath audit verify`."
        )
        raise IntegrityError(msg)
    proof = tree_of(log, signed).consistency(old, signed.head.size)
    return {"old": old, "proof": [part.hex() for part in proof], "head": signed.note()}


def bundle_of(log: SqlLog, path_id: str, key: PublicKey) -> dict[str, str]:
    """The files of a bundle by name: one path, as far as it is sealed, with everything to check it.

    Raises RefusedError when nothing of it is sealed or another key signed the head.
    """
    signed = last_head(log)
    if not key.has_signed(signed):
        msg = (
            f"The last head was not signed with the key {key.key_id}; name the public key of the "
            "one that signed it."
        )
        raise RefusedError(msg)
    tree, size = tree_of(log, signed), signed.head.size
    placed = [p for p in log.of_path(path_id) if p.position is not None and p.position < size]
    if not placed:
        raise RefusedError(f"Nothing of {path_id} is sealed yet; run `allpath audit seal`.")
    last = max((p.row["seq"] for p in placed if p.source == "journal"), default=0)
    facts = [row for row in log.facts_of(path_id) if row["seq"] <= last]
    return {
        ENTRIES: "".join(f"{canonical(_line(p, tree, size))}\n" for p in placed),
        FACTS: "".join(f"{canonical(row)}\n" for row in facts),
        HEAD: signed.note(),
        PUBLIC_KEY: f"{key}\n",
        ABOUT: f"{canonical({'format': 1, 'path_id': path_id})}\n",
        "README.txt": README.format(path_id=path_id),
        "verify.py": Path(standalone.__file__).read_text("utf-8"),
    }


def write_bundle(files: Mapping[str, str], where: Path) -> None:
    """The files are in a new folder, or in a new ZIP file where the name ends in .zip.

    Raises RefusedError when there is something already, StoreError when nothing can be written.
    """
    if where.exists():
        raise RefusedError(f"{where} is there already; name another folder or ZIP file.")
    try:
        if where.suffix.lower() == ".zip":
            with zipfile.ZipFile(where, "x", zipfile.ZIP_DEFLATED) as packed:
                for name, text in files.items():
                    packed.writestr(f"{where.stem}/{name}", text)
        else:
            where.mkdir(mode=0o700)
            for name, text in files.items():
                (where / name).write_text(text, "utf-8")
    except OSError as error:
        raise StoreError(f"{where} cannot be written ({error.strerror}).") from None


def _line(placed: Placed, tree: Tree, size: int) -> dict[str, Any]:  # Any: plain JSON
    position = placed.position or 0
    proof: Sequence[bytes] = tree.inclusion(position, size)
    return {
        "source": placed.source,
        "position": position,
        "proof": [part.hex() for part in proof],
        "row": placed.row,
    }


def read_proof(file: Path) -> dict[str, Any]:  # Any: plain JSON
    """A consistency proof from a file; raises StoreError when it is none."""
    try:
        content = json.loads(file.read_text("utf-8"))
        bytes.fromhex("".join(content["proof"]))
        return {"old": int(content["old"]), "proof": content["proof"], "head": content["head"]}
    except (OSError, ValueError, KeyError, TypeError):
        msg = f"{file} is no proof; make one with `allpath audit prove --since SIZE --out FILE`."
        raise StoreError(msg) from None
