"""Signing in and out, and the way home."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from allpath.accounts.signing_in import Reception
from allpath.web.access import CLINICAL
from allpath.web.guard import COOKIE, SIGN_IN, cookie_of
from allpath.web.pages import page
from allpath.web.visiting import AVisit, signed_in
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
        return RedirectResponse(_inside(next), 303)
    return page(visit, "sign_in.html", "Sign in", name="", back=next, problem="")


def sign_in(
    visit: AVisit,
    name: Field = "",
    password: Field = "",
    code: Field = "",
    back: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """The session begins, under a token of its own; a wrong answer says nothing of why."""
    reception: Reception = visit.request.app.state.reception
    client = visit.request.client
    address = client.host if client else ""
    try:
        token, _ = reception.sign_in(name, password, code, address, visit.now)
    except NotPermittedError as error:
        shown = {"name": name, "back": back, "problem": str(error)}
        return page(visit, "sign_in.html", "Error: Sign in", status=422, **shown)
    answer = RedirectResponse(_inside(back), 303)
    seconds = int(LONGEST.total_seconds())
    answer.set_cookie(
        COOKIE, token, max_age=seconds, path="/", secure=True, httponly=True, samesite="strict"
    )
    return answer


def sign_out(visit: AVisit) -> Response:
    """The session is over, here and wherever its token may lie."""
    reception: Reception = visit.request.app.state.reception
    if cookie_of(visit.request.headers):
        reception.sign_out(signed_in(visit), visit.now)
    answer = RedirectResponse(SIGN_IN, 303)
    answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
    return answer


def _inside(address: str) -> str:
    """An address of ours, never one of somebody else's site."""
    is_ours = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if is_ours and address.isprintable() else "/"
