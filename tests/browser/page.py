"""The emulator's status page in a browser, as tests and screenshots use it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

if TYPE_CHECKING:
    from collections.abc import Callable

    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

    from lpfunctions.testing import Emulator

_AXE: Final = Path(__file__).with_name("node_modules") / "axe-core" / "axe.min.js"
_PATIENCE_SECONDS: Final = 20.0


class Page:
    """The page in the browser."""

    def __init__(self, driver: Chrome, emulator: Emulator) -> None:
        self.driver = driver
        self.emulator = emulator

    def open(self) -> None:
        self.driver.get(self.emulator.url)
        self.wait_for(lambda: self.text("live") == "Live")

    def __getitem__(self, name: str) -> WebElement:
        return self.driver.find_element(By.ID, name)

    def __contains__(self, name: str) -> bool:
        return bool(self.driver.find_elements(By.ID, name))

    def text(self, name: str) -> str:
        """Return what is to be seen of an element; read at once, so that the page may change it meanwhile."""
        return str(self.run("return document.getElementById(arguments[0])?.innerText ?? ''", name))

    def value(self, name: str) -> str:
        return str(self.run("return document.getElementById(arguments[0]).value", name))

    def focused(self) -> str:
        return str(self.run("return document.activeElement.id"))

    def click(self, name: str) -> None:
        """Click by script: a row may be replaced between finding and clicking."""
        self.run("document.getElementById(arguments[0]).click()", name)

    def fill(self, name: str, text: str) -> None:
        self[name].clear()
        self[name].send_keys(text)

    def choose(self, name: str, label: str) -> None:
        self[name].send_keys(label)

    def run(self, script: str, *arguments: object) -> Any:
        result: Any = self.driver.execute_script(script, *arguments)  # pyright: ignore[reportUnknownMemberType]
        return result

    def wait_for(self, condition: Callable[[], object]) -> None:
        """Wait until *condition* holds; what it looks at may be replaced meanwhile."""
        replaced = (NoSuchElementException, StaleElementReferenceException)
        waiting = WebDriverWait(self.driver, _PATIENCE_SECONDS, poll_frequency=0.02, ignored_exceptions=replaced)
        waiting.until(lambda _: condition())

    def console_errors(self) -> list[str]:
        """Return what the browser has complained of since it was last asked; selenium's own method has no types."""
        entries: list[dict[str, Any]] = self.driver.execute("getLog", {"type": "browser"})["value"]
        return [entry["message"] for entry in entries]

    def violations(self, *rules: str) -> list[str]:
        """Return what axe finds by *rules*; by all without any."""
        assert _AXE.is_file(), "axe-core is not installed; run: make external"
        if not self.run("return 'axe' in window"):
            self.run(_AXE.read_text(encoding="utf-8"))
        found = self.driver.execute_async_script(  # pyright: ignore[reportUnknownMemberType]
            "const [rules, tell] = arguments;"
            "const told = ({id, nodes}) => nodes.map(node => `${id}: ${node.html} ${node.failureSummary}`);"
            "axe.run({resultTypes: ['violations'], ...(rules.length && {runOnly: rules})})"
            ".then(found => tell(found.violations.flatMap(told)))",
            rules,
        )
        return list(found)
