"""OAuth 1.0 signatures against the examples of RFC 5849, by code that shares nothing with the library's."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import unquote

import pytest

from lpfunctions import HttpRequest, OAuth1Credentials
from lpfunctions.adapters.auth.oauth1 import OAuth1Auth
from lpfunctions.adapters.memory import AsyncManualClock
from lpfunctions.testing.platform.auth.oauth1 import base_string
from tests.support.signatures import sign, signature_base

CONSUMER = ("dpf43f3p2l4k3l03", "kd94hf93k423kf44")
PHOTOS = {
    "oauth_consumer_key": CONSUMER[0],
    "oauth_token": "nnch734d00sl2jdk",
    "oauth_signature_method": "HMAC-SHA1",
    "oauth_timestamp": "137131202",
    "oauth_nonce": "chapoH",
}
PHOTOS_URL = "http://photos.example.net/photos?file=vacation.jpg&size=original"

REQUEST = [
    ("oauth_consumer_key", "9djdj82h48djs9d2"),
    ("oauth_token", "kkk9d7dh3k39sjv7"),
    ("oauth_signature_method", "HMAC-SHA1"),
    ("oauth_timestamp", "137131201"),
    ("oauth_nonce", "7d8f3e4a"),
    ("c2", ""),  # these two stand in the body of the example
    ("a3", "2 q"),
]
REQUEST_BASE = (
    "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26"
    "c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26"
    "oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
)


@pytest.mark.parametrize("base", [signature_base, base_string], ids=["test", "emulator"])
def test_the_base_string_is_that_of_rfc_5849_section_3_4_1_1(base: object) -> None:
    assert callable(base)
    assert base("POST", "http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b", REQUEST) == REQUEST_BASE


def test_the_signature_is_that_of_rfc_5849_section_1_2() -> None:
    base = signature_base("GET", PHOTOS_URL, PHOTOS.items())
    assert sign(base, CONSUMER[1], "pfkkdhi9sl3r4s00") == "MdpQcU8iPSUjWoN/UDMsK2sui9I="


@pytest.mark.parametrize(("method", "digest"), [("HMAC-SHA1", "sha1"), ("HMAC-SHA256", "sha256")])
@pytest.mark.parametrize(
    "url",
    [
        PHOTOS_URL,
        "https://a.liveperson.net/api/account/1/events/my%20event%2F1/invoke?v=1&skillId=7&externalSystem=my%20system%26",
        "https://a.liveperson.net:443/%C3%A4~-._%25?x=%2B&x=&y=%3D%253D&%C3%A4=%F0%9F%98%80",
        "http://127.0.0.1:8080/",
    ],
)
def test_what_is_sent_verifies_independently(url: str, method: str, digest: str) -> None:
    keys = OAuth1Credentials(
        consumer_key="k&=+ä", consumer_secret="s&=+ö%", token="t ~", token_secret="u/?", signature_method=method
    )
    clock = AsyncManualClock(now=1_700_000_000.9)
    headers = asyncio.run(OAuth1Auth(keys, clock).authorize(HttpRequest("POST", url)))

    pairs = re.findall(r'(\w+)="([^"]*)"', headers["Authorization"].removeprefix("OAuth "))
    oauth = {name: unquote(value) for name, value in pairs}
    signature = oauth.pop("oauth_signature")
    assert signature == sign(signature_base("POST", url, oauth.items()), "s&=+ö%", "u/?", digest)
    assert (oauth["oauth_consumer_key"], oauth["oauth_token"]) == ("k&=+ä", "t ~")
    assert (oauth["oauth_timestamp"], oauth["oauth_version"]) == ("1700000000", "1.0")
