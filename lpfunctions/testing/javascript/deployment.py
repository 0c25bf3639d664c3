"""Put a folder of functions into an account."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.platform.hosts import csds_host, host_name
from lpfunctions.core.platform.version import PlatformVersion
from lpfunctions.testing.javascript.code import JavaScriptFunction
from lpfunctions.testing.javascript.definition import Definition
from lpfunctions.testing.javascript.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lpfunctions.core.http.messages import HttpRequest, HttpResponse
    from lpfunctions.testing.javascript.folders import Described
    from lpfunctions.testing.platform.account import Account
    from lpfunctions.testing.platform.functions.deployed import DeployedFunction

_LONGEST_CODE: Final = 100_000
_keys = itertools.count()


class Deployment:
    """One deployment of a folder to an account."""

    def __init__(
        self,
        described: Sequence[Described],
        account: Account,
        handle: Callable[[HttpRequest], HttpResponse],
        allow_hosts: tuple[str, ...],
    ) -> None:
        """Read the code; *handle* is the platform of *account*.

        Raises:
            FaaSConfigurationError: some is longer than the platform takes.
        """
        self._described = described
        self._account = account
        self._handle = handle
        self._allow_hosts = allow_hosts
        self._definitions = [self._definition(each) for each in described]
        self.project: Project = Project(self._definitions[0].folder)

    def deploy(self) -> list[DeployedFunction]:
        """Deploy all; nothing, if one of them is invalid.

        Raises:
            FaaSConfigurationError: one has an error of syntax, or Node is missing.
        """
        self.project.check(self._definitions)
        return [self._deployed(*pair) for pair in zip(self._described, self._definitions, strict=True)]

    def _deployed(self, described: Described, definition: Definition) -> DeployedFunction:
        return self._account.function(
            described.name,
            event_id=described.event_id,
            skills=described.skills,
            description=described.description,
            environment=described.environment,
            is_comp_v1=described.is_comp_v1,
            uuid=described.uuid,
            sample_payload=described.sample_payload,
        )(JavaScriptFunction(self.project, definition))

    def _definition(self, described: Described) -> Definition:
        source = described.file.read_text(encoding="utf-8")
        if len(source) > _LONGEST_CODE:
            raise FaaSConfigurationError(
                f"{described.file} has more than {_LONGEST_CODE} characters; the platform refuses that"
            )
        return Definition(
            key=next(_keys),
            file=described.file.resolve(),
            source=source,
            version=(PlatformVersion.V1 if described.is_comp_v1 else self._account.platform_version).value,
            environment=described.environment | self._reserved(described),
            allow_hosts=self._allow_hosts,
            platform_hosts=tuple(sorted(map(host_name, self._account.known_hosts))),
            handle=self._handle,
        )

    def _reserved(self, described: Described) -> dict[str, str]:
        """Return the variables that the platform sets, by which LivePerson's toolbelts know where they are."""
        account_id = self._account.account_id
        uuid = described.uuid or self._account.functions.uuid_of(described.name)
        return {
            "BRAND_ID": account_id,
            "LAMBDA_UUID": uuid,
            "X_LIVEPERSON_BRAND_ID": account_id,
            "X_LIVEPERSON_CSDS_DOMAIN": csds_host(account_id),
            "X_LIVEPERSON_FUNCTION_UUID": uuid,
            "X_LIVEPERSON_PROJECT_ID": account_id,
        }
