"""Mistakes that a type checker finds before a program runs, one a line; nothing here is ever called.

`make types` fails when mypy or pyright finds one of them no longer: an ignored error that is none is an error.
"""
# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from typing import TYPE_CHECKING

from lpfunctions import AsyncClient, BearerToken, Client, ClientConfig

if TYPE_CHECKING:
    from lpfunctions import AsyncFunctionHandle, FunctionHandle

BEARER = BearerToken("t")


def misspelt(client: Client, async_client: AsyncClient) -> None:
    Client(account_id="1", auth_strategy=BEARER, timeuot=3)  # type: ignore[call-arg]
    Client.from_env(timeuot=3)  # type: ignore[call-arg]
    AsyncClient.from_env(timeuot=3)  # type: ignore[call-arg]
    client.with_options(timeuot=3)  # type: ignore[call-arg]
    async_client.with_options(timeuot=3)  # type: ignore[call-arg]
    client.invoke(lambda_uuid="u", timeuot=3)  # type: ignore[arg-type]


def of_another_type(client: Client) -> None:
    Client.from_env(timeout="3")  # type: ignore[arg-type]
    client.with_options(timeout="3")  # type: ignore[arg-type]
    client.invoke(lambda_uuid=3)  # type: ignore[arg-type]
    client.with_options(auth_strategy="Bearer t")  # type: ignore[arg-type]
    client.for_account("2", auth_strategy="Bearer t")  # type: ignore[arg-type]


def of_what_a_copy_shares(client: Client, async_client: AsyncClient) -> None:
    client.with_options(proxy="http://proxy:8080")  # type: ignore[call-arg]
    async_client.with_options(max_connections=7)  # type: ignore[call-arg]


def of_the_config(config: ClientConfig) -> None:
    Client.from_config(config, auth_strategy=BEARER, timeout=3)  # type: ignore[call-arg]
    AsyncClient.from_config(config, auth_strategy=BEARER, timeout=3)  # type: ignore[call-arg]


async def of_a_handle(handle: FunctionHandle[int, str], async_handle: AsyncFunctionHandle[int, str]) -> None:
    handle(3, timeuot=3)  # type: ignore[call-arg]
    handle(3, lambda_uuid="u")  # type: ignore[call-arg]
    handle("3")  # type: ignore[arg-type]
    await async_handle(3, timeuot=3)  # type: ignore[call-arg]
    await async_handle(3, skill_id=3)  # type: ignore[arg-type]
