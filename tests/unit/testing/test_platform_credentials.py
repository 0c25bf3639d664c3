"""What the platform demands of DPoP proofs and OAuth 1.0 signatures, and what its tokens can be made to be like."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import jwt
import pytest

from lpfunctions.core.http.messages import HttpRequest
from lpfunctions.testing import FakePlatform
from lpfunctions.testing.platform.auth.dpop import thumbprint
from tests.support.signatures import Prover, escape, sign, signature_base

URL = "https://va.fninvocations.liveperson.net/api/account/12345678/events/e/isImplemented"
NOW = 1_700_000_000.0


class Hands:
    def now(self) -> float:
        return NOW


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform(clock=Hands())


def ask(platform: FakePlatform, headers: dict[str, str], url: str = URL) -> tuple[int, str | None]:
    status = platform.handle(HttpRequest("GET", url, headers)).status
    return status, platform.requests[-1].remark


# -- DPoP --


@pytest.fixture
def prover() -> Prover:
    return Prover(lambda: NOW)


def test_a_token_with_a_good_proof_opens_the_gateway(platform: FakePlatform, prover: Prover) -> None:
    token = platform.issue_token(dpop_key=prover.jwk)
    proof = prover.prove(URL, "GET", token)
    assert ask(platform, {"Authorization": f"DPoP {token}", "DPoP": proof}, f"{URL}?skillId=7") == (200, None)


def test_a_users_token_needs_a_proof_too_when_it_comes_as_dpop(platform: FakePlatform, prover: Prover) -> None:
    platform.add_bearer("users")
    assert ask(platform, {"Authorization": "DPoP users"})[0] == 401
    assert ask(platform, {"Authorization": "DPoP users", "DPoP": prover.prove(URL, "GET", "users")})[0] == 200


def test_a_proof_is_good_once(platform: FakePlatform, prover: Prover) -> None:
    token = platform.issue_token(dpop_key=prover.jwk)
    headers = {"Authorization": f"DPoP {token}", "DPoP": prover.prove(URL, "GET", token)}
    assert ask(platform, headers)[0] == 200
    assert ask(platform, headers) == (401, "jti is missing, or was used before")


def test_a_bound_token_is_no_bearer(platform: FakePlatform, prover: Prover) -> None:
    token = platform.issue_token(dpop_key=prover.jwk)
    assert ask(platform, {"Authorization": f"Bearer {token}"})[0] == 401


@pytest.mark.parametrize(
    ("change", "remark"),
    [
        ({"htm": "get"}, "htm is not the method"),
        ({"htm": "POST"}, "htm is not the method"),
        ({"htu": f"{URL}?skillId=7"}, "htu is not the URL"),
        ({"htu": URL.replace("https", "http")}, "htu is not the URL"),
        ({"ath": "x"}, "ath is not the hash"),
        ({"iat": NOW - 301}, "iat is not now"),
        ({"iat": NOW + 301}, "iat is not now"),
        ({"iat": None}, "iat is not now"),
        ({"jti": None}, "jti is missing"),
        ({"jti": ""}, "jti is missing"),
        ({"header": {"typ": "JWT"}}, "header lacks"),
        ({"header": {"jwk": {"kty": "oct", "k": "AAAA"}}}, "header lacks"),
        ({"header": {"jwk": {"kty": "EC"}}}, "cannot be verified"),
        ({"header": {"jwk": "x"}}, "header lacks"),
        ({"header": {"jwk": Prover().jwk}}, "cannot be verified: InvalidSignatureError"),
    ],
)
def test_a_proof_that_is_wrong_is_refused(
    platform: FakePlatform, prover: Prover, change: dict[str, Any], remark: str
) -> None:
    token = platform.issue_token(dpop_key=prover.jwk)
    headers = {"Authorization": f"DPoP {token}", "DPoP": prover.prove(URL, "GET", token, **change)}
    status, why = ask(platform, headers)
    assert status == 401
    assert remark in (why or "")


@pytest.mark.parametrize("proof", [None, "", "x", "a.b.c"])
def test_without_a_readable_proof_there_is_no_way_in(platform: FakePlatform, prover: Prover, proof: str | None) -> None:
    token = platform.issue_token(dpop_key=prover.jwk)
    headers = {"Authorization": f"DPoP {token}"} | ({} if proof is None else {"DPoP": proof})
    assert ask(platform, headers)[0] == 401


def test_another_key_proves_nothing(platform: FakePlatform, prover: Prover) -> None:
    token = platform.issue_token(dpop_key=prover.jwk)
    headers = {"Authorization": f"DPoP {token}", "DPoP": Prover(lambda: NOW).prove(URL, "GET", token)}
    assert ask(platform, headers) == (401, "the token is bound to another key")


def test_a_symmetric_proof_proves_nothing(platform: FakePlatform, prover: Prover) -> None:
    token = platform.issue_token(dpop_key=prover.jwk)
    proof = jwt.encode({"jti": "1"}, "k" * 32, algorithm="HS256", headers={"typ": "dpop+jwt", "jwk": prover.jwk})
    assert "header lacks" in (ask(platform, {"Authorization": f"DPoP {token}", "DPoP": proof})[1] or "")


def test_the_thumbprint_is_that_of_rfc_7638_section_3_1() -> None:
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn"
        "64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1"
        "n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    key = {"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    assert thumbprint(key) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


# -- OAuth 1.0 --

KEYS = {"consumer_key": "k", "consumer_secret": "s&", "token": "t", "token_secret": "u="}


def authorization(secret: str = "s&", url: str = URL, token_secret: str = "u=", **change: str | None) -> str:
    usual: dict[str, str | None] = {
        "oauth_consumer_key": "k",
        "oauth_token": "t",
        "oauth_nonce": "n",
        "oauth_timestamp": str(int(NOW)),
        "oauth_signature_method": "HMAC-SHA1",
    }
    said = {name: value for name, value in (usual | change).items() if value is not None}
    said["oauth_signature"] = sign(signature_base("GET", url, said.items()), secret, token_secret)
    return "OAuth " + ", ".join(f'{name}="{escape(value)}"' for name, value in said.items())


def test_a_signed_request_is_let_in_once(platform: FakePlatform) -> None:
    platform.add_oauth1_keys(**KEYS)
    assert ask(platform, {"Authorization": authorization()}) == (200, None)
    assert ask(platform, {"Authorization": authorization()}) == (401, "the nonce was used before")
    assert ask(platform, {"Authorization": authorization(oauth_nonce="m")})[0] == 200


def test_a_timestamp_may_be_in_milliseconds_as_the_java_client_sends_it(platform: FakePlatform) -> None:
    platform.add_oauth1_keys(**KEYS)
    signed = authorization(oauth_timestamp=str(int(NOW * 1000)))
    assert ask(platform, {"Authorization": signed}) == (200, None)


@pytest.mark.parametrize(
    ("given", "remark"),
    [
        (authorization(secret="wrong"), "signature is wrong"),
        (authorization(url=f"{URL}?x=1"), "signature is wrong"),
        (authorization(oauth_consumer_key="other"), "is unknown"),
        (authorization(oauth_token="other"), "is unknown"),
        (authorization(oauth_version="2.0"), "is unknown"),
        (authorization(oauth_signature_method="PLAINTEXT"), "is unknown"),
        (authorization(oauth_timestamp=str(int(NOW) - 301)), "timestamp is not now"),
        (authorization(oauth_timestamp=str(int((NOW - 301) * 1000))), "timestamp is not now"),
        (authorization(oauth_timestamp="soon"), "timestamp is not now"),
        (authorization(oauth_nonce=None), "incomplete"),
        (authorization() + ', oauth_nonce="again"', "one is there twice"),
        ("OAuth nonsense", "incomplete"),
    ],
)
def test_a_signature_that_is_wrong_is_refused(platform: FakePlatform, given: str, remark: str) -> None:
    platform.add_oauth1_keys(**KEYS)
    status, why = ask(platform, {"Authorization": given})
    assert status == 401
    assert remark in (why or "")


@pytest.mark.parametrize("token", [None, ""])
def test_a_request_may_be_signed_with_the_consumer_key_alone(platform: FakePlatform, token: str | None) -> None:
    platform.add_oauth1_keys(consumer_key="k", consumer_secret="s&")
    signed = authorization(token_secret="", oauth_token=token)
    assert ask(platform, {"Authorization": signed}) == (200, None)
    assert ask(platform, {"Authorization": signed}) == (401, "the nonce was used before")
    assert ask(platform, {"Authorization": authorization(oauth_nonce="m")})[0] == 401  # with a token that is unknown


def test_without_keys_no_signature_is_good(platform: FakePlatform) -> None:
    assert ask(platform, {"Authorization": authorization()})[0] == 401


# -- tokens of all shapes --


def granted(platform: FakePlatform) -> dict[str, Any]:
    form = b"grant_type=client_credentials&client_id=client-id&client_secret=client-secret"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    url = "https://va.sentinel.liveperson.net/sentinel/api/account/12345678/app/token?v=2.0"
    answer: dict[str, Any] = json.loads(platform.handle(HttpRequest("POST", url, headers, form)).content)
    return answer


@pytest.mark.parametrize("form", ["jwt", "opaque", "malformed"])
def test_tokens_of_every_form_open_the_gateway_until_they_are_revoked(platform: FakePlatform, form: Any) -> None:
    platform.shape_tokens(form=form)
    headers = {"Authorization": f"Bearer {granted(platform)['access_token']}"}
    assert ask(platform, headers)[0] == 200
    platform.revoke_tokens()
    assert ask(platform, headers)[0] == 401


@pytest.mark.parametrize("form", ["jwt", "opaque", "malformed"])
def test_tokens_can_be_worthless_from_the_start(platform: FakePlatform, form: Any) -> None:
    platform.shape_tokens(form=form, revoked=True)
    assert ask(platform, {"Authorization": f"Bearer {granted(platform)['access_token']}"})[0] == 401


def test_only_a_jwt_can_be_read(platform: FakePlatform) -> None:
    for form in ("opaque", "malformed"):
        platform.shape_tokens(form=form)
        with pytest.raises(jwt.InvalidTokenError):
            jwt.decode(granted(platform)["access_token"], options={"verify_signature": False})


@pytest.mark.parametrize(("expires_in", "said"), [("text", "59"), ("number", 59), ("absent", None)])
def test_the_answer_tells_the_lifetime_in_any_way(platform: FakePlatform, expires_in: Any, said: object) -> None:
    platform.shape_tokens(lifetime_seconds=60, expires_in=expires_in)
    assert granted(platform).get("expires_in") == said


def test_called_bare_it_is_as_usual_again(platform: FakePlatform) -> None:
    platform.shape_tokens(lifetime_seconds=60, form="opaque", expires_in="absent", revoked=True)
    platform.shape_tokens()
    assert "expires_in" not in granted(platform)


def test_tokens_verify_with_the_published_key(platform: FakePlatform) -> None:
    answer = platform.handle(HttpRequest("GET", "https://va.sentinel.liveperson.net/sentinel/well-known/jwks"))
    (key,) = jwt.PyJWKSet.from_json(answer.content.decode()).keys
    token = granted(platform)["access_token"]
    header = jwt.get_unverified_header(token)
    assert (header["alg"], header["kid"]) == ("RS256", key.key_id)
    options: Any = {"verify_exp": False, "verify_iat": False}
    assert jwt.decode(token, key.key, algorithms=["RS256"], audience="12345678", options=options)["iss"] == "Sentinel"


_WITHOUT_CRYPTOGRAPHY = """
import sys
sys.modules["cryptography"] = None  # what the import system does with a library that is not there
import jwt
from lpfunctions import HttpRequest
from lpfunctions.testing import FakePlatform

platform = FakePlatform()
with platform.client() as client:
    assert client.invoke(lambda_uuid="x").status == 404  # the gateway took the token
header = platform.requests.invocations[0].headers["authorization"]
print(jwt.get_unverified_header(header.removeprefix("Bearer "))["alg"])
print(platform.handle(HttpRequest("GET", "https://va.sentinel.liveperson.net/sentinel/well-known/jwks")).content.decode())
"""


@pytest.mark.sockets
def test_without_cryptography_tokens_are_signed_with_a_secret() -> None:
    told = subprocess.check_output([sys.executable, "-c", _WITHOUT_CRYPTOGRAPHY], text=True).split()
    assert told == ["HS256", '{"keys":[]}']
