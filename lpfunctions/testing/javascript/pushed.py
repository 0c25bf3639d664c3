"""Code that comes as text through the management host, made to run."""

from __future__ import annotations

import json
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lpfunctions.testing.platform.account import Account
from lpfunctions.testing.platform.endpoints.shapes import code_of, environment_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from lpfunctions.testing.javascript.hosting import JavaScriptHosting
    from lpfunctions.testing.platform.functions.deployed import DeployedFunction


class PushedCode:
    """Writes code into folders as LivePerson's command-line tool lays them out, for Node to read."""

    def __init__(self, hosting: JavaScriptHosting) -> None:
        self._hosting = hosting

    def build(self, function: DeployedFunction, account: Account) -> Callable[[Any], Any]:
        """Return what runs the newest code of *function*.

        Raises:
            FaaSConfigurationError: Node is missing, or the code has an error of syntax.
        """
        project = Path(tempfile.mkdtemp(prefix="lpfunctions-pushed-"))
        weakref.finalize(self, shutil.rmtree, project, ignore_errors=True)
        folder = project / "functions" / function.name
        folder.mkdir(parents=True)
        (folder / "index.js").write_text(code_of(function), encoding="utf-8")
        config = {
            "name": function.name,
            "uuid": function.uuid,
            "isCompV1": function.is_comp_v1,
            "environmentVariables": environment_of(function),
        }
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        [deployed] = self._hosting.deploy_folder(project, _aside(account), ())
        return deployed.code


def _aside(account: Account) -> Account:
    """Return an account like *account* that nobody can reach: to deploy to without replacing anything."""
    aside = Account(
        account.account_id, account.platform_version, account.client_id, account.client_secret, now=account.now
    )
    aside.domains = dict(account.domains)
    return aside
