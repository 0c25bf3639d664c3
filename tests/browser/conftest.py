"""One browser for all tests of this folder, and for each test a platform, an emulator and a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lpfunctions.testing import Emulator
from tests.browser.page import Page
from tests.browser.shop import shop
from tests.support.browser import browser, need_browser, show_as

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

    from lpfunctions.testing import FakePlatform


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    need_browser()
    with browser(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture
def platform() -> FakePlatform:
    return shop()


@pytest.fixture
def page(driver: Chrome, platform: FakePlatform) -> Iterator[Page]:
    show_as(driver, 1280, 900)
    with Emulator(platform) as emulator:
        page = Page(driver, emulator)
        page.open()
        page.console_errors()  # those of the test before
        yield page
        driver.get("about:blank")  # nothing polls the next emulator of this port
