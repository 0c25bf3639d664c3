"""LivePerson's toolbelt and the libraries beside it run inside functions, unmodified."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from lpfunctions.testing import FakePlatform
from tests.interop.lpf.tool import PACKAGE
from tests.interop.peers import node
from tests.support.javascript import write

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.external, pytest.mark.xdist_group("interoperability")]

CODE = """
const {Toolbelt} = require('lp-faas-toolbelt');
const lodash = require('lodash'), {DateTime} = require('luxon'), jsonwebtoken = require('jsonwebtoken');
const OAuth = require('oauth-1.0a'), jsforce = require('jsforce');

async function lambda(input, callback) {
  const http = Toolbelt.HTTPClient();
  callback(null, {
    secret: (await Toolbelt.SecretClient().readSecret('mine')).value,
    gateway: await Toolbelt.lazyInitCsdsClient().get('faasGW'),
    services: (await http(`https://api.liveperson.net/api/account/${process.env.BRAND_ID}/service/baseURI.json?version=1.0`,
      {method: 'GET', json: true})).baseURIs.map(({service}) => service),
    unlisted: (await http('https://example.invalid/')).statusCode,
    blocked: await http('https://listed.invalid/').catch(error => error.message),
    libraries: [lodash.chunk([1, 2], 1), DateTime.fromMillis(0).toUTC().year, jsonwebtoken.sign({}, 'k').length > 0,
      typeof OAuth, typeof jsforce.Connection],
  });
}
"""


def test_a_function_uses_the_toolbelt_and_what_the_platform_ships(tmp_path: Path) -> None:
    assert node() is not None, "Node is missing; functions cannot run"
    assert PACKAGE.is_dir(), "the tool is not installed; run: make external"
    # As `lpf init` lays it out; npm would fill this folder with what the tool has itself, too.
    shutil.copytree(PACKAGE / "bin" / "example" / "bin", tmp_path / "bin")
    (tmp_path / "bin" / "lp-faas-toolbelt" / "node_modules").symlink_to(PACKAGE.parent, target_is_directory=True)
    write(tmp_path, "f", CODE)
    settings = {"secrets": [{"key": "mine", "value": "s3cret"}], "whitelist": ["listed.invalid"]}
    (tmp_path / "functions" / "settings.json").write_text(json.dumps(settings))

    with FakePlatform(platform_version="v1") as platform, platform.client() as client:
        (function,) = platform.deploy_folder(tmp_path)
        found = client.invoke(lambda_uuid=function.uuid)
        assert found.status == 200, function.logs

    assert found.body["secret"] == "s3cret"
    assert found.body["gateway"] == platform.account.domains["faasGW"]
    assert {"faasGW", "faasUI", "sentinel"} <= set(found.body["services"])
    assert found.body["unlisted"] == 403  # by the toolbelt itself
    assert found.body["blocked"] == "fetch failed"
    assert found.body["libraries"] == [[[1], [2]], 1970, True, "function", "function"]
    blocked = [entry.message for entry in function.logs if entry.level == "debug"]
    assert blocked[-1].startswith("connect EACCES listed.invalid:443")
