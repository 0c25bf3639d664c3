"""A structlog logger over the standard library's, without touching the application's configuration.

Nothing here calls ``structlog.configure``, ``structlog.get_logger`` or ``logging.basicConfig``: an application that
configured nothing sees nothing; one that configured ``logging`` gets records with our fields as attributes; one that
renders with structlog (``ProcessorFormatter`` with ``ExtraAdder``) gets them as keys.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Final, Protocol, cast

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.redaction import REDACTED, SENSITIVE_HEADERS, redact_text

ROOT: Final = "lpfunctions"

_SECRET_KEYS: Final = SENSITIVE_HEADERS | {
    "access_token", "api_key", "client_secret", "consumer_secret", "id_token", "passwd", "password", "payload",
    "private_key", "refresh_token", "secret", "token", "token_secret", "x_api_key",
}  # fmt: skip
_DEEPEST: Final = 4

# Without a handler in the tree Python would print our warnings to stderr.
logging.getLogger(ROOT).addHandler(logging.NullHandler())


class Logger(Protocol):
    """What is asked of a logger: structlog's shape, an event and fields."""

    def debug(self, event: str, **fields: Any) -> object:
        """Log for those who look closely."""
        ...

    def info(self, event: str, **fields: Any) -> object:
        """Log for everybody."""
        ...

    def warning(self, event: str, **fields: Any) -> object:
        """Log for those who are on call."""
        ...

    def error(self, event: str, **fields: Any) -> object:
        """Log what somebody is to be woken for."""
        ...


def redact_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: hide what is, or looks like, a credential, in any key and at any depth that we use.

    For your own chain, last before the renderer: ``structlog.configure(processors=[…, format_exc_info, redact_secrets,
    JSONRenderer()])``. Values under a telling key (``authorization``, ``client_secret``, ``api_key``, ``payload``, …)
    are replaced whole; in every other text, tracebacks and exceptions included, JWTs, ``Bearer …``, users of URLs and
    ``client_secret=…`` are. Objects of other kinds stay as they are.
    """
    for key, value in event.items():
        event[key] = _redacted(key, value, _DEEPEST)
    return event


def _redacted(key: object, value: Any, depth: int) -> Any:
    if isinstance(key, str) and key.lower().replace("-", "_") in _NORMAL_KEYS and value is not None:
        return REDACTED
    if isinstance(value, (str, bytes, BaseException)) and key != "exc_info":
        return redact_text(_text(value))
    if depth and isinstance(value, Mapping):
        items = cast("Mapping[object, Any]", value).items()
        return {name: _redacted(name, item, depth - 1) for name, item in items}
    if depth and isinstance(value, (list, tuple)):
        return [_redacted(None, item, depth - 1) for item in cast("list[Any]", value)]
    return value


def _text(value: str | bytes | BaseException) -> str:
    if isinstance(value, str):
        return value
    return value.decode("latin-1") if isinstance(value, bytes) else repr(value)


_NORMAL_KEYS: Final = frozenset(key.replace("-", "_") for key in _SECRET_KEYS)


class StandardLogger:
    """A logger of the standard library, in structlog's shape.

    structlog is loaded for the first line that is logged: it takes a tenth of a second where rich is installed.
    """

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._wrapped: Logger | None = None

    def debug(self, event: str, **fields: Any) -> None:
        """Log for those who look closely."""
        if self._logger.isEnabledFor(logging.DEBUG):
            self._structured().debug(event, **fields)

    def info(self, event: str, **fields: Any) -> None:
        """Log for everybody."""
        if self._logger.isEnabledFor(logging.INFO):
            self._structured().info(event, **fields)

    def warning(self, event: str, **fields: Any) -> None:
        """Log for those who are on call."""
        if self._logger.isEnabledFor(logging.WARNING):
            self._structured().warning(event, **fields)

    def error(self, event: str, **fields: Any) -> None:
        """Log what somebody is to be woken for."""
        if self._logger.isEnabledFor(logging.ERROR):
            self._structured().error(event, **fields)

    @property
    def inner(self) -> logging.Logger:
        """The logger of the standard library."""
        return self._logger

    def _structured(self) -> Logger:
        if self._wrapped is None:
            self._wrapped = _structured(self._logger)
        return self._wrapped


def _structured(logger: logging.Logger) -> Logger:
    """*logger* by structlog, with processors of its own: whatever the application configures stays as it is."""
    import structlog

    # bind makes the lazy proxy a logger once, instead of on every line.
    return cast(
        "Logger",
        structlog.wrap_logger(
            logger,
            processors=[structlog.stdlib.filter_by_level, redact_secrets, structlog.stdlib.render_to_log_kwargs],
            wrapper_class=structlog.stdlib.BoundLogger,
            context_class=dict,
            cache_logger_on_first_use=False,
        ).bind(),
    )


def logger_for(given: object) -> Logger:
    """The logger to use for the option ``logger``: None for ours, one of the standard library, or one of structlog.

    Raises:
        FaaSConfigurationError: it is none of these.
    """
    if given is None:
        return StandardLogger(logging.getLogger(f"{ROOT}.client"))
    if isinstance(given, logging.Logger):
        return StandardLogger(given)
    what = type(given).__name__
    # A LoggerAdapter puts its own fields in the place of ours.
    is_adapter = isinstance(given, logging.LoggerAdapter)
    if is_adapter or not all(callable(getattr(given, level, None)) for level in ("debug", "info", "warning")):
        raise FaaSConfigurationError(f"logger must be a logging.Logger or a structlog logger, not {what}")
    return RedactedLogger(cast("Logger", given))


class RedactedLogger:
    """A user's structlog logger: its own processors, and ours before them."""

    def __init__(self, logger: Logger) -> None:
        self._logger = logger

    def debug(self, event: str, **fields: Any) -> None:
        """Log for those who look closely."""
        self._logger.debug(event, **redact_secrets(None, "debug", fields))

    def info(self, event: str, **fields: Any) -> None:
        """Log for everybody."""
        self._logger.info(event, **redact_secrets(None, "info", fields))

    def warning(self, event: str, **fields: Any) -> None:
        """Log for those who are on call."""
        self._logger.warning(event, **redact_secrets(None, "warning", fields))

    def error(self, event: str, **fields: Any) -> None:
        """Log what somebody is to be woken for."""
        log = getattr(self._logger, "error", self._logger.warning)  # not asked for by earlier releases
        log(event, **redact_secrets(None, "error", fields))

    @property
    def inner(self) -> Logger:
        """The user's."""
        return self._logger


def level_test(logger: Logger) -> Callable[[int], bool]:
    """A function that says whether *logger* logs at a level; always yes for one that does not tell."""
    inner: object = logger.inner if isinstance(logger, (RedactedLogger, StandardLogger)) else logger
    for name in ("isEnabledFor", "is_enabled_for"):
        # Asked of the class: many a logger answers to any name, and would log the question.
        if callable(getattr(type(inner), name, None)):
            test: Callable[[int], bool] = getattr(inner, name)
            return test
    return _always


def _always(_level: int) -> bool:
    return True
