"""`lpfunctions doctor`."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from lpfunctions.cli.options import AccountId, Assignments, ConfigPath, Profile, Timeout, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lpfunctions.cli.doctor.steps import Step


def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For a support ticket; without secrets.")] = False,
    config: ConfigPath = None,
    profile: Profile = None,
    account: AccountId = None,
    timeout: Timeout = None,
    assignments: Assignments = None,
) -> None:
    """Find the step at which calls fail, and what to do about it. Runs no function."""
    from lpfunctions import __version__
    from lpfunctions.cli.doctor.examination import examine
    from lpfunctions.cli.output import show_json, show_text

    steps = examine(lambda: settings_of(config, profile, account, timeout, assignments), os.environ)
    if as_json:
        show_json({"lpfunctions": __version__, "steps": [step.as_json() for step in steps]})
    else:
        show_text("".join(f"{line}\n" for step in steps for line in _lines(step)))
    raise typer.Exit(next((step.code for step in steps if step.verdict == "failed"), 0))


def _lines(step: "Step") -> "Iterator[str]":
    yield f"{step.verdict:<8} {step.name:<14} {step.problem or ''}".rstrip()
    if step.advice:
        yield f"{'':<24}-> {step.advice}"
    for name, value in step.facts.items():
        yield f"{'':<9}{name}: {value}"
