"""Options from the environment."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import AsyncClient, Client, ClientCredentials, FaaSConfigurationError, RetryPolicy
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
    ("environ", "expected_message"),
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
def test_a_variable_that_cannot_be_read_is_named(environ: dict[str, str], expected_message: str) -> None:
    with pytest.raises(FaaSConfigurationError, match=expected_message):
        from_environment({**BASE, **environ}, {})


@pytest.mark.parametrize(
    "option", ["rate_limit", "csds_http_headers", "transport", "session", "domain_resolver", "logger", "auth_strategy"]
)
def test_an_option_that_no_text_can_express_is_refused_not_ignored(option: str) -> None:
    variable = f"LPFUNCTIONS_{option.upper()}"
    expected_message = rf"^{variable} cannot be obeyed: {option} is no text, number, flag or list; pass {option}$"
    for overrides in ({}, {option: object()}):
        with pytest.raises(FaaSConfigurationError, match=expected_message):
            from_environment({**BASE, variable: "3"}, overrides)
    assert from_environment({**BASE, variable: ""}, {})["account_id"] == "123"


@pytest.mark.parametrize(
    ("variables", "policy"),
    [
        ({"RETRY": "none"}, RetryPolicy.none()),
        ({"RETRY": "default"}, RetryPolicy()),
        ({"RETRY": " At_Least_Once "}, RetryPolicy.at_least_once()),
        ({"MAX_RETRIES": "5"}, RetryPolicy(max_retries=5)),
        ({"MAX_RETRIES": "0"}, RetryPolicy.none()),
        ({"RETRY": "none", "MAX_RETRIES": "0"}, RetryPolicy.none()),
        ({"RETRY": "at_least_once", "MAX_RETRIES": "1"}, RetryPolicy(max_retries=1, retry_unknown=True)),
    ],
)
def test_retries_are_set_by_kind_and_number(variables: dict[str, str], policy: RetryPolicy) -> None:
    environ = BASE | {f"LPFUNCTIONS_{name}": text for name, text in variables.items()}
    assert from_environment(environ, {})["retry"] == policy
    assert from_environment(environ, {"retry": RetryPolicy(max_retries=9)})["retry"] == RetryPolicy(max_retries=9)


@pytest.mark.parametrize(
    ("variables", "expected_message"),
    [
        ({"RETRY": "3"}, r"^LPFUNCTIONS_RETRY must be none, default or at_least_once, not '3'$"),
        ({"MAX_RETRIES": "some"}, r"^LPFUNCTIONS_MAX_RETRIES must be a whole number, not 'some'$"),
        ({"MAX_RETRIES": "-1"}, r"^LPFUNCTIONS_MAX_RETRIES must be a whole number from 0, not -1$"),
        ({"RETRY": "none", "MAX_RETRIES": "3"}, "LPFUNCTIONS_RETRY is none, and LPFUNCTIONS_MAX_RETRIES is 3"),
    ],
)
def test_retries_that_cannot_be_are_refused(variables: dict[str, str], expected_message: str) -> None:
    with pytest.raises(FaaSConfigurationError, match=expected_message):
        from_environment(BASE | {f"LPFUNCTIONS_{name}": text for name, text in variables.items()}, {})


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("TIMOET", "TIMEOUT"),
        ("TIME_OUT", "TIMEOUT"),
        ("TIMEOUTS", "TIMEOUT"),
        ("ACOUNT_ID", "ACCOUNT_ID"),
        ("CLIENT_SECERT", "CLIENT_SECRET"),
        ("MAX_RETRYS", "MAX_RETRIES"),
        ("EMULATR", "EMULATOR"),
        ("PLATFORM_VERISON", "PLATFORM_VERSION"),
    ],
)
def test_a_name_that_is_nearly_an_option_is_refused(misspelt: str, meant: str) -> None:
    variable = f"LPFUNCTIONS_{misspelt}"
    with pytest.raises(
        FaaSConfigurationError, match=rf"^unknown variable {variable}; did you mean LPFUNCTIONS_{meant}"
    ):
        from_environment({**BASE, variable: "3"}, {})
    assert "timeout" not in from_environment({**BASE, variable: ""}, {})


OF_OTHERS = {
    "SERVICE_HOST": "10.0.0.1",
    "SERVICE_PORT": "80",
    "SERVICE_PORT_HTTP": "80",
    "PORT": "tcp://10.0.0.1:80",
    "PORT_80_TCP": "tcp://10.0.0.1:80",
    "PORT_80_TCP_PROTO": "tcp",
    "PORT_80_TCP_PORT": "80",
    "PORT_80_TCP_ADDR": "10.0.0.1",
    "EMULATOR_PORT": "tcp://10.0.0.1:8901",
    "EMULATOR_SERVICE_HOST": "10.0.0.2",
    "VERSION": "1.4",
    "BUILD": "canary-7f3a",
    "LOG_LEVEL": "debug",
    "TIMEZONE": "UTC",
    "STORE_KEY": "canary-7f3a",
    "TEST_FULL": "1",
    "PROFILE": "staging",
}


def test_what_is_no_option_is_ignored_with_a_line_for_whoever_looks(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="lpfunctions.environment"):
        environ = BASE | {f"LPFUNCTIONS_{name}": text for name, text in OF_OTHERS.items()}
        assert from_environment(environ, {}).keys() == {"account_id", "auth_strategy"}
    (line,) = caplog.records
    assert line.levelname == "DEBUG"
    named = {name.removeprefix("LPFUNCTIONS_") for name in line.getMessage().partition(": ")[2].split(", ")}
    assert named == OF_OTHERS.keys() - {"PROFILE"}
    assert "canary-7f3a" not in line.getMessage()


def test_an_environment_of_options_alone_is_worth_no_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="lpfunctions.environment"):
        from_environment(BASE, {})
    assert not caplog.records


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
