"""A range to fire at forms on: what is typed, forged and left out, and what came back wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from allpath.reviews import open_reviews
from allpath.web.site import all_routes
from tests.orchestrator.conftest import Ward
from tests.web.client import Answer, Browser
from tests.web.conftest import PASSWORD, House
from tests.web.walking import Field, Form, read, route_of, walk

SCRIPT: Final = "<script>alert(1)</script>"
FORMULA: Final = '=HYPERLINK("x")'
TEXTS: Final = {
    "a script": SCRIPT,
    "a formula": FORMULA,
    "control characters": "bell\x07escape\x1b[31m",
    "right-to-left marks": "left\u202eright\u200f",
    "a day to come": "31-Dec-2099",
    "another unit": "5 furlongs",
    "nothing": "",
    "too much for a field": "x" * 2001,
}
"""What is typed into every text field of every form, one after the other."""
FORGED: Final = ("no-such-thing", "999999999", "-1", "' OR 1=1 --")
"""What takes the place of a choice or of a hidden field, one after the other."""
REFUSALS: Final = {400, 403, 404, 405, 409, 413, 422}
FAULTS: Final = ("Traceback", "Internal Server Error", "Something went wrong here", 'File "')
PROPER: Final = {
    **dict.fromkeys(("on", "as_of", "since"), "23-Nov-2026"),
    **dict.fromkeys(("until", "remind_on", "due_on", "valid_until"), "30-Nov-2026"),
    "plan": f"site: Nowhere\nreason: {SCRIPT}\n",
    "people": f"{SCRIPT}, nurse",
    "chair": SCRIPT,
    "address": "kim@ward.example",
    "quiet": "",
    "value": "5",
    "time_zone": "UTC",
    "to": Ward.path_id,
}
"""What a field takes that is no free text, so that what is typed beside it is saved."""
WALKERS: Final = ("lead", "auditor", "admin")
"""Between them they may open every page, as a test below says."""
UNSEEN: Final = frozenset(
    {
        # Of nobody yet, and of an organisation's account: tests/web/test_organisation.
        *("POST /sign-in", "POST /admin/accounts/{name}/let-in"),
        # Of people bound to sites, and of an access that somebody opened: tests/web/test_emergency.
        *("POST /emergency", "POST /emergency/{access}/end", "POST /audit/emergency/{access}"),
        # Sent by a script, or offered where a draft is kept: tests/web/test_drafts.
        *("POST /patients/{path_id}/draft", "POST /patients/{path_id}/draft/away"),
        # Behind a choice of patients that no link makes: tests/web/test_worklist_choosing.
        *("POST /worklist/assign", "POST /worklist/snooze"),
        # Of a feed that was made, and of a form that came late: tests of theirs beside these.
        *("POST /worklist/calendar/revoke", "POST /account/stay", "POST /form-again"),
    }
)
"""Forms that a walk along the links does not come to, each tried in tests of its own."""
MOVING: Final = ("override_step", "undo_step", "confirm_step")
"""What takes a patient elsewhere comes after what is done to them where they are."""
LAST: Final = ("sign_out", "own_", "account_")
"""What ends sessions or changes accounts comes last, so that the walkers stay signed in."""
ROUTER: Final = all_routes()
FRESH: Final = frozenset({"csrf", "key", "version", "seen", "secret"})
OURS: Final = frozenset({"username"})
BIG: Final = b"reason=" + b"x" * 10 * 2**20


@dataclass
class Range:
    """The site under fire, who walks it, the forms found, and what came back wrong."""

    house: House
    people: dict[str, Browser]
    forms: dict[str, tuple[str, Form]] = field(default_factory=dict)
    shown: int = 0
    wrong: list[str] = field(default_factory=list)
    shots: int = 0
    kept: int = 0

    def firsts(self) -> list[str]:
        """The pages a walk begins at: the first one, and patients with something to be done."""
        store = self.house.allpath.store
        pending = [path.path_id for path in store.paths() if path.pending]
        found = [Ward.path_id, *open_reviews(store), *pending[:1], "P-FIRE-1"]
        found += [path.path_id for path in store.paths() if path.state == "hsct_workup"][:1]
        begin = [f"/patients/{path_id}" for path_id in dict.fromkeys(found)]
        begin += [f"/admin/accounts/{name}" for name in ("aaa-target", "admin", "lead")]
        return ["/", *begin, "/mdt", "/pathways", "/admin", "/admin/notices?show=dead"]

    def add(self, role: str, forms: Iterable[Form]) -> None:
        """Forms that were found, with who sees them; one more of the same kind is no news."""
        for form in forms:
            route = route_of(ROUTER, form.method.upper(), form.action)
            self.forms.setdefault(f"{route} {' '.join(sorted(form.fields))}", (role, form))

    def told(self, what: str, answer: Answer) -> None:
        """An answer to a shot is in words, and nothing of it is run."""
        self.shots += 1
        text = answer.body.decode(errors="replace")
        if answer.status not in REFUSALS | {200, 303}:
            self.wrong.append(f"{what}: {answer.status}")
        self.wrong += [f"{what}: says {fault}" for fault in FAULTS if fault in text]
        # What comes as a file to be kept, and is named for what it is, is opened by no browser.
        is_file = answer.header("content-disposition").startswith("attachment;")
        if SCRIPT in text and not (is_file and answer.header("x-content-type-options")):
            self.wrong.append(f"{what}: a script would run")


def look_at_every_page(made: Range) -> None:
    """Every page is opened; each form is found once, by its route and its fields."""
    for role, browser in made.people.items():
        for address, answer in walk(browser, ROUTER, made.firsts()):
            made.told(f"{role} at {address}", answer)
            made.shown += "&lt;script&gt;alert(1)" in answer.body.decode(errors="replace")
            if answer.header("content-type").startswith("text/html"):
                made.add(role, read(address, answer)[1])


def fire_at_all(made: Range, foreign: Browser, names: Iterable[str]) -> None:
    """Each form is fired at, and each that a check page brings."""
    waiting, fired = sorted(names, key=lambda name: name.startswith(MOVING)), set[str]()
    while waiting:
        name = waiting.pop(0)
        if name in fired:
            continue
        fired.add(name)
        before = set(made.forms)
        _fire(made, name, foreign)
        waiting += [each for each in made.forms if each not in before]


def _fire(made: Range, name: str, foreign: Browser) -> None:
    """Everything is typed into, forged in, left out of and poured into one form."""
    role, form = made.forms[name]
    browser = made.people[role]
    browser.get(form.page)  # so that the token is of this browser's session
    texts = [key for key, one in form.fields.items() if one.is_text and key not in OURS]
    for what, text in TEXTS.items() if texts else ():
        typed = dict.fromkeys(texts, text)
        answer = _sent(made, browser, form, typed, f"{name}, {what}")
        _kept(made, browser, answer, form, typed, f"{name}, {what}")
    for number, key in enumerate(key for key, one in form.fields.items() if _is_ours(key, one)):
        forged = {key: FORGED[number % len(FORGED)]}
        _sent(made, browser, form, forged, f"{name}, {key} forged")
    if form.method == "post":
        _sent(made, browser, form, {}, f"{name}, without a field", only=("csrf",))
        big = browser.ask("POST", form.action, BIG, headers={"sec-fetch-site": "same-origin"})
        if big.status != 413:
            made.wrong.append(f"{name}: took 10 MB with {big.status}")
        foreign.get("/")
        if form.action.startswith("/patients/"):
            answer = _sent(made, foreign, form, {}, f"{name}, of another site")
            if answer.status not in {403, 404}:
                made.wrong.append(f"{name}: another site's patient with {answer.status}")
        answer = _sent(made, Browser(made.house.site), form, {}, f"{name}, of nobody")
        if answer.status != 403:
            made.wrong.append(f"{name}: of nobody with {answer.status}")
    form = _fresh(browser, form)
    for _ in range(2):  # as somebody means it, clicked twice
        typed = {key: PROPER.get(key, SCRIPT) for key in texts}
        answer = _sent(made, browser, form, typed, f"{name}, as it is meant")
        if answer.status in {200, 409} and form.method == "post":
            made.add(role, read(form.action, answer)[1])


def _fresh(browser: Browser, form: Form) -> Form:
    """The same form as its page shows it now; as it was, where it was on an answer."""
    again = read(form.page, browser.get(form.page))[1]
    return next((each for each in again if each.action == form.action), form)


def _is_same(form: Form, other: Form) -> bool:
    """Whether two forms ask the same of the same thing."""
    marks = [key for key, one in form.fields.items() if one.kind == "hidden" and key not in FRESH]
    return (
        set(form.fields) == set(other.fields)
        and form.action == other.action
        and all(form.fields[key].value == other.fields[key].value for key in marks)
    )


def _is_ours(key: str, one: Field) -> bool:
    return key != "csrf" and one.kind in {"hidden", "select", "radio", "checkbox", "submit"}


def _sent(
    made: Range,
    browser: Browser,
    form: Form,
    typed: Mapping[str, str],
    what: str,
    *,
    only: tuple[str, ...] = (),
) -> Answer:
    """The form is sent; a first choice is made where none was, and the password is right."""
    fields = form.filled()
    for key, one in form.fields.items():
        if one.kind in {"radio", "select"} and not one.value and one.choices:
            fields[key] = next((choice for choice in one.choices if choice), "")
        if one.kind == "password":
            fields[key] = PASSWORD
    fields = {**fields, **typed, "csrf": browser.csrf}
    if only:
        fields = {key: fields[key] for key in only}
    if form.method == "get":
        query = urlencode({key: text for key, text in fields.items() if key != "csrf"})
        answer = browser.get(f"{form.action.partition('?')[0]}?{query}")
    else:
        answer = browser.send(form.action, fields)
    made.told(what, answer)
    return answer


def _kept(  # noqa: PLR0917 - what was sent, by whom, and what came back
    made: Range,
    browser: Browser,
    answer: Answer,
    form: Form,
    typed: Mapping[str, str],
    what: str,
) -> None:
    """What was typed stands in the form again, where it comes back with what is wrong."""
    if answer.status not in {409, 422} or form.method != "post":
        return
    for back in read(form.page, answer)[1]:
        if set(typed) <= set(back.fields) and back.method == "post":
            made.kept += 1
            for key, text in typed.items():
                if key != "code" and back.fields[key].value.strip() != text.strip():
                    made.wrong.append(f"{what}: {key} is not kept: {back.fields[key].value!r}")
            return
    again = read(form.page, browser.get(form.page))[1]
    if any(_is_same(form, each) for each in again):  # else there is no more to do
        made.wrong.append(f"{what}: the form does not come back")
