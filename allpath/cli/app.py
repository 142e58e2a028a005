"""The command tree. A command's module is loaded when it is used, so that help comes at once."""

from __future__ import annotations

import errno
import json
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from allpath import problems

CARE: Final = "Care"
LOOK: Final = "Look"
RULES: Final = "Pathways"
HOUSE: Final = "Housekeeping"

DOORS: Final[dict[str, tuple[str, str, str]]] = {
    "enrol": ("allpath.cli.enrol", CARE, "Enrol a patient on a pathway."),
    "patient": ("allpath.cli.patient", CARE, "List and show patients, change their settings."),
    "fact": ("allpath.cli.fact", CARE, "Record, list and correct what is known of a patient."),
    "step": ("allpath.cli.step", CARE, "See what is recommended and why, confirm, countersign."),
    "checkpoint": (
        "allpath.cli.checkpoint",
        CARE,
        "What is expected by when; waive, snooze, acknowledge.",
    ),
    "review": ("allpath.cli.review", CARE, "Past decisions that a correction would change."),
    "mdt": ("allpath.cli.mdt", CARE, "MDT meetings: agenda, decisions and actions."),
    "contact": ("allpath.cli.contact", CARE, "Record what was agreed with a patient."),
    "variance": ("allpath.cli.variance", LOOK, "Steps taken against the recommendation, and why."),
    "worklist": ("allpath.cli.worklist", LOOK, "Who needs what today, most pressing first."),
    "cohort": ("allpath.cli.cohort", LOOK, "How many patients are in which state, also then."),
    "history": ("allpath.cli.history", LOOK, "What happened to a patient's path, and who did it."),
    "decide": ("allpath.cli.decide", LOOK, "Decide cases from a file, without a database."),
    "what-if": ("allpath.cli.whatif", LOOK, "Suppose a fact and see what would be recommended."),
    "replay": ("allpath.cli.replay", LOOK, "Decide everybody under another version; no change."),
    "pathway": ("allpath.cli.pathway", RULES, "Show, prove, draw, publish, migrate pathways."),
    "site": ("allpath.cli.site", RULES, "Working days and operational times of a site."),
    "serve": ("allpath.cli.serve", HOUSE, "Serve the pages."),
    "user": ("allpath.cli.user", HOUSE, "Who may sign in to the pages, and in which role."),
    "worker": ("allpath.cli.worker", HOUSE, "Look for what is due, all day and night."),
    "health": ("allpath.cli.health", HOUSE, "Whether somebody looks; exit 7 when nobody does."),
    "sweep": ("allpath.cli.sweep", HOUSE, "Mark checkpoints that are due, overdue or escalated."),
    "notice": ("allpath.cli.notice", HOUSE, "Who was told of what, and telling it now."),
    "import": ("allpath.imports.cli", HOUSE, "Enrol patients from a registry's file."),
    "demo": ("allpath.cli.demo", HOUSE, "Fill a fresh database with made-up patients."),
    "audit": ("allpath.cli.audit", HOUSE, "Who did and saw what; prove nothing was rewritten."),
    "doctor": ("allpath.cli.doctor", HOUSE, "Check this installation and its database."),
    "db": ("allpath.cli.db", HOUSE, "Upgrade the database, or see how it stands."),
}


class FrontDoor(TyperGroup):
    """Knows every command by name and help; loads it when it is called, and answers for errors."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - whatever typer hands on
        super().__init__(**attributes)
        for name, (module, panel, about) in DOORS.items():
            if find_spec(module) is not None:
                self.add_command(TyperCommand(name, help=about, rich_help_panel=panel))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - typer's own click
        """The real command in place of its stand-in."""
        if args and args[0] in self.commands and args[0] in DOORS:
            module = import_module(DOORS[args[0]][0])
            self.add_command(typer.main.get_command(module.app), args[0])
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's own click
        """The command's answer; an error becomes one sentence and its exit code."""
        wants_json = "--json" in ctx.args
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort):
            raise
        except typer.BadParameter as error:
            raise typer.Exit(_usage(error, ctx, wants_json=wants_json)) from None
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            raise typer.Exit(_fail(error, wants_json=wants_json)) from None
        except Exception as error:  # noqa: BLE001 - whatever it is, people get a sentence
            if _is_usage(error):
                raise typer.Exit(_usage(error, ctx, wants_json=wants_json)) from None
            raise typer.Exit(_fail(error, wants_json=wants_json)) from None


def _is_usage(error: Exception) -> bool:
    return hasattr(error, "format_message") and hasattr(error, "exit_code")


def _usage(error: Any, ctx: Any, *, wants_json: bool) -> int:  # noqa: ANN401 - typer's own click
    where = getattr(error, "ctx", None) or ctx
    message = str(error.format_message()).strip()
    if not message:  # a group called without a command: its help says what there is
        typer.echo(where.get_help(), err=True)
        return problems.USAGE
    if message.startswith("Got unexpected extra argument"):  # which may be part of a name
        message = "More was typed than belongs here; put quotes around a text of several words"
    sentence = f"{message.rstrip('.')}. See `{where.command_path} --help`."
    return _fail(problems.UsageError(sentence), wants_json=wants_json)


def _fail(error: BaseException, *, wants_json: bool) -> int:
    if wants_json:
        typer.echo(json.dumps(problems.answer(error), ensure_ascii=False), err=True)
    else:
        typer.echo(f"allpath: {problems.text(error)}", err=True)
    code = problems.exit_code(error)
    if code == problems.UNEXPECTED and os.environ.get("ALLPATH_DEBUG", "") not in {"", "0"}:
        traceback.print_exception(error, file=sys.stderr)
    return code


app = typer.Typer(
    name="allpath",
    cls=FrontDoor,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - the shape typer asks of a callback
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - only asked for here

        typer.echo(f"allpath {version('allpath')}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Carry patients with relapsed acute lymphoblastic leukaemia along their care path.

    Allpath recommends; a named person decides. It does not diagnose, prescribe, dose or order, and
    it is not a medical device.

    Example: `allpath worklist`
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    app(arguments, prog_name="allpath")
