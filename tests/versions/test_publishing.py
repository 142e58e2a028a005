"""A version is published by two people, never changes, and takes new paths until it is retired."""

from __future__ import annotations

import pytest

from tests.cli.conftest import COORDINATOR, LEAD, Desk
from tests.versions.conftest import APPROVER, AUTHOR, RENAMED, newer, publish, signed

pytestmark = pytest.mark.campaign


def test_the_author_and_another_person_publish_a_version(desk: Desk) -> None:
    """Between the two signatures it waits, and new patients are not yet enrolled on it."""
    file = newer(desk.folder, RENAMED)

    waiting = desk.ask("pathway", "publish", str(file), "--actor", AUTHOR)
    before = desk.ask("patient", "show", desk.enrol())
    approved = desk.ask("pathway", "approve", "relapsed_all", "9.0.0", "--actor", APPROVER)
    after = desk.ask("patient", "show", desk.enrol(mrn="2"))

    assert (waiting["status"], approved["status"]) == ("waiting", "published")
    assert [item["kind"] for item in approved["signatures"]] == ["published", "approved"]
    assert "9.0.0" not in str(before)
    assert "9.0.0" in str(after)


@pytest.mark.parametrize("name", ["Dr Ada Sample", "ada  SAMPLE", "Prof Ada Sample"])
def test_the_author_cannot_approve(desk: Desk, name: str) -> None:
    """Two signatures of one person are one signature; exit code 6."""
    signed(desk, newer(desk.folder))

    answer = desk.run("pathway", "approve", "relapsed_all", "9.0.0", "--actor", f"{name}:lead")

    assert answer.code == 6
    assert "must be another person's" in answer.err


def test_a_coordinator_does_not_approve(desk: Desk) -> None:
    """Rules of care are approved by those who answer for care."""
    signed(desk, newer(desk.folder))

    answer = desk.run("pathway", "approve", "relapsed_all", "9.0.0", "--actor", COORDINATOR)

    assert answer.code == 6


def test_a_published_version_never_changes(desk: Desk, published: str) -> None:
    """The same number with other content is refused with the cure; exit code 5."""
    other = newer(desk.folder, ("title: Relapsed", "title: Other relapsed"))

    answer = desk.run("pathway", "publish", str(other), "--actor", AUTHOR)

    assert answer.code == 5
    assert "Raise the version in the file" in answer.err
    assert [i["hash"] for i in desk.ask("pathway", "list") if i["version"] == "9.0.0"] == [
        published
    ]


def test_a_file_with_a_mistake_is_not_signed(desk: Desk) -> None:
    """What `pathway check` refuses nobody can sign; exit code 4."""
    file = newer(desk.folder, ("start: referred", "start: refered"))

    answer = desk.run("pathway", "publish", str(file), "--actor", AUTHOR)

    assert answer.code == 4
    assert all(item["version"] != "9.0.0" for item in desk.ask("pathway", "list"))


def test_a_version_that_is_not_proved_is_not_signed(desk: Desk) -> None:
    """A row that treats unknown as no is found before anybody meets it; exit code 4."""
    file = newer(
        desk.folder,
        ("when: {pregnancy: positive}, mdt", "when: {recorded: {pregnancy: positive}}, mdt"),
    )

    answer = desk.run("pathway", "publish", str(file), "--actor", AUTHOR)

    assert answer.code == 4
    assert "is not proved" in answer.err
    assert "nothing was signed" in answer.err
    assert all(item["version"] != "9.0.0" for item in desk.ask("pathway", "list"))


def test_signing_twice_is_refused(desk: Desk, published: str) -> None:
    """A version is approved once, and it is said how it stands."""
    assert published
    again = desk.run("pathway", "approve", "relapsed_all", "9.0.0", "--actor", LEAD)
    author = desk.run("pathway", "publish", str(newer(desk.folder, RENAMED)),
                      "--actor", LEAD)  # fmt: skip

    assert (again.code, author.code) == (4, 4)
    assert "is published" in again.err
    assert "is published already" in author.err


def test_a_version_nobody_published_is_not_found(desk: Desk) -> None:
    """Exit code 3, and which there are."""
    answer = desk.run("pathway", "approve", "relapsed_all", "8", "--actor", APPROVER)

    assert answer.code == 3


def test_a_retired_version_takes_no_new_paths_and_keeps_those_on_it(desk: Desk) -> None:
    """Its patients go on as before; the next one is enrolled on the version before it."""
    publish(desk, newer(desk.folder, version="9.0.0"))
    publish(desk, newer(desk.folder, version="9.1.0"), "9.1.0")
    first = desk.enrol()
    retire = ("pathway", "retire", "relapsed_all", "9.1.0", "--actor", LEAD)

    unsaid = desk.run(*retire, "--reason", " ")
    desk.ask(*retire, "--reason", "a mistake in a threshold")
    second = desk.enrol(mrn="2")

    assert unsaid.code == 4
    assert "9.1.0" in str(desk.ask("patient", "show", first))
    assert desk.record(first, "identity_checked=yes").code == 0
    assert "9.0.0" in str(desk.ask("patient", "show", second))
    listed = {item["version"]: item for item in desk.ask("pathway", "list")}
    assert (listed["9.1.0"]["status"], listed["9.1.0"]["paths"]) == ("retired", 1)
    assert (listed["9.0.0"]["status"], listed["9.0.0"]["paths"]) == ("published", 1)


def test_an_enrolment_on_a_draft_says_so_beside_the_answer(desk: Desk) -> None:
    """Nobody takes an unsigned file for a signed one."""
    person = ("--family", "Sample", "--given", "Sam", "--actor", COORDINATOR)

    on_draft = desk.run("enrol", *person, "--identifier", "mrn=1")
    publish(desk, newer(desk.folder))
    on_published = desk.run("enrol", *person, "--identifier", "mrn=2")

    assert "is a draft: nobody has published it" in on_draft.err
    assert "draft" not in on_published.err
