"""What a step of the examination found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from lpfunctions.cli.exit_codes import OK

Verdict = Literal["ok", "warning", "failed", "skipped"]

STEPS: Final = (
    "configuration",
    "proxy",
    "dns",
    "connection",
    "tls",
    "discovery",
    "clock",
    "token",
    "gateway",
    "listing",
)
"""In the order in which a call needs them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step.

    Attributes:
        name: one of `STEPS`.
        verdict: ``ok``; ``warning``: calls work, or some do; ``failed``: calls fail here; ``skipped``: not looked at.
        problem: what is wrong, in a sentence.
        advice: what to do next.
        facts: what was seen, without secrets.
        code: the exit code of a step that failed.
    """

    name: str
    verdict: Verdict = "ok"
    problem: str | None = None
    advice: str | None = None
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    code: int = OK

    def as_json(self) -> dict[str, Any]:
        """Return plain values, without those that say nothing."""
        return {name: value for name, value in asdict(self).items() if name != "code" and value not in (None, {})}
