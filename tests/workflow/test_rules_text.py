"""Everything the rules text names by a code is in the pathway file, and nothing is missing."""

from __future__ import annotations

import re

from workflow.naming_checks import implementing_names
from workflow.pathway import Pathway

DROPPED = {"RA-15"}  # by A.12b


def _names(pathway: Pathway, sort: str) -> set[str]:
    return {
        name.partition(":")[2]
        for name in implementing_names(pathway)
        if name.startswith(f"{sort}:")
    }


def test_every_row_of_the_three_tables_is_there(rules_text: str, pathway: Pathway) -> None:
    """A-01 to A-18, RA-01 to RA-28 and HW-00 to HW-10, except the row the appendix drops."""
    wanted = set(re.findall(r"\b(?:A|RA|HW)-\d\d[a-z]?\b", rules_text))

    assert wanted - DROPPED - {f"A-{n}" for n in range(19, 30)} <= _names(pathway, "rule") | {
        "RA-09"  # named by the gate's rows
    }


def test_every_checkpoint_row_is_there(rules_text: str, pathway: Pathway) -> None:
    """Section 6 and appendix A.20."""
    wanted = set(re.findall(r"\bC-[A-Z]{2,4}-\d\b", rules_text))

    assert wanted <= _names(pathway, "checkpoint")


def test_every_warning_code_is_there(rules_text: str, pathway: Pathway) -> None:
    """Written out or abbreviated with an underscore, as section 8 lists them."""
    wanted = set(re.findall(r"\bW_[A-Z0-9_]+[A-Z0-9]\b", rules_text))

    assert wanted <= _names(pathway, "warning")


def test_every_reason_and_option_of_the_appendix_is_there(
    rules_text: str, pathway: Pathway
) -> None:
    """A.15 and A.16, to the letter."""
    reasons = rules_text.split("**A.15")[1].split("**A.16", maxsplit=1)[0]
    options = rules_text.split("**A.16")[1].split("**A.17", maxsplit=1)[0]

    assert set(re.findall(r"`([A-Za-z][\w-]{5,})`", reasons)) - {
        "missing",
        "trial_available",
    } <= set(pathway.reasons)
    assert set(re.findall(r"\b[A-Z][A-Z0-9]+_[A-Z0-9_]+[A-Z0-9]\b", options)) <= set(
        pathway.options
    ) | {"_PLUS_TKI"}


def test_every_outcome_figure_is_there(rules_text: str, pathway: Pathway) -> None:
    """As many rows as section 7 has, each with its study and source."""
    figures = rules_text.split("## 7.")[1].split("## 8.", maxsplit=1)[0]

    assert len(pathway.outcomes) == len(re.findall(r"^- \{study:", figures, re.MULTILINE))


def test_the_numbers_of_the_rules_are_parameters_with_their_units(pathway: Pathway) -> None:
    """The boundaries of section 2 and the appendix, one by one."""
    wanted = {
        "mrd_negative": ("0.0001", "1"),
        "mrd_high": ("0.001", "1"),
        "mrd_valid": ("28", "d"),
        "mrd_end_tolerance": ("7", "d"),
        "marrow_involved": ("5", "%"),
        "marrow_isolated": ("25", "%"),
        "marrow_burden_high": ("50", "%"),
        "cog_early_marrow": ("36", "mo"),
        "cog_early_iem": ("18", "mo"),
        "bfm_late_after_eot": ("6", "mo"),
        "bfm_very_early": ("18", "mo"),
        "adult_early": ("12", "mo"),
        "tisa_max_age": ("25", "a"),
        "eu_cart_adult_age": ("26", "a"),
        "us_cart_adult_age": ("18", "a"),
        "neuropathy_stop": ("2", "{grade}"),
        "ino_cycles_max": ("2", "1"),
        "day_of_discharge": ("100", "d"),
    }

    found = {name: (str(p.value), p.unit) for name, p in pathway.parameters.items()}

    assert {name: found[name] for name in wanted} == wanted
    assert all(parameter.source for parameter in pathway.parameters.values())
