"""Chromium, and visits to the deployed shop in it."""

import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

from devstack import browser as chromium
from devstack.stack import Stack
from devstack.state import ROOT

PHONE = (390, 844)
TABLET = (1180, 820)
TIMEOUT_SECONDS = 60  # a loaded machine may be many times slower
FAILURES = ROOT / ".devstack" / "browser"
"""Where failed tests leave a screenshot and a trace (`playwright show-trace`)."""

_FAILED = pytest.StashKey[bool]()

expect.set_options(timeout=TIMEOUT_SECONDS * 1000)


@dataclass
class Visit:
    """A visitor's browser, with its own storage. What goes wrong in a page fails the test."""

    context: BrowserContext
    page: Page
    problems: list[str] = field(default_factory=list)
    _expected: list[re.Pattern[str]] = field(default_factory=list)

    def expect_problem(self, pattern: str) -> None:
        """Let problems that match pass: a refused request is an error in the console, too."""
        self._expected.append(re.compile(pattern))

    @property
    def unexpected(self) -> list[str]:
        return [
            problem
            for problem in self.problems
            if not any(pattern.search(problem) for pattern in self._expected)
        ]

    def watch(self, page: Page) -> None:
        """Write down errors of a page: in the console, uncaught, refused, failed."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"uncaught: {error}"))
        page.on("requestfailed", self._request_failed)
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(f"console: {message.text} ({message.location.get('url')})")

    def _request_failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the page was left
            self.problems.append(f"{request.method} {request.url}: {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            request = response.request
            self.problems.append(f"{request.method} {request.url}: {response.status}")


type Open = Callable[..., Visit]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium. It ends with the module, as does the event loop that Playwright runs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.ensure(), args=chromium.flags()
        )
        yield browser
        browser.close()


@pytest.fixture
def open_browser(browser: Browser, cloud: Stack, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Return a function that opens a browser without any data, at the shop's address."""
    visits: list[Visit] = []

    def open_(
        *,
        locale: str = "en-GB",
        dark: bool = False,
        size: tuple[int, int] = PHONE,
        reduced_motion: bool = True,
    ) -> Visit:
        context = browser.new_context(
            base_url=cloud.env()["GORDER_PAGES_URL"],
            locale=locale,
            color_scheme="dark" if dark else "light",
            viewport={"width": size[0], "height": size[1]},
            reduced_motion="reduce" if reduced_motion else "no-preference",
        )
        context.set_default_timeout(TIMEOUT_SECONDS * 1000)
        context.tracing.start(snapshots=True)
        visit = Visit(context, context.new_page())
        context.on("page", visit.watch)
        visit.watch(visit.page)
        visits.append(visit)
        return visit

    yield open_
    unexpected = [problem for visit in visits for problem in visit.unexpected]
    failed = bool(unexpected) or request.node.stash.get(_FAILED, False)
    for number, visit in enumerate(visits, start=1):
        _close(visit, _folder(request.node) / str(number) if failed else None)
    assert not unexpected


@pytest.fixture
def visit(open_browser: Open) -> Visit:
    """Open a phone's browser in English."""
    return open_browser()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note that a test has failed, for its fixtures."""
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    return report


def _folder(item: pytest.Item) -> Path:
    name = re.sub(r"[^\w-]+", "-", item.name).strip("-")
    return FAILURES / f"{item.path.stem}-{name}"


def _close(visit: Visit, folder: Path | None) -> None:
    """Close a browser, and keep what it showed if the test has failed."""
    if folder is None:
        visit.context.tracing.stop()
    else:
        for number, page in enumerate(visit.context.pages, start=1):
            page.screenshot(path=folder / f"page-{number}.png", full_page=True)
        visit.context.tracing.stop(path=folder / "trace.zip")
        print(f"Screenshots and a trace are in {folder}")  # noqa: T201 - shown below the failure
    visit.context.close()
