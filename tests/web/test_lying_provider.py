"""A provider that lies, and one that does not ask again: nobody is let in, nothing is signed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from allpath import clock
from tests.orchestrator.conftest import Ward
from tests.web.acting_desk import a_desk
from tests.web.client import Answer, Browser
from tests.web.conftest import ADMIN, House
from tests.web.provider.houses import opened, query
from tests.web.provider.lying import LIES, Answering, Liar, lying, signed, without
from workflow.accounts import SHOWN_FOR

STEP = f"/patients/{Ward.path_id}/steps/reinduction"


@pytest.fixture(scope="module")
def liar() -> Iterator[Liar]:
    """A provider on this machine that lies as it is told."""
    with lying() as found:
        yield found


@pytest.fixture(scope="module")
def deceived(liar: Liar, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house whose provider lies."""
    made = opened(tmp_path_factory.mktemp("deceived"), liar.issuer)
    yield made
    made.allpath.store.close()


def deceive(house: House, liar: Liar, browser: Browser, path: str) -> Answer:
    """Somebody leaves by the path and comes back with a code, as the liar would have it."""
    house.at = clock.now()
    sent = query(browser.get(path).goes_to)
    liar.nonce = sent["nonce"]
    return browser.get(f"/sign-in/organisation/back?code=any&state={sent['state']}")


class TestAProviderThatLies:
    """What comes back counts only when all of it is right."""

    def test_the_truth_is_let_in(self, deceived: House, liar: Liar) -> None:
        """The lies below differ from this in one thing each."""
        liar.answer = signed

        assert deceive(deceived, liar, deceived.browser(), "/sign-in/organisation").status == 303

    @pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
    def test_a_token_with_one_thing_wrong_lets_nobody_in(
        self,
        deceived: House,
        liar: Liar,
        lie: Answering,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """It is told in clear words, and the log says the kind of fault and nothing of anybody."""
        liar.answer, browser = lie, deceived.browser()

        answer = deceive(deceived, liar, browser, "/sign-in/organisation")

        assert answer.status == 422
        assert "does not count" in answer.text
        assert not browser.token
        assert "Liar" not in answer.text + caplog.text

    @pytest.mark.parametrize("at", [None, "earlier"])
    def test_a_provider_that_did_not_ask_again_vouches_for_no_signature(
        self, deceived: House, liar: Liar, at: str | None
    ) -> None:
        """Some take no notice of what they are asked; a session of this morning signs nothing."""
        liar.answer, browser = signed, deceived.browser()
        deceive(deceived, liar, browser, "/sign-in/organisation")
        liar.answer = lambda claims, key: signed(
            {**claims, "auth_time": claims["auth_time"] - 60}
            if at
            else without(claims, "auth_time"),
            key,
        )

        answer = deceive(deceived, liar, browser, "/show-who-you-are")

        assert answer.status == 403
        assert "did not ask again who you are" in answer.text


def test_a_step_is_signed_after_they_showed_who_they_are_and_not_before(tmp_path: Path) -> None:
    """What was typed stays in the form; the signature says how they showed it, for five minutes."""
    with a_desk(tmp_path) as desk:
        desk.ward.to_assessment()
        ada, accounts = desk.signed_in("ada"), desk.ward.store.accounts
        (session,) = accounts.sessions("ada")
        moved = replace(accounts.one("ada"), provider="https://login.example", subject="Ada")
        accounts.change(moved, "account_moved", ADMIN, desk.clock[0], session.token_hash)
        ada.get(STEP)

        before = ada.send(STEP, note="typed before")
        desk.clock[0] += timedelta(minutes=1)
        accounts.touch(replace(session, shown_at=desk.clock[0], seen_at=desk.clock[0]))
        desk.clock[0] += SHOWN_FOR
        late = ada.send(STEP, note="typed before")
        accounts.touch(replace(session, shown_at=desk.clock[0], seen_at=desk.clock[0]))
        done = ada.send(STEP, note="typed before")

        for refused in (before, late):
            assert refused.status == 422
            assert (
                "Show at your organisation who you are, then send this form again." in refused.words
            )
            assert refused.form(STEP)["note"] == "typed before"
            assert "password" not in refused.form(STEP)
        assert done.status == 303
        last = [e for e in desk.ward.store.journal(Ward.path_id) if e.kind == "step_confirmed"][-1]
        assert last.detail["signature"]["shown_by"] == "organisation's sign-in"
