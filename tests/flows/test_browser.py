"""Prefect's page in a real browser: what people click, fill in and see, and that it asks nobody outside.

Screenshots of every step go to build/screenshots. The tests are one visit: each goes on where the one before ended.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select

from tests.flows.serving import PLANTED, Team, eventually
from tests.flows.test_prefect_serve import said, team  # noqa: F401

CHROMIUM, DRIVER = (shutil.which(name) for name in ("chromium", "chromedriver"))
pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver (Debian: apt install chromium-driver)"
    ),
]

SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
FLAGS = [
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1440,1100"),
]
LOGIN = f"rollcall:{PLANTED['ROLLCALL_PREFECT_PASSWORD']}"
FOUND = """[...document.querySelectorAll(arguments[0])]
    .find(it => it.getClientRects().length && !it.disabled && it.innerText.includes(arguments[1]))"""
OPENING, RUNNING = 60, 400
"""Seconds after which a page is open, and a run over, on a computer that is busy."""


@dataclass(kw_only=True)
class Page:
    """The browser, and what it has seen and asked so far."""

    browser: webdriver.Chrome
    url: str
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    seen: list[str] = field(default_factory=list, repr=False)
    asked: set[str] = field(default_factory=set, repr=False)

    def open(self, path: str) -> None:
        self.browser.get(self.url + path)

    def text(self) -> str:
        return str(self.browser.execute_script("return document.body.innerText"))

    def see(self, *words: str, within: float = OPENING) -> str:
        """The page's text, once it holds all of the words."""

        def look() -> str | None:
            text = self.text()
            return text if all(word in text for word in words) else None

        return str(eventually(look, within))

    def find(self, kind: str, text: str = "") -> WebElement:
        """The first visible element of that CSS kind with that text."""

        def look() -> WebElement | None:
            try:
                return self.browser.execute_script(f"return {FOUND}", kind, text)
            except StaleElementReferenceException:  # the page drew itself anew meanwhile
                return None

        return eventually(look, OPENING)

    def click(self, kind: str, text: str) -> None:
        """In one go: the page draws itself anew at any time, and its messages glide in and away."""
        eventually(lambda: self.browser.execute_script(f"const it = {FOUND}; it?.click(); return !!it", kind, text))

    def keep(self, name: str) -> None:
        """A screenshot, the words on it, and the addresses asked since the last one."""
        self.browser.save_screenshot(str(SCREENSHOTS / f"{next(self.numbers):02} {name}.png"))
        self.seen.append(self.text())
        for entry in self.browser.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            asked = message["params"].get("request", {}).get("url") or message["params"].get("url", "")
            if message["method"] in ("Network.requestWillBeSent", "Network.webSocketCreated"):
                self.asked.add(asked)

    def run_over(self) -> str:
        """The state in which the run that was just started ends; its page tells of it by itself.

        The way there is the message that the run is planned; after a form the page goes to the deployment first.
        """
        eventually(lambda: not self.browser.current_url.partition("?")[0].endswith("/run"), OPENING)
        self.click("button", "View run")
        eventually(lambda: "/runs/flow-run/" in self.browser.current_url, OPENING)

        def over() -> str | None:
            now = self.browser.execute_script(f"return {FOUND}?.innerText.trim()", ".state-badge", "")
            return now if now in ("Completed", "Partial", "Failed", "Gate red", "Crashed") else None

        return str(eventually(over, RUNNING))

    def artifact(self, key: str) -> str:
        """The newest artifact of that key, opened as people do: from the list, then its newest version."""
        self.open("/artifacts")
        self.click(f"a[href$='/artifacts/key/{key}']", key)
        self.see("Created")
        self.click("a[href*='/artifacts/artifact/']", "")
        text = self.see("Show raw data")
        self.keep(key)
        return text


@pytest.fixture(scope="module")
def page(team: Team, said: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:  # noqa: F811
    shutil.rmtree(SCREENSHOTS, ignore_errors=True)
    SCREENSHOTS.mkdir(parents=True)
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('browser')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    with webdriver.Chrome(options, webdriver.ChromeService(DRIVER)) as browser:
        page = Page(browser=browser, url=f"http://127.0.0.1:{team.port}")
        yield page
        page.keep("at the end")


def test_the_page_wants_the_password(page: Page) -> None:
    """Whoever does not know it sees nothing but the question; the login is rollcall:PASSWORD."""
    page.open("/")
    box = page.find("input[type=password]")
    page.keep("login")
    box.send_keys("rollcall:wrong", Keys.ENTER)
    assert "Deployments" not in page.text()
    box.clear()
    box.send_keys(LOGIN, Keys.ENTER)
    page.see("Dashboard", "Deployments", "rollcall")
    page.keep("dashboard")


def test_the_page_opens_at_another_address_of_the_same_server(page: Page) -> None:
    """As localhost, at a tunnel's port, behind a proxy: it asks the server where it was opened itself."""
    here, page.url = page.url, page.url.replace("127.0.0.1", "localhost")
    page.open("/")
    page.find("input[type=password]").send_keys(LOGIN, Keys.ENTER)
    page.see("Dashboard", "Deployments", "rollcall")
    page.open("/deployments")
    page.see("collect-lanterns", "daily-spring")
    page.keep("localhost")
    page.url = here


def test_a_form_that_explains_itself_starts_a_collection(page: Page) -> None:
    """One platform, from one day on: chosen, submitted, watched to its end; it read that platform only."""
    page.open("/deployments")
    page.see("collect-lanterns", "build-lanterns", "daily-spring")
    page.keep("deployments")
    page.click("a", "collect-lanterns")
    page.click("button", "Run")
    page.click("a", "Custom run")
    page.see("Choose none to read all platforms", "in the campaign's time zone")
    page.keep("form, empty")
    choice = Select(page.find(".schema-form-property", "platforms").find_element(By.CSS_SELECTOR, "select[multiple]"))
    assert {option.text for option in choice.options} == {"mastodon", "wordpress"}
    choice.select_by_value("wordpress")
    page.find(".schema-form-property", "since").find_element(By.XPATH, ".//button[normalize-space()='date']").click()
    page.find("input[type=date]").send_keys("02032026")
    page.keep("form, filled in")
    page.click("button", "Submit")
    assert page.run_over() == "Completed"
    page.see("collect · lanterns · ", "Finished in state Completed")
    page.keep("collection, log")
    page.click("li", "Artifacts")
    page.see("lanterns-tally", "lanterns-coverage", "lanterns-collect-progress")
    page.keep("collection, artifacts")
    tally = page.artifact("lanterns-tally")
    assert "wordpress" in tally
    assert "mastodon" not in tally
    assert "127.0.0.1" in page.artifact("lanterns-coverage")


def test_a_day_is_one_press(page: Page) -> None:
    """Quick run of `daily`: its parts bear names; the day's digest leads to tally, coverage, headline and checks."""
    page.open("/deployments")
    page.click("a", "daily-lanterns")
    page.click("button", "Run")
    page.click("a,button,[role=menuitem]", "Quick run")
    page.click(".p-modal button", "Run")
    assert page.run_over() == "Completed"
    page.keep("daily")
    page.click("li", "Subflow Runs")
    page.see("collect · lanterns · ", "refresh · lanterns · ", "build · lanterns · ")
    page.keep("daily, its parts")
    assert "unique posts" in page.artifact("lanterns-headline")
    assert "100%" in page.artifact("lanterns-build-progress")
    assert "checks passed" in page.artifact("lanterns-checks")
    digest = page.artifact("lanterns-digest")
    assert "The campaign so far" in digest
    assert "report.html" in digest
    leads_to = str(page.find("a[href$='/artifacts/key/lanterns-coverage']", "coverage").get_attribute("href"))
    page.open(leads_to.removeprefix(page.url))
    page.see("what has been read")


def test_a_failing_platform_is_red_and_says_why(page: Page, team: Team) -> None:  # noqa: F811
    """Nobody takes it for green: Partial, and the sentence of what stopped it in the tally."""
    team.servers.faults.plant("wordpress", "status", status=401)
    page.open("/deployments")
    page.click("a", "collect-lanterns")
    page.click("button", "Run")
    page.click("a,button,[role=menuitem]", "Quick run")
    page.click(".p-modal button", "Run")
    assert page.run_over() == "Partial"
    team.servers.faults.clear()
    page.keep("partial")
    page.click("li", "Details")
    page.see("State Message", "wordpress: ")
    page.keep("partial, details")
    assert "what stopped it" in page.artifact("lanterns-tally")


def test_the_page_asked_nobody_outside(page: Page) -> None:
    """All it asked was this server; the other page of Prefect, which asks a server outside, is not offered."""
    hosts = {
        urlsplit(address).hostname for address in page.asked if urlsplit(address).scheme in ("http", "https", "ws")
    }
    assert hosts == {"127.0.0.1", "localhost"}
    page.open("/v2/")
    assert "V2" not in page.see("Dashboard")


def test_no_secret_was_on_the_page(page: Page) -> None:
    """In no log, state, artifact or parameter that was looked at; and something was looked at."""
    assert any("Finished in state" in text for text in page.seen)
    assert [word for word in PLANTED.values() for text in page.seen if word in text] == []
