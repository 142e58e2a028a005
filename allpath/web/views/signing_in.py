"""Signing in and out, and the way home."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from allpath.accounts.organisation import Organisation
from allpath.accounts.signing_in import Reception
from allpath.web.access import CLINICAL
from allpath.web.guard import COOKIE, SIGN_IN, cookie_of
from allpath.web.pages import Visit, page
from allpath.web.visiting import AVisit, address_of, signed_in
from workflow.accounts import LONGEST
from workflow.errors import NotPermittedError

Field = Annotated[str, Form(max_length=300)]


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/livez", livez, methods=["GET"])
    router.add_api_route("/", home, methods=["GET"])
    router.add_api_route(SIGN_IN, sign_in_page, methods=["GET"])
    router.add_api_route(SIGN_IN, sign_in, methods=["POST"])
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


def sign_in(
    visit: AVisit,
    name: Field = "",
    password: Field = "",
    code: Field = "",
    back: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """The session begins, under a token of its own; a wrong answer says nothing of why."""
    reception: Reception = visit.request.app.state.reception
    try:
        token, _ = reception.sign_in(name, password, code, address_of(visit), visit.now)
    except NotPermittedError as error:
        return sign_in_form(visit, name, back, str(error))
    return let_in(token, back)


def sign_in_form(
    visit: Visit, name: str, back: str, problem: str, field: str = "password"
) -> Response:
    """The page with both ways in; `field` is where the problem stands, if there is one."""
    there: Organisation | None = visit.request.app.state.organisation
    return page(
        visit,
        "sign_in.html",
        "Error: Sign in" if problem else "Sign in",
        status=422 if problem else 200,
        name=name,
        back=back,
        problem=problem,
        field=field,
        organisation=there.name if there else "",
    )


def let_in(token: str, back: str) -> Response:
    """The browser keeps the token of its session and goes on to where it was going."""
    answer = RedirectResponse(inside(back), 303)
    seconds = int(LONGEST.total_seconds())
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
