"""docs/configuration.md has a row for every option and variable that there is, and none that there is not."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple, get_args

from lpfunctions import ClientConfig, RetryPolicy
from lpfunctions.cli import options as flags
from lpfunctions.wiring.env import OPTION_NAMES, PREFIX, VARIABLES
from lpfunctions.wiring.options import Parts

DOCUMENT = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text()


class Row(NamedTuple):
    option: str
    variable: str
    command: str
    default: str
    meaning: str


def rows() -> list[Row]:
    lines = [line for line in DOCUMENT.splitlines() if line.startswith("| `")]
    return [Row(*(cell.strip() for cell in line.strip("|").split("|"))) for line in lines]


TABLE = {row.option.strip("`"): row for row in rows()}
PLAIN = {option.name: option for option in fields(ClientConfig)}
PARTS = {part.name for part in fields(Parts)} | {"auth_strategy"}


def test_every_plain_option_has_a_row() -> None:
    assert TABLE.keys() >= PLAIN.keys()
    assert all(f"`{name}`" in DOCUMENT for name in PARTS)


def test_every_variable_has_a_row_and_every_row_its_variable() -> None:
    inexpressible = {name.upper() for name in PARTS | (PLAIN.keys() - set(OPTION_NAMES))}
    documented = {row.variable.strip("`") for row in TABLE.values() if row.variable}
    assert documented == {PREFIX + name for name in VARIABLES - inexpressible}
    assert all(row.variable in {"", f"`{PREFIX}{name.upper()}`"} for name, row in TABLE.items())


def test_the_defaults_are_those_of_the_options() -> None:
    policy = RetryPolicy()
    expected = {name: str(option.default) for name, option in PLAIN.items()}
    expected |= {"max_retries": str(policy.max_retries), "retry": "default"}
    shown = {name: row.default.strip("`") for name, row in TABLE.items() if row.default}
    assert shown.items() <= expected.items()
    numbers = {name for name, option in PLAIN.items() if isinstance(option.default, (int, float))}
    assert shown.keys() >= numbers


def test_the_flags_are_those_of_the_command() -> None:
    # typer keeps the first name as the default, until the command is made.
    known = {
        get_args(option)[1].default for option in (flags.AccountId, flags.Timeout, flags.Profile, flags.Assignments)
    }
    named = {flag for row in TABLE.values() for flag in re.findall(r"--[a-z]+", row.command)}
    assert named == known
    assert all(row.command for name, row in TABLE.items() if name in OPTION_NAMES)
