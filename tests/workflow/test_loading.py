"""A pathway file that is broken or hostile is refused quickly, with line, field and cure."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from workflow.errors import NotFoundError, PathwayError
from workflow.loading import load_file, load_shipped, read_pathway, shipped

GOOD = (Path(__file__).parent.parent / "data" / "two_states.yaml").read_text()


def _refused(text: str | bytes) -> str:
    data = text.encode() if isinstance(text, str) else text
    with pytest.raises(PathwayError) as caught:
        read_pathway(data, "file.yaml")
    return str(caught.value)


def test_a_small_pathway_is_read_and_hashed() -> None:
    """Two states are enough; white space and key order do not change the hash."""
    pathway = read_pathway(GOOD.encode(), "file.yaml")
    spaced = read_pathway(GOOD.replace("title: Waiting", "title:    Waiting").encode(), "file.yaml")

    assert re.fullmatch("[0-9a-f]{64}", pathway.content_hash)
    assert spaced.content_hash == pathway.content_hash
    assert spaced == pathway


def test_a_changed_number_changes_the_hash() -> None:
    """What pins a path is the content, every number of it."""
    changed = GOOD.replace("value: 36", "value: 37")

    assert (
        read_pathway(changed.encode(), "f").content_hash
        != read_pathway(GOOD.encode(), "f").content_hash
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{lineage: B}", "{linage: B}", "unknown fact linage; did you mean lineage?"),
        ("{lineage: B}", "{lineage: C}", "'C' is not one of B, T, unknown"),
        ("go: done", "go: dine", "unknown state dine; did you mean done?"),
        ("when: is_early", "when: is_erly", "unknown guard is_erly; did you mean is_early?"),
        ("warn: [W_LATE]", "warn: [W_LETE]", "unknown warning W_LETE; did you mean W_LATE?"),
        ("unit: mo", "unit: d", "months_after needs a parameter in mo; limit is in d"),
        ("title: Waiting", "titel: Waiting", "unknown field; delete it or correct its name"),
        (
            "        every: 14 d",
            "        every: a fortnight",
            "write a whole number and h, d, wk, mo",
        ),
        ("    final: true", "    final: true\n    final: true", "this key stands twice; keep one"),
        ("start: waiting", "start: *other", "alias"),
        ("start: waiting", "start: &other waiting", "anchors and aliases are refused"),
        ("start: waiting", "start: nowhere", "unknown state nowhere"),
        (
            "expires: 2027-01-01",
            "expires: 2025-01-01",
            "a review expires after the day it was made",
        ),
        ("expires: 2027-01-01", "expires: 2026-02-30", "expires"),
        ("otherwise: late", "is: late", "a row needs when and is, or otherwise, or needs"),
        ("      - {otherwise: late}\n", "", "must end with an otherwise row"),
        ("      - {id: W-03, block: waiting_goes_on}\n", "", "the last row must have no condition"),
        ("go: done", "go: done, mdt: waiting_goes_on", "a row has one outcome, not go, mdt"),
        ("block: waiting_goes_on", "block: waiting_gone", "unknown reason waiting_gone"),
        ("source: GUIDE}  # the limit", "source: GIDE}  # the limit", "unknown source GIDE"),
        ("  lineage:\n", "  state:\n", "state is already a built-in; choose another name"),
        ("  lineage:\n", "  limit:\n", "limit is already one of the parameters"),
        ("title: Waiting", "title: Wai\u202eting", "invisible or control character U+202E"),
        ("title: Waiting", "title: 'Waiting", "this is not YAML"),
        ("        every: 14 d\n", "", "so that nobody is forgotten here"),
        ("        every: 14 d\n", "        every: 14 d\n        times: 3\n", "nobody is forgotten"),
        ("values: [B, T], title: lineage", "values: [B], title: x, source: Y", "unknown source Y"),
        (
            "condition: {timing: early}",
            "condition: is_early",
            "round in a circle: is_early -> is_early",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line_and_cure(old: str, new: str, words: str) -> None:
    """The message names the file, the line where the mistake stands, and what to write instead."""
    assert GOOD.count(old) >= 1
    broken = GOOD.replace(old, new, 1)

    message = _refused(broken)

    assert words in message
    line = re.match(r"file\.yaml:(\d+)", message)
    assert line or "anchor" in message
    at = GOOD[: GOOD.index(old)].count("\n") + 1
    assert line is None or abs(int(line[1]) - at) <= 20


def test_every_mistake_is_reported_at_once() -> None:
    """An author mends the file in one go."""
    message = _refused(
        GOOD.replace("owner: Nobody", "ovner: Nobody").replace("title: Done", "name: Done")
    )

    assert message.count("\n") == 3
    assert "owner" in message
    assert "states.done.title" in message


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("too large", b"# " + b"x" * (256 * 1024), "larger than 256 KiB"),
        ("too deep", b"a: " + b"[" * 41 + b"]" * 41, "more than 40 levels deep"),
        ("a tower", b"a: " + b"[" * 5000, "more than 40 levels deep"),
        ("a bomb", b"a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "anchors and aliases are refused"),
        ("not UTF-8", b"title: \xff\xfe", "not UTF-8 text"),
        ("a list", b"- a\n- b\n", "a pathway is a mapping"),
        ("empty", b"", "a pathway is a mapping of fields; begin with id"),
        ("a tag", b"title: !!python/object:os.system x\n", "write plain content"),
        (
            "10,000 states",
            b"states:\n" + b"".join(b"  s%d: {}\n" % i for i in range(10_000)),
            "title",
        ),
        ("control characters", b"title: \x07\n", "invisible or control character"),
    ],
)
def test_a_hostile_file_is_refused_within_a_second(name: str, data: bytes, words: str) -> None:
    """Size, depth, aliases and encodings are checked before anything is built from them."""
    started = time.perf_counter()

    message = _refused(data)

    assert words in message
    assert name == "10,000 states" or time.perf_counter() - started < 1


def test_a_missing_file_and_a_missing_pathway_are_named() -> None:
    """The error says what there is instead."""
    with pytest.raises(NotFoundError, match=r"shipped are: .*relapsed_all"):
        load_shipped("relapsed_aml")
    with pytest.raises(NotFoundError, match="cannot be read"):
        load_file(Path("no such file.yaml"))


@pytest.mark.parametrize("pathway_id", shipped())
def test_each_shipped_pathway_is_named_like_its_file(pathway_id: str) -> None:
    """`--pathway ID` finds the file that calls itself so."""
    assert load_shipped(pathway_id).id == pathway_id


def test_the_shipped_file_says_who_reviewed_it_and_carries_the_safety_texts() -> None:
    """Not clinically signed today, and it says so; ten safety texts travel with it."""
    pathway = load_shipped("relapsed_all")

    assert pathway.reviewed.by == "not clinically signed"
    assert len(pathway.safety) == 10
    assert pathway.safety[0].startswith("Decision support for healthcare professionals")
