"""Where each value is from, and what a file of the working directory may not say."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import BearerToken, ClientCredentials, FaaSConfigurationError, RetryPolicy
from lpfunctions.cli.settings.clients import authentication, client_arguments
from lpfunctions.cli.settings.files import NOT_OF_THE_WORKING_DIRECTORY
from lpfunctions.cli.settings.resolve import Flags, resolve

if TYPE_CHECKING:
    from pathlib import Path

    from lpfunctions.cli.settings.resolve import Setting, Settings


class Place:
    """A working directory, and a home with the user's own file."""

    def __init__(self, root: Path) -> None:
        self.folder, self.user = root / "work", root / "config" / "lpfunctions" / "lpfunctions.toml"
        self.folder.mkdir()
        self.user.parent.mkdir(parents=True)
        self.environ = {"XDG_CONFIG_HOME": str(root / "config"), "APPDATA": str(root / "config")}

    def work(self, text: str, name: str = "lpfunctions.toml") -> Path:
        (self.folder / name).write_text(text)
        return self.folder / name

    def resolve(self, **flags: Any) -> Settings:
        return resolve(Flags(**flags), self.folder, self.environ)

    def origin(self, name: str, **flags: Any) -> tuple[Any, str]:
        setting: Setting = self.resolve(**flags)[name]
        return setting.value, setting.origin


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_flags_win_over_variables_over_the_working_directory_over_the_users_file(place: Place) -> None:
    place.user.write_text("timeout = 1\nmax_connections = 5")
    assert place.origin("timeout") == (1, str(place.user))
    place.work("timeout = 2")
    assert place.origin("timeout") == (2, "./lpfunctions.toml")
    place.environ["LPFUNCTIONS_TIMEOUT"] = "3"
    assert place.origin("timeout") == (3.0, "variable LPFUNCTIONS_TIMEOUT")
    assert place.origin("timeout", assignments=["timeout=4"]) == (4.0, "--set")
    assert place.origin("timeout", values={"timeout": 5.0}) == (5.0, "flag")
    assert place.origin("max_connections") == (5, str(place.user))


def test_retries_are_set_by_kind_and_number_in_every_place(place: Place) -> None:
    idempotent = RetryPolicy(max_retries=5, retry_unknown=True)
    place.work('retry = "at_least_once"\nmax_retries = 5')
    assert place.origin("retry") == (idempotent, "./lpfunctions.toml")
    place.environ["LPFUNCTIONS_MAX_RETRIES"] = "1"
    assert place.origin("retry") == (RetryPolicy(max_retries=1), "variable LPFUNCTIONS_MAX_RETRIES")
    place.environ["LPFUNCTIONS_RETRY"] = "at_least_once"
    assert place.origin("retry")[1] == "variable LPFUNCTIONS_RETRY and LPFUNCTIONS_MAX_RETRIES"
    assert place.origin("retry", assignments=["max_retries=5", "retry=at_least_once"]) == (idempotent, "--set")
    assert "max_retries" not in place.resolve()


@pytest.mark.parametrize(
    ("text", "expected_message"),
    [
        ('retry = "thrice"', "./lpfunctions.toml: retry must be none, default or at_least_once, not 'thrice'"),
        ("retry = 3", "./lpfunctions.toml: retry must be a text"),
        ('max_retries = "3"', "./lpfunctions.toml: max_retries must be a whole number from 0"),
        ("max_retries = true", "./lpfunctions.toml: max_retries must be a whole number from 0"),
        ("max_retries = -1", "./lpfunctions.toml: max_retries must be a whole number from 0, not -1"),
    ],
)
def test_retries_of_a_file_that_cannot_be_are_refused(place: Place, text: str, expected_message: str) -> None:
    place.work(text)
    with pytest.raises(FaaSConfigurationError, match=f"^{re.escape(expected_message)}$"):
        place.resolve()


def test_a_profile_wins_over_what_stands_above_it_in_any_file(place: Place) -> None:
    place.user.write_text('account_id = "1"\n[profiles.staging]\naccount_id = "2"\n')
    place.work('account_id = "3"\n')
    assert place.origin("account_id") == ("3", "./lpfunctions.toml")
    assert place.origin("account_id", profile="staging") == ("2", f"{place.user} [profiles.staging]")
    place.environ["LPFUNCTIONS_PROFILE"] = "staging"
    assert place.origin("account_id")[0] == "2"


def test_a_profile_that_is_not_there_is_refused_with_those_that_are(place: Place) -> None:
    place.work("[profiles.staging]\n[profiles.production]\n")
    with pytest.raises(FaaSConfigurationError, match=r"no profile 'stagin' \(known: production, staging\)"):
        place.resolve(profile="stagin")


def test_a_table_of_pyproject_is_read_where_there_is_no_file_of_our_own(place: Place) -> None:
    place.work('[project]\nname = "x"\n[tool.lpfunctions]\ntimeout = 2\n', "pyproject.toml")
    assert place.origin("timeout") == (2, "./pyproject.toml")
    place.work("timeout = 3")
    assert place.origin("timeout") == (3, "./lpfunctions.toml")


def test_a_pyproject_of_others_says_nothing(place: Place) -> None:
    place.work('[project]\nname = "x"\n', "pyproject.toml")
    assert place.resolve() == {}


FORBIDDEN = {
    "allow_insecure": "true",
    "bearer_token_command": '"cat"',
    "bearer_token_file": '"/etc/passwd"',
    "client_secret_command": '"cat"',
    "client_secret_file": '"/etc/passwd"',
    "csds_domain": '"evil.example"',
    "emulator": '"http://127.0.0.1:1"',
    "proxy": '"http://evil.example:1"',
    "trusted_domain_suffixes": '[".example"]',
}


def test_the_list_of_what_is_forbidden_is_complete() -> None:
    assert FORBIDDEN.keys() == NOT_OF_THE_WORKING_DIRECTORY


@pytest.mark.parametrize("key", sorted(FORBIDDEN))
@pytest.mark.parametrize("name", ["lpfunctions.toml", "pyproject.toml"])
@pytest.mark.parametrize("table", ["", "profiles.p"])
def test_a_file_of_the_working_directory_may_not_say_what_leads_a_secret_elsewhere(
    key: str, name: str, table: str, place: Place
) -> None:
    tables = [*(["tool", "lpfunctions"] if name == "pyproject.toml" else []), *([table] if table else [])]
    head = f"[{'.'.join(tables)}]\n" if tables else ""
    path = place.work(f"{head}{key} = {FORBIDDEN[key]}\n", name)
    profile = "p" if table else None
    with pytest.raises(FaaSConfigurationError, match=f"^./{name} may not say {key}, because it is of the working"):
        place.resolve(profile=profile)
    assert key.replace("_command", "").replace("_file", "") in place.resolve(config=path, profile=profile)
    place.work("", name).unlink()
    place.user.write_text(f"{'[profiles.p]' if table else ''}\n{key} = {FORBIDDEN[key]}\n")
    assert place.resolve(profile=profile)


def test_the_users_own_file_is_trusted_in_its_own_folder_too(place: Place) -> None:
    place.user.write_text("allow_insecure = true")
    settings = resolve(Flags(), place.user.parent, place.environ)
    assert settings["allow_insecure"].origin == str(place.user)


def test_with_config_no_other_file_counts(place: Place) -> None:
    place.user.write_text("timeout = 1")
    place.work("max_connections = 2")
    other = place.work("keepalive_seconds = 3", "other.toml")
    assert set(place.resolve(config=other)) == {"keepalive_seconds"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            'client_secret = "s3cret"',
            "may not hold client_secret itself; name where it is, by one of client_secret_env",
        ),
        ('bearer_token = "s3cret"', "may not hold bearer_token itself"),
        ('client_secret_env = "A"\nclient_secret_file = "b"', "only one of client_secret_env, client_secret_file"),
        ("client_secret_env = 1", "client_secret_env must be a text"),
        ("timout = 1", "unknown option 'timout'; did you mean 'timeout'?"),
        ("timeout = ", "is not TOML"),
        ("profiles = 1", "profiles must be a table"),
        ("[profiles]\np = 1", "profiles.p must be a table"),
    ],
)
def test_what_a_file_may_not_say_is_refused_in_a_sentence(text: str, sentence: str, place: Place) -> None:
    place.user.write_text(text)
    with pytest.raises(FaaSConfigurationError) as refused:
        place.resolve()
    assert sentence in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_a_file_that_is_not_there_is_refused(place: Place) -> None:
    with pytest.raises(FaaSConfigurationError, match="there is no configuration"):
        place.resolve(config=place.folder / "missing.toml")


def test_a_file_that_is_no_text_is_refused(place: Place) -> None:
    place.user.write_bytes(b"\xff")
    with pytest.raises(FaaSConfigurationError, match="cannot be read"):
        place.resolve()


@pytest.mark.sockets  # commands are run
class TestSecrets:
    def secret(self, place: Place, text: str) -> str:
        place.user.write_text(f'client_id = "me"\n{text}\n')
        found = authentication(place.resolve(), place.environ)
        assert isinstance(found, ClientCredentials)
        return found.client_secret.get_secret_value()

    def test_of_a_variable(self, place: Place) -> None:
        place.environ["MINE"] = "s3cret"
        assert self.secret(place, 'client_secret_env = "MINE"') == "s3cret"

    def test_of_a_file_without_its_newline(self, place: Place) -> None:
        place.work("s3cret\n", "secret")
        assert self.secret(place, f"client_secret_file = '{place.folder / 'secret'}'") == "s3cret"

    def test_of_a_command(self, place: Place) -> None:
        command = f'"{sys.executable}" -c "print(4711)"'
        assert self.secret(place, f"client_secret_command = '{command}'") == "4711"

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ('client_secret_env = "MINE"', "variable 'MINE' has no client_secret, or an empty one"),
            ('client_secret_file = "/no/such"', "file '/no/such', which should have client_secret, cannot be read"),
            ('client_secret_command = "/no/such"', "command '/no/such', which should print client_secret, cannot be"),
            ("client_secret_command = '\"'", "cannot be run"),
            (f"client_secret_command = '{sys.executable} -c exit(3)'", "ended with exit code 3"),
        ],
    )
    def test_that_are_not_there_are_named(self, text: str, sentence: str, place: Place) -> None:
        with pytest.raises(FaaSConfigurationError) as refused:
            self.secret(place, text)
        assert sentence in str(refused.value)

    def test_none_is_read_before_a_client_is_made(self, place: Place) -> None:
        place.user.write_text('client_secret_command = "/no/such"')
        assert "/no/such" in str(place.resolve()["client_secret"].value)

    def test_a_bearer_token_serves_listings_and_whoever_has_nothing_else(self, place: Place) -> None:
        place.environ |= {"LPFUNCTIONS_BEARER_TOKEN": "b", "LPFUNCTIONS_CLIENT_SECRET": "s"}
        assert isinstance(authentication(place.resolve(), place.environ), BearerToken)
        place.environ["LPFUNCTIONS_CLIENT_ID"] = "me"
        assert isinstance(authentication(place.resolve(), place.environ), ClientCredentials)
        assert isinstance(authentication(place.resolve(), place.environ, lists=True), BearerToken)

    def test_no_credentials_at_all_are_said_with_all_ways(self, place: Place) -> None:
        with pytest.raises(FaaSConfigurationError, match="set client_id and client_secret"):
            authentication(place.resolve(), place.environ)


def test_without_an_account_all_ways_are_said(place: Place) -> None:
    with pytest.raises(FaaSConfigurationError, match="pass --account, set LPFUNCTIONS_ACCOUNT_ID"):
        client_arguments(place.resolve())


def test_an_emulator_leads_the_client_there(place: Place) -> None:
    place.user.write_text('account_id = "1"\nemulator = "http://emulator:8080"\nallow_insecure = true\n')
    arguments = client_arguments(place.resolve())
    assert (arguments["protocol"], arguments["csds_domain"]) == ("http", "emulator:8080")
    place.user.write_text('account_id = "1"\nemulator = "http://emulator:8080"\n')
    with pytest.raises(FaaSConfigurationError, match=r"emulator \(.*\) must be a loopback URL"):
        client_arguments(place.resolve())
