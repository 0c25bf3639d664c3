"""Chromium for tests, from Debian's packages ``chromium`` and ``chromium-driver``, without a window."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_ARGUMENTS: Final = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
)  # fmt: skip
_PROGRAMS: Final = ("chromium", "chromedriver")


def missing_programs() -> list[str]:
    return [program for program in _PROGRAMS if shutil.which(program) is None]


def need_browser() -> None:
    """Skip where the browser is missing, and fail in CI."""
    missing = missing_programs()
    if missing:
        assert not os.environ.get("CI"), f"missing: {missing}: apt-get install chromium chromium-driver"
        pytest.skip(f"missing: {missing}: apt-get install chromium chromium-driver")


@contextmanager
def browser(profile: Path) -> Generator[Chrome]:
    """Run a browser with a fresh profile in the folder *profile*."""
    options = ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in (*_ARGUMENTS, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    driver = Chrome(options, Service(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def show_as(driver: Chrome, width: int, height: int, *, is_phone: bool = False, is_dark: bool = False) -> None:
    """Make the browser a desktop or a phone of this size, in CSS pixels, light or dark."""
    metrics: dict[str, Any] = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_phone}
    scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
    _tell(driver, "Emulation.setDeviceMetricsOverride", metrics)
    _tell(driver, "Emulation.setEmulatedMedia", {"features": [scheme]})


def allow_clipboard(driver: Chrome, origin: str) -> None:
    """Let the page at *origin* read the clipboard as well."""
    permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"]
    _tell(driver, "Browser.grantPermissions", {"origin": origin, "permissions": permissions})
    _tell(driver, "Emulation.setFocusEmulationEnabled", {"enabled": True})


def run_scripts(driver: Chrome, *, are_run: bool) -> None:
    """Run the scripts of pages, or not."""
    _tell(driver, "Emulation.setScriptExecutionDisabled", {"value": not are_run})


def _tell(driver: Chrome, command: str, values: dict[str, Any]) -> None:
    """Send a command of the DevTools protocol; selenium's own method for that has incomplete types."""
    driver.execute("executeCdpCommand", {"cmd": command, "params": values})
