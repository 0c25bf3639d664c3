"""The version of an account, judged by the gateway's host."""

from __future__ import annotations

import pytest

from lpfunctions.core.platform.version import PlatformVersion, platform_version_of


@pytest.mark.parametrize(
    ("host", "version"),
    [
        ("va.faasgw.liveperson.net", PlatformVersion.V1),
        ("lo.faasgw.liveperson.net:443", PlatformVersion.V1),
        ("127.0.0.1:8080", PlatformVersion.V1),
        ("localhost", PlatformVersion.V1),
        ("fn-invocations.example", PlatformVersion.V1),
        ("function.example", PlatformVersion.V1),
        ("", PlatformVersion.V1),
        ("faasGW.fninvocations.com", PlatformVersion.V2),
        ("x.FNInvocations.liveperson.net", PlatformVersion.V2),
        ("faasUI.functions.com", PlatformVersion.V2),
        ("functions.localhost:8080", PlatformVersion.V2),
        ("eu-functions-1.liveperson.net", PlatformVersion.V2),
    ],
)
def test_v2_hosts_say_fninvocations_or_functions(host: str, version: PlatformVersion) -> None:
    assert platform_version_of(host) is version


def test_versions_are_texts() -> None:
    assert [str(version) for version in PlatformVersion] == ["v1", "v2"]
    assert PlatformVersion("v2") is PlatformVersion.V2
