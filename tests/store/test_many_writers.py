"""Several programs at once: web, commands and scheduler share one store."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from storage.chain import verify_chain
from storage.engine import open_store
from tests import postgresql
from tests.store.acts import enrolment, person
from tests.store.conftest import Place
from workflow.errors import ConflictError

pytestmark = pytest.mark.campaign

WRITERS, COMMITS = 8, 50
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts writers in processes of their own; those still running at the end are stopped."""
    with ExitStack() as writers:

        def start_one(*words: str) -> subprocess.Popen[str]:
            writer = subprocess.Popen(
                [sys.executable, "-W", "error", "-m", "tests.store.writer", *words],
                cwd=Path(__file__).parents[2],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            writers.enter_context(writer)
            writers.callback(writer.kill)
            return writer

        yield start_one


@pytest.fixture(params=["file", "server"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a file that does not exist yet, or of an empty store on a server."""
    if request.param == "file":
        yield f"sqlite:///{tmp_path / 'allpath.db'}"
        return
    with postgresql.fresh() as name:
        url = postgresql.server().url(name, postgresql.APPLICATION)
        yield url.render_as_string(hide_password=False)


def said(writer: subprocess.Popen[str], line: str = "") -> str:
    """What the writer said until its end, after it was told a line."""
    answer, _ = writer.communicate(line, timeout=60)
    assert writer.returncode == 0
    return answer.strip()


def test_of_two_processes_on_one_path_one_wins_and_the_other_is_told(
    url: str, start: Start
) -> None:
    """Two clinicians decide on the same view; the second one decides again."""
    store = open_store(url)
    with store.begin() as transaction:
        transaction.write(enrolment())
    racers = [start("race", url, "P-1") for _ in range(2)]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"

    answers = sorted(said(racer, "go\n") for racer in racers)

    assert answers[0].startswith("lost: step confirmed, assessment to reinduction, by Dr Ada")
    assert answers[1] == "won"
    assert store.case("P-1").path.version == 2
    assert verify_chain(store) == []
    store.close()


def test_everything_that_many_processes_were_told_is_kept_is_kept(url: str, start: Start) -> None:
    """They start at once, a file not even being there yet, and none starves or loses a commit."""
    writers = [start("enrol", url, str(number), str(COMMITS)) for number in range(WRITERS)]

    answers = [said(writer) for writer in writers]

    store = open_store(url)
    assert answers == [str(COMMITS)] * WRITERS
    assert [path.version for path in store.paths()] == [COMMITS] * WRITERS
    assert verify_chain(store) == []
    store.close()


def test_of_two_requests_under_one_key_the_second_gets_the_first_ones_answer(place: Place) -> None:
    """A double click reaches two threads at the same moment, and still acts once."""
    store = place.open()
    asked, done = threading.Event(), threading.Event()
    told: list[object] = []

    def click_again() -> None:
        asked.wait(10)
        with store.begin() as transaction:
            told.append(transaction.answered("Cora Coordinator", "key-1"))
        done.set()

    second = threading.Thread(target=click_again)
    second.start()
    with store.begin() as transaction:
        assert transaction.answered("Cora Coordinator", "key-1") is None
        asked.set()
        is_done_too_soon = done.wait(0.2)
        transaction.write(enrolment())
    second.join()

    assert not is_done_too_soon
    assert told == [enrolment().answered]
    store.close()


def test_two_who_enrol_one_patient_at_the_same_moment_make_one_path(place: Place) -> None:
    """Neither sees the other's patient yet; the second is told, and nobody is enrolled twice."""
    store = place.open()
    asked = threading.Event()

    def enrol_again() -> str:
        asked.wait(10)
        try:
            with store.begin() as transaction:
                transaction.write(enrolment(2, person=replace(person(1), path_id="P-2")))
        except ConflictError as error:
            return str(error)
        return "enrolled"

    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(enrol_again)
        with store.begin() as transaction:
            transaction.write(enrolment())
            asked.set()
            wait([second], timeout=0.2)
        said = second.result(10)

    assert "already enrolled" in said
    assert [path.path_id for path in store.paths()] == ["P-1"]
    store.close()
