"""Folders of functions, as LivePerson's CLI lays them out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from lpfunctions.core.errors import FaaSConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

_CODE: Final = "index.js"
_CONFIG: Final = "config.json"
_NO_EVENT: Final = frozenset({"", "No Event"})


class Described(NamedTuple):
    """One function of a folder.

    Attributes:
        name: unique in its account.
        event_id: what it listens to, or None.
        description: for listings.
        skills: if any, it listens only to calls for one of these.
        environment: its variables.
        uuid: as configured, or None.
        is_comp_v1: is it V1 code that runs on V2?
        sample_payload: what LivePerson's CLI would invoke it with; None for nothing in particular.
        file: its code.
    """

    name: str
    event_id: str | None
    description: str
    skills: tuple[str, ...]
    environment: dict[str, str]
    uuid: str | None
    is_comp_v1: bool
    sample_payload: object
    file: Path


def read_folder(folder: Path) -> Iterator[Described]:
    """Read ``functions/<name>/index.js`` and ``config.json`` under *folder*, or of *folder* itself.

    Raises:
        FaaSConfigurationError: there are none, or a configuration cannot be read.
    """
    root = folder / "functions" if (folder / "functions").is_dir() else folder
    files = sorted(root.glob(f"*/{_CODE}"))
    if not files:
        raise FaaSConfigurationError(f"there is no <name>/{_CODE} under {root}")
    for file in files:
        yield _described(file)


def _described(file: Path) -> Described:
    config = _config(file.with_name(_CONFIG))
    event = config.get("event") or config.get("eventId") or ""
    return Described(
        name=str(config.get("name") or file.parent.name),
        event_id=None if event in _NO_EVENT else str(event),
        description=str(config.get("description") or ""),
        skills=tuple(map(str, config.get("skills") or ())),
        environment=_environment(config.get("environmentVariables") or {}),
        uuid=config.get("uuid") or None,
        is_comp_v1=bool(config.get("isCompV1")),
        sample_payload=_sample(config.get("input")),
        file=file,
    )


def _sample(given: Any) -> object:
    """Return the payload of ``input``, which the CLI creates with ``{}``."""
    return cast("dict[str, Any]", given).get("payload") or None if isinstance(given, dict) else None


def _config(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as broken:
        raise FaaSConfigurationError(f"{path} is no JSON: {broken}") from None
    if not isinstance(config, dict):
        raise FaaSConfigurationError(f"{path} must hold an object")
    return cast("dict[str, Any]", config)


def _environment(variables: Any) -> dict[str, str]:
    """Read a mapping, or the list of ``{key, value}`` that older versions of the CLI write."""
    if isinstance(variables, list):
        pairs = cast("list[dict[str, Any]]", variables)
        variables = {pair.get("key", ""): pair.get("value", "") for pair in pairs}
    return {str(name): str(value) for name, value in cast("dict[str, Any]", variables).items() if name}
