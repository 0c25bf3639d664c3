"""The emulator's status page in Chromium."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.shop import call_it
from tests.support.browser import allow_clipboard, run_scripts, show_as

if TYPE_CHECKING:
    from collections.abc import Generator

    from lpfunctions.testing import FakePlatform
    from tests.browser.page import Page

pytestmark = [pytest.mark.external, pytest.mark.xdist_group("browser")]

EVENT = "conversational_command"


def result(page: Page) -> str:
    page.wait_for(lambda: "result-answer" in page)
    return page.text("result")


def open_all(page: Page) -> None:
    page.run("for (const one of document.querySelectorAll('details')) one.open = true")


class TestLook:
    def test_axe_finds_nothing_with_everything_open_on_a_desktop_and_a_phone_light_and_dark(self, page: Page) -> None:
        other = page.emulator.platform.add_account(account_id="87654321", platform_version="v1")
        other.function("transcript", event_id="denver_post_survey_email_transcript")(lambda _: None)
        call_it(page.emulator)
        page.open()
        page.fill("invoke-payload", "{")
        page.click("invoke-button")
        page.wait_for(lambda: page.text("invoke-payload-error"))
        page.click("call-4-replay")
        result(page)
        open_all(page)
        assert page.violations() == []

        for width, is_dark in ((1280, True), (390, True), (390, False)):
            show_as(page.driver, width, 900, is_phone=width < 500, is_dark=is_dark)
            assert page.violations("color-contrast", "target-size", "scrollable-region-focusable") == []

    def test_axe_finds_nothing_before_the_first_call(self, page: Page) -> None:
        page.click("by-event")

        assert page.violations() == []

    def test_a_phone_scrolls_in_one_direction_whatever_is_called(self, page: Page) -> None:
        long = "a" * 200
        page.emulator.platform.function(long, event_id=long, skills=(long,), description=long)(lambda _: long)
        call_it(page.emulator)
        with page.emulator.client() as client:
            client.invoke(event_id=long, skill_id=long, payload=long, headers={long: long})
        show_as(page.driver, 390, 844, is_phone=True)
        page.open()
        open_all(page)

        assert page.run("return [innerWidth, document.documentElement.scrollWidth]") == [390, 390]

    def test_nothing_is_blocked_and_nothing_fails(self, page: Page) -> None:
        call_it(page.emulator)
        page.wait_for(lambda: "call-1" in page)

        assert page.console_errors() == []
        assert page.emulator.platform.requests.of_kind("unknown") == []  # such as a favicon


class TestInvoking:
    def test_a_function_by_name_with_its_log_beside_the_answer(self, page: Page, platform: FakePlatform) -> None:
        order_status = platform.functions[1]
        page.click(f"function-12345678-{order_status.uuid}-invoke")
        page.wait_for(lambda: "4711" in page.value("invoke-payload"))

        page.fill("invoke-payload", '{"number": 4711}')
        page.click("invoke-button")

        assert "901 Function Failed" in result(page)
        assert "KeyError: 'order'" in page.text("result-log")
        assert page.value("invoke-payload") == '{"number": 4711}'
        edges = "const {left, right, top} = document.getElementById(arguments[0]).getBoundingClientRect();"
        answer, log = (page.run(f"{edges} return [left, right, top]", f"result-{part}") for part in ("answer", "log"))
        assert answer[2] == log[2]
        assert answer[1] <= log[0]

    def test_an_event_with_skill_and_headers_by_keyboard_alone(self, page: Page, platform: FakePlatform) -> None:
        page.run("document.getElementById('by-function').focus()")
        keys = page.driver.switch_to
        keys.active_element.send_keys(Keys.ARROW_RIGHT)
        keys.active_element.send_keys(Keys.TAB)
        assert page.focused() == "invoke-event"
        keys.active_element.send_keys("controllerbot_messaging_new_conversation", Keys.TAB)
        assert page.focused() == "invoke-skill"
        keys.active_element.send_keys("sales", Keys.TAB)
        page.fill("invoke-headers", "language: fr")
        page.fill("invoke-payload", '{"order": {"id": 7}}')

        page["invoke-payload"].send_keys(Keys.CONTROL, Keys.ENTER)

        assert "controllerbot_messaging_new_conversation → order-status" in result(page)
        assert page.focused() == "invoke-payload"
        (record,) = platform.requests.assert_invoked(platform.functions[1])
        assert (record.query["skillId"], record.json()["headers"]) == (
            ["sales"],
            [{"key": "language", "value": "fr"}],
        )

    def test_a_mistake_keeps_the_input_and_leads_to_its_field(self, page: Page) -> None:
        page.fill("invoke-payload", '{"name": Ada}')
        page.fill("invoke-headers", "language: fr")
        page.click("invoke-button")
        page.wait_for(lambda: page.text("invoke-payload-error").startswith("This is no JSON"))
        page.wait_for(lambda: page.focused() == "invoke-payload")
        assert page.value("invoke-payload") == '{"name": Ada}'
        assert page.value("invoke-headers") == "language: fr"

        page.fill("invoke-payload", '{"name": "Ada"}')
        page.click("invoke-button")

        assert "200 OK" in result(page)
        assert page.text("invoke-payload-error") == ""

    def test_a_sample_is_a_payload_that_a_client_has_sent(self, page: Page) -> None:
        call_it(page.emulator)
        page.wait_for(lambda: "call-5" in page)
        shown = "return [...document.getElementById('samples').options].filter(one => !one.hidden).map(one => one.text)"
        page.wait_for(lambda: any('{"name":"Grace"}' in one for one in page.run(shown)))
        page.run(
            "const samples = document.getElementById('samples');"
            "samples.value = [...samples.options].find(one => one.text.includes('Grace')).value;"
            "samples.dispatchEvent(new Event('change', {bubbles: true}))"
        )

        assert page.value("invoke-payload") == '{\n  "name": "Grace"\n}'

    def test_without_scripts_the_forms_load_the_page(self, page: Page) -> None:
        run_scripts(page.driver, are_run=False)
        try:
            page.driver.get(page.emulator.url)
            page.fill("invoke-payload", '{"name": Ada}')
            page["invoke-button"].click()
            page.wait_for(lambda: page["invoke-payload-error"].text.startswith("This is no JSON"))
            assert page["invoke-payload"].get_attribute("value") == '{"name": Ada}'
            page.fill("invoke-payload", '{"name": "Ada"}')
            page["invoke-button"].click()
            page.wait_for(lambda: "Hello Ada" in page["result"].text)
        finally:
            run_scripts(page.driver, are_run=True)


class TestFollowing:
    def test_calls_appear_and_what_is_open_typed_and_focused_stays(self, page: Page, platform: FakePlatform) -> None:
        greet = platform.functions[0]
        row = f"function-12345678-{greet.uuid}"
        with page.emulator.client() as client:
            client.invoke(lambda_uuid=greet.uuid, payload={"name": "Ada"})
            page.wait_for(lambda: "1 run" in page.text(row))
            page.run("for (const id of arguments) document.getElementById(id).open = true", "call-3-details",
                     f"{row}-details")  # fmt: skip
            page.fill("invoke-payload", "typed")
            page.run("document.getElementById(arguments[0]).focus()", f"{row}-invoke")

            client.invoke(lambda_uuid=greet.uuid, payload={"name": "Grace"})

        page.wait_for(lambda: "2 runs" in page.text(row))
        assert "greeting Grace" in page.text(row)
        assert "greet" in page.text("call-4")
        opened = "return [...document.querySelectorAll('details[open]')].map(one => one.id)"
        assert page.run(opened) == [f"{row}-details", "call-3-details"]
        assert page.value("invoke-payload") == "typed"
        assert page.focused() == f"{row}-invoke"

    def test_a_function_that_is_deployed_later_can_be_chosen(self, page: Page, platform: FakePlatform) -> None:
        page.choose("invoke-function", "order-status")
        late = platform.function("late")(lambda _: "late")

        page.wait_for(lambda: f"option-12345678/{late.uuid}" in page)
        assert page.value("invoke-function") == f"12345678/{platform.functions[1].uuid}"

    def test_an_emulator_that_has_stopped_is_told(self, page: Page) -> None:
        page.emulator.stop()

        page.wait_for(lambda: page.text("live") == "The emulator does not answer")


class TestCalls:
    @pytest.fixture
    def number(self, page: Page) -> int:
        with page.emulator.client() as client:
            client.invoke(event_id=EVENT, payload={"name": "Zoë's"}, headers={"language": "fr"})
        number = page.emulator.platform.requests[-1].number
        page.wait_for(lambda: f"call-{number}" in page)
        return number

    def test_a_call_is_replayed(self, page: Page, number: int) -> None:
        page.click(f"call-{number}-replay")

        assert "Hello Zoë's" in result(page)
        page.emulator.platform.requests.assert_invoked(event_id=EVENT, payload={"name": "Zoë's"}, times=2)

    def test_a_call_is_changed_and_sent_again(self, page: Page, number: int) -> None:
        page.click(f"call-{number}-edit")
        page.wait_for(lambda: page.value("invoke-event") == EVENT)
        page.wait_for(lambda: page.focused() == "invoke-payload")
        assert page.value("invoke-headers") == "language: fr"
        page.fill("invoke-payload", '{"name": "Grace"}')
        page.click("invoke-button")

        assert "Hello Grace" in result(page)

    @pytest.mark.parametrize(
        ("form", "program"), [("curl", ["bash", "-c"]), ("python", [sys.executable, "-c"])], ids=["curl", "Python"]
    )
    def test_a_call_is_copied_as_a_program_that_does_the_same(
        self, page: Page, number: int, form: str, program: list[str]
    ) -> None:
        allow_clipboard(page.driver, page.emulator.url)
        first = page.emulator.platform.requests[-1].json()
        page.click(f"call-{number}-{form}")
        page.wait_for(lambda: page.text("told") == "Copied")
        copied = clipboard(page)

        ended = subprocess.run([*program, copied], capture_output=True, text=True, check=True, timeout=30)

        assert "Hello Zoë's" in ended.stdout
        again: Any = page.emulator.platform.requests[-1].json()
        assert (again["payload"], again["headers"]) == (first["payload"], first["headers"])

    def test_the_exports_lead_a_client_here(self, page: Page) -> None:
        allow_clipboard(page.driver, page.emulator.url)
        assert "No client has called yet" in page.text("calls")
        page.click("exports-12345678-copy")
        page.wait_for(lambda: page.text("told") == "Copied")
        program = (
            "from lpfunctions import Client; print(Client.from_env().is_implemented(event_id='conversational_command'))"
        )

        ended = subprocess.run(
            ["bash", "-c", f'{clipboard(page)}\n"$0" -c "$1"', sys.executable, program],
            capture_output=True, text=True, check=True, timeout=30,
        )  # fmt: skip

        assert ended.stdout == "True\n"
        page.wait_for(lambda: "No client has called yet" not in page.text("calls"))


def clipboard(page: Page) -> str:
    return str(page.run("return navigator.clipboard.readText()"))


class TestFaults:
    def test_a_fault_is_added_met_edited_and_removed(self, page: Page, platform: FakePlatform) -> None:
        page.fill("fault-status", "42")
        page.fill("fault-times", "3")
        page.click("fault-save")
        page.wait_for(lambda: page.text("fault-status-error") == "Write a number from 100 to 999.")
        assert page.value("fault-times") == "3"
        page.fill("fault-status", "418")
        page.click("fault-save")
        page.wait_for(lambda: "is answered 418" in page.text("faults"))

        with page.emulator.client() as client:
            assert client.invoke(lambda_uuid=platform.functions[0].uuid, payload={"name": "Ada"}).status == 418
        page.wait_for(lambda: "2 times more, met once" in page.text("faults"))

        number = platform.faults.waiting()[0].number
        page.click(f"fault-{number}-edit")
        page.wait_for(lambda: page.text("fault-form-title") == "Edit the fault")
        assert page.value("fault-status") == "418"
        page.choose("fault-ending", "close the connection")
        page.click("fault-save")
        page.wait_for(lambda: "is cut off before it is served" in page.text("faults"))
        page.wait_for(lambda: page.text("fault-form-title") == "Add a fault")

        page.click(f"fault-{platform.faults.waiting()[0].number}-remove")
        page.wait_for(lambda: "Requests are answered without faults." in page.text("faults"))
        assert platform.faults.waiting() == []


class TestOtherPages:
    @contextmanager
    def of_another_server(self, html: str) -> Generator[str]:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(html.encode())

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                """Print nothing."""

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                yield f"http://localhost:{server.server_port}"
            finally:
                server.shutdown()
                thread.join()

    def test_a_page_of_this_machine_cannot_use_the_forms(self, page: Page, platform: FakePlatform) -> None:
        fields = {"by": "function", "function": f"12345678/{platform.functions[0].uuid}", "payload": '{"name": "Ada"}'}
        inputs = "".join(f"<input name={name} value='{value}'>" for name, value in fields.items())
        form = f"<form method=post action={page.emulator.url}/_emulator/page/invoke>{inputs}<button id=go></form>"
        with self.of_another_server(form) as url:
            page.driver.get(url)
            page["go"].click()
            page.wait_for(lambda: "only the emulator's own page may do that" in page.driver.page_source)
            assert page.driver.current_url.startswith(page.emulator.url)
        platform.requests.assert_not_invoked()

    def test_a_page_of_this_machine_cannot_read_this_one(self, page: Page) -> None:
        script = "return fetch(arguments[0]).then(answer => answer.text()).catch(error => String(error))"
        with self.of_another_server("") as url:
            page.driver.get(url)

            assert page.run(script, page.emulator.url) == "TypeError: Failed to fetch"
