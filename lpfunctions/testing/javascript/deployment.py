"""Put a folder of functions into an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lpfunctions.core.platform.version import Generation
from lpfunctions.testing.javascript.code import JavaScriptFunction
from lpfunctions.testing.javascript.folders import read_folder

if TYPE_CHECKING:
    from pathlib import Path

    from lpfunctions.testing.javascript.folders import Described
    from lpfunctions.testing.javascript.runtime import NodeRuntime
    from lpfunctions.testing.platform.account import Account
    from lpfunctions.testing.platform.functions.deployed import DeployedFunction


def deploy_folder(folder: Path, account: Account, runtime: NodeRuntime) -> list[DeployedFunction]:
    """Deploy what *folder* holds; nothing, if one of its functions is invalid."""
    found = [(described, _code(described, account, runtime)) for described in read_folder(folder)]
    return [
        account.function(
            described.name,
            event_id=described.event_id,
            skills=described.skills,
            description=described.description,
            environment=described.environment,
            is_comp_v1=described.is_comp_v1,
            uuid=described.uuid,
        )(code)
        for described, code in found
    ]


def _code(described: Described, account: Account, runtime: NodeRuntime) -> JavaScriptFunction:
    generation = Generation.V1 if described.is_comp_v1 else account.generation
    return JavaScriptFunction(runtime, described.file, generation.value, described.environment)
