"""Payloads to start from: those that clients have sent, and those of a function's own configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from pydantic_core import from_json, to_json

from lpfunctions.testing.status_page.invocation import function_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lpfunctions.testing.platform import Account, RecordedRequest

_LONGEST: Final = 2000
_SHOWN: Final = 3


class Sample(NamedTuple):
    """A payload for one function, or for one event.

    Attributes:
        target: the `function_key`, or account and event.
        label: where it is from, and how it begins.
        payload: JSON, laid out.
    """

    target: str
    label: str
    payload: str


def samples_of(accounts: Mapping[str, Account], records: Sequence[RecordedRequest]) -> list[Sample]:
    """Return samples for the functions and events of *accounts*, those of the newest of *records* first."""
    found: dict[tuple[str, str], Sample] = {}
    for sample in (*_sent(accounts, records), *_configured(accounts)):
        is_one_too_many = sum(target == sample.target for target, _ in found) >= _SHOWN
        if not is_one_too_many and len(sample.payload) <= _LONGEST:
            found.setdefault((sample.target, sample.payload), sample)
    return list(found.values())


def first_sample(samples: Sequence[Sample], target: str) -> str:
    """Return the payload to start with for *target*."""
    return next((sample.payload for sample in samples if sample.target == target), "{}")


def _sent(accounts: Mapping[str, Account], records: Sequence[RecordedRequest]) -> Iterator[Sample]:
    for record in records:
        if record.kind == "invoke" and record.account_id in accounts and len(record.body) <= _LONGEST:
            target = function_key(record.account_id, record.event_id or record.functions[0])
            yield from _sample(target, f"#{record.number}", record.body)


def _configured(accounts: Mapping[str, Account]) -> Iterator[Sample]:
    for account in accounts.values():
        for function in account.functions:
            if function.sample_payload is not None:
                for target in filter(None, (function.uuid, function.event_id)):
                    yield _of(
                        function_key(account.account_id, target), f"config of {function.name}", function.sample_payload
                    )


def _sample(target: str, source: str, body: bytes) -> Iterator[Sample]:
    try:
        fields: Any = from_json(body)
    except ValueError:
        return
    if isinstance(fields, dict) and "payload" in fields:
        yield _of(target, source, cast("dict[str, Any]", fields)["payload"])


def _of(target: str, source: str, payload: object) -> Sample:
    brief = to_json(payload).decode()
    return Sample(target, f"{source}: {brief if len(brief) <= 40 else brief[:39] + '…'}", _laid_out(payload))


def _laid_out(payload: object) -> str:
    return to_json(payload, indent=2).decode()
