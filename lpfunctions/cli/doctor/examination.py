"""The examination: one step after the other, until one fails that the rest depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from lpfunctions import ClientConfig, FaaSConfigurationError
from lpfunctions.cli.doctor.network import Peer, connect, look_up, shake_hands
from lpfunctions.cli.doctor.platform import PlatformSteps
from lpfunctions.cli.doctor.recording import transport_of, trust_of
from lpfunctions.cli.doctor.steps import STEPS, Step
from lpfunctions.cli.exit_codes import USAGE
from lpfunctions.cli.settings.clients import authentication, client_arguments
from lpfunctions.core.redaction import redact_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lpfunctions.cli.settings.resolve import Settings

_LONGEST_STEP_SECONDS: Final = 10.0
_LONGEST_CONNECT_SECONDS: Final = 5.0


def examine(resolve: Callable[[], Settings], environ: Mapping[str, str]) -> list[Step]:
    """Return what each step found; what was not looked at is ``skipped``."""
    steps: list[Step] = []
    for step in _steps(resolve, environ):
        steps.append(step)
        if step.verdict == "failed":
            break
    looked_at = {step.name for step in steps}
    return [*steps, *(Step(name=name, verdict="skipped") for name in STEPS if name not in looked_at)]


def _steps(resolve: Callable[[], Settings], environ: Mapping[str, str]) -> Iterator[Step]:
    try:
        settings = resolve()
        config = ClientConfig(**client_arguments(settings))
        credentials = authentication(settings, environ)
        # Not read twice where it is the same: a command may ask for a password.
        for_listing = authentication(settings, environ, lists=True) if "bearer_token" in settings else credentials
    except FaaSConfigurationError as wrong:
        yield Step(
            name="configuration",
            verdict="failed",
            problem=str(wrong),
            advice="`lpfunctions emulator` prints a configuration that works",
            code=USAGE,
        )
        return
    yield Step(name="configuration", facts=_shown(settings))
    yield from _network_steps(config)
    yield from _platform_steps(config, credentials, for_listing)


def _network_steps(config: ClientConfig) -> Iterator[Step]:
    seconds = min(config.timeout, _LONGEST_CONNECT_SECONDS)
    peer, step = _first_peer(config)
    yield step
    yield look_up(peer, seconds)
    yield connect(peer, seconds)
    if config.protocol == "https" and peer.what == "the Domain API":
        yield shake_hands(peer, seconds, lambda: trust_of(config))
    else:
        yield Step(name="tls", verdict="skipped", problem=_why_no_tls(config))


def _platform_steps(config: ClientConfig, credentials: Any, listing_credentials: Any) -> Iterator[Step]:
    transport = transport_of(config)
    platform = PlatformSteps(config, transport, min(config.timeout, _LONGEST_STEP_SECONDS))
    try:
        yield platform.discovery()
        yield platform.clock()
        yield platform.token(credentials)
        yield platform.gateway(credentials)
        yield platform.listing(listing_credentials)
    finally:
        transport.close()


def _first_peer(config: ClientConfig) -> tuple[Peer, Step]:
    proxy, source = _proxy(config)
    host = urlsplit(f"//{config.csds_domain}")
    port = host.port or (443 if config.protocol == "https" else 80)
    domain_api = Peer(host.hostname or "", port, "the Domain API")
    if proxy is None:
        return domain_api, Step(name="proxy", facts={"used": "none"})
    shown = redact_text(proxy)
    if source is None:
        problem = f"variables of this shell name a proxy, {shown}, which is not used"
        return domain_api, Step(
            name="proxy", verdict="warning", problem=problem, advice="set trust_env=true if it is to be"
        )
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    return Peer(parts.hostname or "", parts.port or 80, "the proxy"), Step(
        name="proxy", facts={"used": shown, "by": source}
    )


def _proxy(config: ClientConfig) -> tuple[str | None, str | None]:
    """Return the proxy, and which option makes it count."""
    if config.proxy is not None:
        return config.proxy, "the option proxy"
    known = getproxies()
    proxy = known.get(config.protocol) or known.get("all")
    if not proxy or proxy_bypass(config.csds_domain):
        return None, None
    return proxy, "the option trust_env" if config.trust_env else None


def _why_no_tls(config: ClientConfig) -> str:
    return "protocol is http" if config.protocol == "http" else "it runs through the proxy; discovery shows it"


def _shown(settings: Settings) -> dict[str, str]:
    """Return each value with its origin; of a secret, where it is."""
    return {name: redact_text(f"{setting.value} ({setting.origin})") for name, setting in sorted(settings.items())}
