"""Show the emulator's status page, and write what is to be seen: ``make screenshots``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

from lpfunctions.testing import Emulator
from tests.browser.page import Page
from tests.browser.shop import call_it, shop
from tests.support.browser import browser, missing_programs, show_as

IMAGES: Final = Path("docs/images")
_DESKTOP_WIDTH: Final = 1280
_PHONE_WIDTH: Final = 390
_PHONE_HEIGHT: Final = 1700


def main() -> int:
    if missing_programs():
        print("missing:", *missing_programs(), file=sys.stderr)  # noqa: T201
        return 1
    with (
        Emulator(shop(), port=8901) as emulator,
        tempfile.TemporaryDirectory() as profile,
        browser(Path(profile)) as driver,
    ):
        page = Page(driver, emulator)
        show_as(driver, _DESKTOP_WIDTH, 1000)
        page.open()
        call_it(emulator)
        invoke_by_hand(page)
        page.run("document.getElementById('call-6-details').open = true")
        write(page, "emulator", _DESKTOP_WIDTH)
        write(page, "emulator-dark", _DESKTOP_WIDTH, is_dark=True)
        page.run("document.getElementById('call-6-details').open = false")
        write(page, "emulator-phone", _PHONE_WIDTH, _PHONE_HEIGHT)
    return 0


def invoke_by_hand(page: Page) -> None:
    page.click("by-event")
    page.fill("invoke-event", "conversational_command")
    page.fill("invoke-headers", "language: fr")
    page.click("invoke-button")
    page.wait_for(lambda: "result-answer" in page and "call-8" in page)
    platform = page.emulator.platform
    platform.fail_next(status=503, headers={"Retry-After": "2"}, kind="invoke", times=2, required=False)
    platform.fail_next(latency_seconds=1.5, kind="token", times=None, required=False)
    page.wait_for(lambda: "is answered late" in page.text("faults"))


def write(page: Page, name: str, width: int, height: int | None = None, *, is_dark: bool = False) -> None:
    """Write an image of the page; without a *height*, of the whole of it."""
    is_phone = width == _PHONE_WIDTH
    show_as(page.driver, width, 100, is_phone=is_phone, is_dark=is_dark)
    whole: int = page.run("return document.documentElement.scrollHeight")
    show_as(page.driver, width, height or whole, is_phone=is_phone, is_dark=is_dark)
    page.run("document.activeElement.blur(); window.scrollTo(0, 0)")
    (IMAGES / f"{name}.png").write_bytes(page.driver.get_screenshot_as_png())


if __name__ == "__main__":
    sys.exit(main())
