"""The generation of an account, judged by the gateway's host."""

from __future__ import annotations

import pytest

from lpfunctions.core.platform.version import Generation, generation_of


@pytest.mark.parametrize(
    ("host", "generation"),
    [
        ("va.faasgw.liveperson.net", Generation.V1),
        ("lo.faasgw.liveperson.net:443", Generation.V1),
        ("127.0.0.1:8080", Generation.V1),
        ("localhost", Generation.V1),
        ("fn-invocations.example", Generation.V1),
        ("function.example", Generation.V1),
        ("", Generation.V1),
        ("faasGW.fninvocations.com", Generation.V2),
        ("x.FNInvocations.liveperson.net", Generation.V2),
        ("faasUI.functions.com", Generation.V2),
        ("functions.localhost:8080", Generation.V2),
        ("eu-functions-1.liveperson.net", Generation.V2),
    ],
)
def test_v2_hosts_say_fninvocations_or_functions(host: str, generation: Generation) -> None:
    assert generation_of(host) is generation


def test_generations_are_texts() -> None:
    assert [str(generation) for generation in Generation] == ["v1", "v2"]
    assert Generation("v2") is Generation.V2
