"""Options from the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import AsyncClient, Client, ClientCredentials, FaaSConfigurationError
from lpfunctions.wiring.env import from_environment

if TYPE_CHECKING:
    from pathlib import Path

BASE = {
    "LPFUNCTIONS_ACCOUNT_ID": "123",
    "LPFUNCTIONS_CLIENT_ID": "id",
    "LPFUNCTIONS_CLIENT_SECRET": "secret",
}


@pytest.mark.parametrize(
    ("variable", "text", "option", "value"),
    [
        ("TIMEOUT", "7.5", "timeout", 7.5),
        ("CONNECT_TIMEOUT", "2", "connect_timeout", 2.0),
        ("TIMEOUT", "inf", "timeout", float("inf")),
        ("MAX_CONNECTIONS", "5", "max_connections", 5),
        ("FAIL_ON_ERROR_STATUS_CODE", "true", "fail_on_error_status_code", True),
        ("TRUST_ENV", "0", "trust_env", False),
        ("PLATFORM_VERSION", "v2", "platform_version", "v2"),
        ("PROXY", "http://p:1", "proxy", "http://p:1"),
        ("TRUSTED_DOMAIN_SUFFIXES", ".a.com, .b.com", "trusted_domain_suffixes", (".a.com", ".b.com")),
        ("JWT_REFRESH_AFTER_MINUTES", "5", "jwt_refresh_after_minutes", 5.0),
    ],
)
def test_scalar_options_are_read_by_their_type(variable: str, text: str, option: str, value: object) -> None:
    assert from_environment({**BASE, f"LPFUNCTIONS_{variable}": text}, {})[option] == value


def test_credentials_come_from_variables_or_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from-file\n")
    by_file = {**BASE, "LPFUNCTIONS_CLIENT_SECRET": "", "LPFUNCTIONS_CLIENT_SECRET_FILE": str(secret)}

    for environ, expected in ((BASE, "secret"), (by_file, "from-file")):
        credentials = from_environment(environ, {})["auth_strategy"]
        assert isinstance(credentials, ClientCredentials)
        assert credentials.client_secret.get_secret_value() == expected


def test_overrides_win_and_none_does_not_count() -> None:
    arguments = from_environment({**BASE, "LPFUNCTIONS_TIMEOUT": "7"}, {"timeout": 8, "account_id": None})
    assert arguments["timeout"] == 8
    assert arguments["account_id"] == "123"


def test_an_emulator_url_leads_the_client_there() -> None:
    arguments = from_environment({**BASE, "LPFUNCTIONS_EMULATOR": "http://127.0.0.1:8080"}, {})
    assert (arguments["protocol"], arguments["csds_domain"]) == ("http", "127.0.0.1:8080")


EMULATOR_ELSEWHERE = {**BASE, "LPFUNCTIONS_EMULATOR": "http://emulator:8080"}


@pytest.mark.parametrize(
    ("environ", "overrides"), [({"LPFUNCTIONS_ALLOW_INSECURE": "true"}, {}), ({}, {"allow_insecure": True})]
)
def test_an_emulator_may_be_on_another_machine_where_that_network_is_said_to_be_safe(
    environ: dict[str, str], overrides: dict[str, object]
) -> None:
    arguments = from_environment({**EMULATOR_ELSEWHERE, **environ}, overrides)
    assert (arguments["protocol"], arguments["csds_domain"]) == ("http", "emulator:8080")
    assert arguments["trusted_domain_suffixes"] == ("emulator",)


@pytest.mark.parametrize("overrides", [{}, {"allow_insecure": False}])
def test_an_emulator_on_another_machine_is_refused_otherwise(overrides: dict[str, object]) -> None:
    with pytest.raises(FaaSConfigurationError, match="set allow_insecure if that network is safe"):
        from_environment(EMULATOR_ELSEWHERE, overrides)


@pytest.mark.parametrize(
    ("environ", "complaint"),
    [
        ({"LPFUNCTIONS_ACCOUNT_ID": ""}, "set LPFUNCTIONS_ACCOUNT_ID"),
        ({"LPFUNCTIONS_CLIENT_SECRET": ""}, "set LPFUNCTIONS_CLIENT_ID and LPFUNCTIONS_CLIENT_SECRET"),
        ({"LPFUNCTIONS_CLIENT_SECRET": "", "LPFUNCTIONS_CLIENT_SECRET_FILE": "/no/such"}, "names '/no/such'"),
        ({"LPFUNCTIONS_TIMEOUT": "soon"}, "LPFUNCTIONS_TIMEOUT must be a number"),
        ({"LPFUNCTIONS_MAX_CONNECTIONS": "1.5"}, "LPFUNCTIONS_MAX_CONNECTIONS must be a whole number"),
        ({"LPFUNCTIONS_TRUST_ENV": "perhaps"}, "LPFUNCTIONS_TRUST_ENV must be true or false"),
        ({"LPFUNCTIONS_EMULATOR": "http://example.com:80"}, "LPFUNCTIONS_EMULATOR must be a loopback URL"),
        ({"LPFUNCTIONS_EMULATOR": "127.0.0.1:80"}, "LPFUNCTIONS_EMULATOR must be a loopback URL"),
    ],
)
def test_a_variable_that_cannot_be_read_is_named(environ: dict[str, str], complaint: str) -> None:
    with pytest.raises(FaaSConfigurationError, match=complaint):
        from_environment({**BASE, **environ}, {})


@pytest.mark.parametrize(
    "option", ["retry", "csds_http_headers", "transport", "session", "domain_resolver", "logger", "auth_strategy"]
)
def test_an_option_that_no_text_can_express_is_refused_not_ignored(option: str) -> None:
    variable = f"LPFUNCTIONS_{option.upper()}"
    complaint = rf"^{variable} cannot be obeyed: {option} is no text, number, flag or list; pass {option}$"
    for overrides in ({}, {option: object()}):
        with pytest.raises(FaaSConfigurationError, match=complaint):
            from_environment({**BASE, variable: "3"}, overrides)
    assert from_environment({**BASE, variable: ""}, {})["account_id"] == "123"


def test_variables_that_are_no_options_are_not_ours_to_judge() -> None:
    assert from_environment({**BASE, "LPFUNCTIONS_BUILD": "7", "RETRY": "3"}, {}).keys() == {
        "account_id",
        "auth_strategy",
    }


@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_both_clients_read_the_environment(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, text in {**BASE, "LPFUNCTIONS_TIMEOUT": "9"}.items():
        monkeypatch.setenv(variable, text)

    assert client.from_env().config.timeout == 9
    assert client.from_env(timeout=3).config.timeout == 3
