"""Signing in and out, and the way home."""

from __future__ import annotations

from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Form
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from allpath.accounts.organisation import Organisation
from allpath.accounts.signing_in import Reception
from allpath.web.access import CLINICAL
from allpath.web.carrying import FORM_AGAIN, LARGEST, Carried
from allpath.web.guard import COOKIE, SIGN_IN, cookie_of
from allpath.web.pages import Visit, page
from allpath.web.showing_again import is_of, shown_again
from allpath.web.visiting import AVisit, address_of, signed_in
from workflow.accounts import LONGEST
from workflow.errors import NotPermittedError, RefusedError

Field = Annotated[str, Form(max_length=300)]


def _carried(
    to: Annotated[str, Form(max_length=2000)] = "",
    of: Field = "",
    of_csrf: Field = "",
    typed: Annotated[str, Form(max_length=LARGEST)] = "",
) -> Carried:
    return Carried(inside(to), of, of_csrf, typed)


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/livez", livez, methods=["GET"])
    router.add_api_route("/", home, methods=["GET"])
    router.add_api_route(SIGN_IN, sign_in_page, methods=["GET"])
    router.add_api_route(SIGN_IN, sign_in, methods=["POST"])
    router.add_api_route(FORM_AGAIN, form_again, methods=["POST"])
    router.add_api_route("/sign-out", sign_out, methods=["POST"])


def livez() -> Response:
    """The process answers; whether anybody looks for what is due is told by `allpath health`."""
    return PlainTextResponse("alive")


def home(visit: AVisit) -> Response:
    """Whoever sees patients begins with the worklist."""
    if signed_in(visit).account.role in CLINICAL:
        return RedirectResponse("/worklist", 303)
    return page(visit, "home.html", "Welcome")


def sign_in_page(visit: AVisit, next: str = "") -> Response:  # noqa: A002 - the word in the address
    """The form; somebody who has signed in already goes on."""
    if visit.who is not None:
        return RedirectResponse(inside(next), 303)
    return sign_in_form(visit, "", next, "")


async def sign_in(
    visit: AVisit,
    *,
    name: Field = "",
    password: Field = "",
    code: Field = "",
    back: Annotated[str, Form(max_length=2000)] = "",
    form: Carried = Depends(_carried),  # noqa: B008 - how the framework is told
) -> Response:
    """The session begins, under a token of its own; a wrong answer says nothing of why.

    A form that had come too late is shown again to whoever it was of, and to nobody else.
    """
    reception: Reception = visit.request.app.state.reception
    given = (name, password, code, address_of(visit), visit.now)
    try:
        token, who = await run_sync(lambda: reception.sign_in(*given))
    except NotPermittedError as error:
        told = str(error)
        late = form if form.of else None
        return await run_sync(lambda: sign_in_form(visit, name, back, told, late=late))
    if not form.of or not await run_sync(is_of, reception, who, form):
        return let_in(token, back)
    return let_in(token, back, await shown_again(visit, who, form))


async def form_again(
    visit: AVisit,
    form: Carried = Depends(_carried),  # noqa: B008 - how the framework is told
) -> Response:
    """A form of an earlier session is shown again to its author, who has signed in meanwhile.

    It changes nothing, and shows nothing to anybody whose it was not.
    """
    reception: Reception = visit.request.app.state.reception
    if visit.who is None:
        told, late = "Sign in first; the form is still on this page.", form if form.of else None
        return await run_sync(lambda: sign_in_form(visit, "", "", told, field="name", late=late))
    if not await run_sync(is_of, reception, visit.who, form):
        raise RefusedError("This form is not of an earlier session of yours.")
    return await shown_again(visit, visit.who, form)


def sign_in_form(
    visit: Visit,
    name: str,
    back: str,
    problem: str,
    *,
    field: str = "password",
    late: Carried | None = None,
) -> Response:
    """The page with both ways in; `field` is where the problem stands, if there is one.

    `late` is a form that came after its session had ended; the page takes it along.
    """
    there: Organisation | None = visit.request.app.state.organisation
    title = "Your session has ended" if late and not problem else "Sign in"
    return page(
        visit,
        "sign_in.html",
        f"Error: {title}" if problem else title,
        status=422 if problem else 403 if late else 200,
        name=name,
        back=back,
        problem=problem,
        field=field,
        late=late,
        organisation=there.name if there else "",
    )


def let_in(token: str, back: str, answer: Response | None = None) -> Response:
    """The browser keeps the token of its session and goes on to where it was going."""
    answer = answer or RedirectResponse(inside(back), 303)
    # Twice as long as any session: a form that comes too late is still known to be of somebody.
    seconds = int(2 * LONGEST.total_seconds())
    # Lax, not strict: whoever comes back from the organisation's sign-in, or follows a link in an
    # e-mail, would else be asked who they are in spite of their session. It opens nothing: what
    # changes anything is a form of ours with the session's token, and no other site can send one.
    answer.set_cookie(
        COOKIE, token, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax"
    )
    return answer


def sign_out(visit: AVisit) -> Response:
    """The session is over, here and wherever its token may lie."""
    reception: Reception = visit.request.app.state.reception
    if cookie_of(visit.request.headers):
        reception.sign_out(signed_in(visit), visit.now)
    answer = RedirectResponse(SIGN_IN, 303)
    answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return answer


def inside(address: str) -> str:
    """An address of ours, never one of somebody else's site."""
    is_ours = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if is_ours and address.isprintable() else "/"
