"""Every page in every state worth a look: who sees it, and what they did before."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qs, urlsplit

from allpath.accounts.signing_in import Reception
from allpath.emergencies import begin
from allpath.figures.catalogue import FIGURES
from allpath.sites import set_plan_text
from allpath.web.guard import COOKIE
from tests.conftest import NOW
from tests.web.act_sights import at, at_the_second_signature, linked, meanwhile, pressed, then
from tests.web.browsing import Seat
from tests.web.organisation_sights import SEEN, another_person
from tests.web.serving import PASSWORD, Served
from workflow.accounts import Account
from workflow.outbox import Recipient
from workflow.records import Actor
from workflow.rehearsal import with_parameters

STATES: Final = (
    *("referred", "assessment", "reinduction", "response_assessment", "consolidation"),
    *("maintenance", "hsct_workup", "hsct", "cart_apheresis", "cart_bridging", "cart_infusion"),
    *("fu_chemo", "fu_hsct", "fu_cart", "relapse_next", "supportive", "lost", "transferred"),
    *("withdrawn", "dead"),
)


@dataclass(frozen=True)
class Sight:
    """One page in one state: `role` is who looks, nobody where empty; `state` is a patient's."""

    name: str
    role: str
    path: str
    status: int = 200
    state: str = ""
    after: Callable[[Served, Seat], None] | None = None

    def seen(self, site: Served, seat: Seat) -> int:
        """The page is opened as this person would; answers the status."""
        if self.role:
            seat.open("/sign-in")
            with site.next_code() if self.role == "admin" else nullcontext("") as code:
                seat.sign_in(self.role, code=code)
            seat.page.wait_for_load_state()
        seat.problems.clear()
        patient = site.patients()[self.state] if self.state else ""
        status = seat.open(self.path.replace("{patient}", patient))
        if self.after is not None:
            self.after(site, seat)
        return status


def _wrong_password(_site: Served, seat: Seat) -> None:
    seat.sign_in("coordinator", "not the password of anybody")


def _no_name(_site: Served, seat: Seat) -> None:
    with seat.page.expect_navigation():
        seat.page.get_by_role("button", name="Add account").click()


def _at_the_organisation(site: Served, seat: Seat) -> None:
    """Somebody who came from the organisation's sign-in, and goes where the page was to lead."""
    accounts = site.allpath.store.accounts
    found = accounts.of_provider("https://login.example", "kim")
    if found is None:
        kim = Account("kim", "Dr Kim Sample", "clinician", (), "", "", site.at, site.at)
        found = replace(kim, provider="https://login.example", subject="kim")
        accounts.add(found, Actor("the organisation's sign-in", "service"))
    token, _ = Reception(accounts).enter(found, site.at)
    way = parse_qs(urlsplit(seat.page.url).query)["next"][0]
    secure = site.url.replace("http:", "https:")  # else a browser takes no secure cookie by hand
    seat.page.context.add_cookies(
        [{"name": COOKIE, "value": token, "url": secure, "httpOnly": True, "secure": True}]
    )
    seat.open(way)


def _no_password(_site: Served, seat: Seat) -> None:
    with seat.page.expect_navigation():
        seat.page.get_by_role("button", name="Change password").click()


def _no_meeting(_site: Served, seat: Seat) -> None:
    with seat.page.expect_navigation():
        seat.page.get_by_role("button", name="Call the meeting").click()


def _follow(text: str) -> Callable[[Served, Seat], None]:
    """The first link of that text is followed."""

    def follow(_site: Served, seat: Seat) -> None:
        with seat.page.expect_navigation():
            seat.page.get_by_role("link", name=text).first.click()

    return follow


def _nothing_decided(site: Served, seat: Seat) -> None:
    _follow("Record the decision")(site, seat)
    with seat.page.expect_navigation():
        seat.page.get_by_role("button", name="Record the decision").click()


def _no_patient(_site: Served, seat: Seat) -> None:
    with seat.page.expect_navigation():
        seat.page.get_by_role("button", name="Enrol patient").click()


def _a_similar_name(site: Served, seat: Seat) -> None:
    known = site.allpath.store.person(min(site.patients().values()))
    seat.page.get_by_label("Family name").fill(known.family_name)
    seat.page.get_by_label("Given names").fill(known.given_name)
    seat.page.get_by_label("Hospital number (MRN)").fill("9998888")
    _no_patient(site, seat)


def _searched(_site: Served, seat: Seat) -> None:
    seat.page.get_by_label("Name or number").fill("test")
    with seat.page.expect_navigation():
        seat.page.get_by_role("button", name="Search").click()


def ask_emergency(site: Served, seat: Seat) -> None:
    """A patient of another site is opened by their number."""
    person = site.allpath.store.person(site.patients()["response_assessment"])
    seat.page.get_by_label("The patient's number").fill(next(iter(person.identifiers.values())))
    seat.page.get_by_label("On call for the other site").check()
    seat.page.get_by_label("What has happened").fill("fever, and nobody answers there")
    seat.page.get_by_label("Your password").fill(PASSWORD)
    with seat.page.expect_navigation():
        seat.page.get_by_role("button", name="Open this patient").click()


def _look_at_emergency(site: Served, seat: Seat) -> None:
    store = site.allpath.store
    if not any(each.reviewed is None for each in store.emergencies.every()):
        bound = store.accounts.one("bound")
        person = store.person(site.patients()["assessment"])
        asked = (next(iter(person.identifiers.values())), "on_call", "fever, nobody answers there")
        begin(site.allpath, bound, Actor(bound.display, bound.role, "bound"), asked, site.at)
    seat.page.reload()
    with seat.page.expect_navigation():
        seat.page.get_by_role("link", name="Say what you found").first.click()


def _nobody_looks(site: Served, seat: Seat) -> None:
    site.at += timedelta(minutes=10)
    seat.page.reload()
    site.at -= timedelta(minutes=10)


def _press(button: str, **typed: str) -> Callable[[Served, Seat], None]:
    """Fields are filled in by their names, and the button is pressed."""

    def press(_site: Served, seat: Seat) -> None:
        for name, text in typed.items():
            seat.page.locator(f"[name={name}]").fill(text)
        with seat.page.expect_navigation():
            seat.page.get_by_role("button", name=button, exact=True).click()

    return press


def _told(site: Served, seat: Seat) -> None:
    """Somebody is told, a calendar is in use, and the pages of both are as they then are."""
    store, keeper = site.allpath.store, Actor("Ada Admin", "admin")
    if not store.recipients.every():
        lea = Recipient("", "Dr Lea Lead", "lead", "email", "lea@ward.example", digest=True)
        store.recipients.add(lea, keeper, NOW)
        store.feeds.new_feed("ward-3", "0" * 64, "", keeper, NOW)
    seat.page.reload()


def _planned(site: Served, seat: Seat) -> None:
    """A site has a plan, and its page is opened."""
    if not site.allpath.store.site_plans():
        lead = Actor("Dr Lea Lead", "lead")
        set_plan_text(site.allpath, _PLAN.encode(), "the plan", lead, NOW)
    seat.open("/sites/plan?site=North")


def _plan_tried(site: Served, seat: Seat) -> None:
    _planned(site, seat)
    typed = _PLAN.replace("[saturday, sunday]", "[sunday]")
    _press("Check what it would change", plan=typed)(site, seat)


def _plan_refused(site: Served, seat: Seat) -> None:
    _planned(site, seat)
    _press("Check what it would change", plan="site: North\nholiday: never\n")(site, seat)


def _recipient_shown(site: Served, seat: Seat) -> None:
    _told(site, seat)
    seat.open("/admin/recipients/R-1")


def _test_refused(site: Served, seat: Seat) -> None:
    _recipient_shown(site, seat)
    _press("Send a test")(site, seat)


def _check(_site: Served, seat: Seat) -> None:
    seat.page.get_by_label("Void it").check()
    seat.page.get_by_label("Why").fill("entered for the wrong patient")
    with seat.page.expect_navigation():
        seat.page.get_by_role("button", name="Check before saving").click()


def _rehearse(site: Served, seat: Seat) -> None:
    version = site.allpath.orchestrator.library.for_new_paths("relapsed_all").content_hash
    seat.page.get_by_label("To try").select_option(version)
    seat.page.get_by_label("With another number").select_option("marrow_isolated")
    seat.page.get_by_label("Its value").fill("70 %")
    with seat.page.expect_navigation():
        seat.page.get_by_role("button", name="Rehearse").click()


def _open_version(site: Served, seat: Seat) -> None:
    version = site.allpath.orchestrator.library.for_new_paths("relapsed_all").content_hash
    seat.open(f"/pathways/{version}")


def _compare(site: Served, seat: Seat) -> None:
    library = site.allpath.orchestrator.library
    old = library.for_new_paths("relapsed_all")
    new = with_parameters(old, {"marrow_isolated": "20 %"}).model_copy(update={"version": "2"})
    with site.allpath.store.begin() as transaction:
        library.keep(transaction, new, NOW)
    seat.open(f"/pathways/{new.content_hash}/compared?old={old.content_hash}")


def _suppose(_site: Served, seat: Seat) -> None:
    for fact in ("organ_function", "marrow_response"):
        seat.page.get_by_label("Which fact").select_option(fact)
        with seat.page.expect_navigation():
            seat.page.get_by_role("button", name="Suppose", exact=True).click()
        seat.page.locator(f"[name=value][value={_VALUES[fact]}]").check()
        with seat.page.expect_navigation():
            seat.page.get_by_role("button", name="Suppose this value").click()


_PLAN: Final = """site: North
reason: agreed at the MDT of the ward
working_days:
  weekend: [saturday, sunday]
  holidays: [2026-12-25, 2026-12-26, 2027-01-01]
remind_every: 2 d
"""
_RECORD: Final = "/record?fact=organ_function"
_RECORDED: Final = {
    "value": "inadequate",
    "on": "23-Nov-2026",
    "status": "final",
    "source": "letter",
}
_CHECKED: Final = pressed("Check before saving")
_OVERRIDE: Final = "/steps/response_assessment/override"
_OVERRIDDEN: Final = {"code": "mdt_judgement", "reason": "the MDT decided so", "password": PASSWORD}
_FACT: Final = "/patients/{patient}/facts/5/correct"
_WHAT_IF: Final = "/patients/{patient}/what-if"
_VALUES: Final = {"organ_function": "inadequate", "marrow_response": "M3"}


def _first_two(seat: Seat, act: str) -> None:
    for box in seat.page.locator("tbody input").all()[:2]:
        box.check()
    with seat.page.expect_navigation():
        seat.page.locator(f"button[value={act}]").click()


def _assign(_site: Served, seat: Seat) -> None:
    _first_two(seat, "assign")


def _snooze_of_the_past(_site: Served, seat: Seat) -> None:
    _first_two(seat, "snooze")
    seat.page.fill("#until", "01-Jan-2020")
    with seat.page.expect_navigation():
        seat.page.get_by_role("button", name="Snooze").click()


def _on_paper(_site: Served, seat: Seat) -> None:
    _first_two(seat, "print")


def _assigned(site: Served, seat: Seat) -> None:
    _assign(site, seat)
    seat.page.fill("#other", "Ward 3 nurses")
    seat.page.fill("#reason", "Round")
    with seat.page.expect_navigation():
        seat.page.get_by_role("button", name="Assign").click()


def _save_without_a_name(_site: Served, seat: Seat) -> None:
    seat.page.get_by_text("Save this view").click()
    with seat.page.expect_navigation():
        seat.page.get_by_role("button", name="Save view").click()


SIGHTS: Final = (
    Sight("sign-in", "", "/sign-in"),
    Sight("sign-in-refused", "", "/sign-in", after=_wrong_password),
    *(Sight(f"sign-in-{name}", "", "/sign-in", after=after) for name, after in SEEN.items()),
    Sight("worklist", "coordinator", "/worklist"),
    Sight("worklist-filtered", "coordinator", "/worklist?due=overdue"),
    Sight("worklist-empty", "coordinator", "/worklist?by=mine"),
    Sight("worklist-chosen-assign", "coordinator", "/worklist", after=_assign),
    Sight("worklist-chosen-done", "coordinator", "/worklist", after=_assigned),
    Sight("worklist-chosen-snooze", "coordinator", "/worklist", after=_snooze_of_the_past),
    Sight("worklist-chosen-paper", "coordinator", "/worklist", after=_on_paper),
    Sight("worklist-view-refused", "coordinator", "/worklist?due=week", after=_save_without_a_name),
    Sight("worklist-all-chosen", "coordinator", "/worklist?choose=all"),
    Sight("worklist-views", "coordinator", "/worklist/views"),
    Sight("worklist-calendar", "coordinator", "/worklist/calendar"),
    Sight("patient-assign", "coordinator", "/patients/{patient}/assign", state="assessment"),
    Sight("worklist-nobody-looks", "coordinator", "/worklist", after=_nobody_looks),
    *(
        Sight(
            f"patient-{state}",
            "clinician",
            "/patients/{patient}",
            state=state,
        )
        for state in STATES
    ),
    Sight("your-account", "clinician", "/account"),
    Sight("your-password", "clinician", "/account/password"),
    Sight("your-password-refused", "clinician", "/account/password", after=_no_password),
    Sight("your-second-factor", "clinician", "/account/second-factor"),
    Sight("your-account-organisation", "", "/account", after=_at_the_organisation),
    Sight("show-who-you-are", "", "/show-who-you-are/done", after=_at_the_organisation),
    Sight(
        "show-who-you-are-another",
        "",
        "/account",
        after=then(_at_the_organisation, another_person),
    ),
    Sight(
        "sign-at-organisation",
        "",
        "/patients/{patient}/steps/lost",
        state="assessment",
        after=_at_the_organisation,
    ),
    *(Sight(f"cohort-{name}", "viewer", f"/cohort/{name}") for name in FIGURES),
    Sight("correct", "coordinator", _FACT, state="assessment"),
    Sight("correct-check", "coordinator", _FACT, state="assessment", after=_check),
    Sight("move", "coordinator", _FACT.replace("correct", "move"), state="assessment"),
    Sight("fact", "viewer", _FACT.removesuffix("/correct"), state="assessment"),
    Sight("pause", "coordinator", "/patients/{patient}/pause", state="reinduction"),
    Sight("what-if", "viewer", _WHAT_IF, state="response_assessment", after=_suppose),
    Sight("pathways", "viewer", "/pathways"),
    Sight("pathway", "lead", "/pathways", after=_open_version),
    Sight("pathway-compared", "lead", "/pathways", after=_compare),
    Sight("rehearsal", "lead", "/rehearsal", after=_rehearse),
    Sight("mdt", "coordinator", "/mdt"),
    Sight("mdt-refused", "coordinator", "/mdt", after=_no_meeting),
    Sight("mdt-meeting", "clinician", "/mdt/M-1"),
    Sight("mdt-attendance", "coordinator", "/mdt/M-1/attendance"),
    Sight("mdt-decision", "clinician", "/mdt/M-1", after=_follow("Record the decision")),
    Sight("mdt-decision-refused", "clinician", "/mdt/M-1", after=_nothing_decided),
    *(
        Sight(f"mdt-{name}", "clinician", "/mdt/M-1", after=_follow(text))
        for name, text in (
            ("decision-changed", "Change the decision"),
            ("step", "See the step"),
            ("off", "Take off the agenda"),
            ("action", "Add an action"),
            ("outcome", "Say whether it was done"),
        )
    ),
    Sight("mdt-put", "coordinator", "/mdt", after=_follow("Put on an agenda")),
    Sight("enrol", "coordinator", "/enrol"),
    Sight("enrol-refused", "coordinator", "/enrol", after=_no_patient),
    Sight("enrol-similar", "coordinator", "/enrol", after=_a_similar_name),
    Sight("patients", "coordinator", "/search"),
    Sight("patients-found", "coordinator", "/search", after=_searched),
    Sight("emergency", "bound", "/emergency"),
    Sight("emergency-open", "bound", "/emergency", after=ask_emergency),
    Sight("emergency-not-needed", "clinician", "/emergency"),
    Sight("emergency-audit", "auditor", "/audit", after=_look_at_emergency),
    Sight("help", "coordinator", "/help"),
    Sight("help-before-sign-in", "", "/help"),
    Sight("cohort", "viewer", "/cohort"),
    Sight("variances", "lead", "/variances"),
    Sight("audit", "auditor", "/audit"),
    Sight("history", "viewer", "/patients/{patient}/history", state="reinduction"),
    Sight("home", "admin", "/"),
    Sight("admin", "admin", "/admin"),
    Sight("admin-refused", "admin", "/admin", after=_no_name),
    Sight("admin-account", "admin", "/admin/accounts/viewer"),
    Sight("admin-doctor", "admin", "/admin/doctor", after=_press("Look now")),
    Sight("admin-recipients-none", "admin", "/admin/recipients"),
    Sight("admin-recipients", "admin", "/admin/recipients", after=_told),
    Sight("admin-recipient", "admin", "/admin/recipients", after=_recipient_shown),
    Sight(
        "admin-recipient-refused",
        "admin",
        "/admin/recipients/new",
        after=_press("Tell them from now on", address="lea"),
    ),
    Sight(
        "admin-recipient-test-refused",
        "admin",
        "/admin/recipients",
        after=_test_refused,
    ),
    Sight("admin-notices", "admin", "/admin/notices?show=all"),
    Sight("admin-calendars", "admin", "/admin/calendars", after=_told),
    # Names the parts that are installed, which are others on another machine.
    Sight("admin-installation", "admin", "/admin/installation"),
    Sight("sites", "admin", "/sites", after=_planned),
    Sight("site-plan", "lead", "/sites", after=_planned),
    Sight("site-plan-check", "lead", "/sites", after=_plan_tried),
    Sight("site-plan-refused", "lead", "/sites", after=_plan_refused),
    Sight("not-for-you", "admin", "/worklist", 403),
    Sight("nothing-here", "coordinator", "/nowhere", 404),
    Sight("unreadable", "coordinator", "/worklist?page=x", 422),
    *(
        Sight(f"act-{name}", role, "/worklist", after=after)
        for name, role, after in (
            ("record", "coordinator", at("/record")),
            ("record-fact", "coordinator", at("/record?fact=organ_function")),
            ("record-refused", "coordinator", then(at(_RECORD, on="tomorrow"), _CHECKED)),
            ("record-check", "coordinator", then(at(_RECORD, **_RECORDED), _CHECKED)),
            (
                "record-changed",
                "coordinator",
                then(at(_RECORD, **_RECORDED), meanwhile, _CHECKED),
            ),
            ("step", "clinician", linked("/steps/")),
            ("step-refused", "clinician", then(linked("/steps/"), pressed("Sign and confirm"))),
            (
                "step-changed",
                "clinician",
                then(
                    linked("/steps/", reason="treated abroad", password=PASSWORD),
                    meanwhile,
                    pressed("Sign and confirm"),
                ),
            ),
            ("override", "clinician", at(_OVERRIDE)),
            ("override-refused", "clinician", then(at(_OVERRIDE), pressed("Sign override"))),
            (
                "override-changed",
                "clinician",
                then(at(_OVERRIDE, **_OVERRIDDEN), meanwhile, pressed("Sign override")),
            ),
            ("countersign", "director", at_the_second_signature),
            (
                "countersign-refused",
                "director",
                then(at_the_second_signature, pressed("Sign second")),
            ),
            ("undo", "clinician", at("/undo")),
            ("undo-refused", "clinician", then(at("/undo"), pressed("Sign undo"))),
            ("review", "clinician", linked("/reviews/")),
            ("review-refused", "clinician", then(linked("/reviews/"), pressed("Sign and close"))),
            ("checkpoint", "coordinator", linked("/checkpoints/")),
            (
                "checkpoint-refused",
                "coordinator",
                then(linked("/checkpoints/"), pressed("Save")),
            ),
            ("contact", "coordinator", at("/contact")),
            ("contact-refused", "coordinator", then(at("/contact"), pressed("Save"))),
            (
                "contact-changed",
                "coordinator",
                then(at("/contact", agreed="comes on Friday"), meanwhile, pressed("Save")),
            ),
            ("pause-refused", "coordinator", then(at("/pause"), pressed("Pause reminders"))),
        )
    ),
)
"""A new page brings its rows; they are looked at wide, narrow, with axe and as pictures."""
