"""A browser as people use it: a small phone in the hand, or a keyboard on a desk.

Chromium is the system's own; where there is none, tests that need it are skipped by name. With `--update` the
pictures of the documentation are taken anew (docs/images).
"""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
IMAGES = Path(__file__).parents[2] / "docs" / "images"
PHONE = {"width": 360, "height": 640}
DESK = {"width": 1100, "height": 760}
PATIENCE = 10_000
"""Milliseconds until what a person waits for must have come."""

expect.set_options(timeout=PATIENCE)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The system's Chromium, without a window. Skips where there is none."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("Chromium is not installed: install `chromium` to run the browser tests")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=ARGS)
        try:
            yield browser
        finally:
            await browser.close()


async def phone(browser: Browser, address: str, **more: object) -> BrowserContext:
    """A 5-inch phone held upright: touch, 360 × 640, two pixels a point."""
    options = {"viewport": PHONE, "device_scale_factor": 2, "has_touch": True, "is_mobile": True, **more}
    return await _context(browser, address, options)


async def desk(browser: Browser, address: str, **more: object) -> BrowserContext:
    """A computer with a keyboard and a mouse."""
    return await _context(browser, address, {"viewport": DESK, **more})


async def _context(browser: Browser, address: str, options: dict[str, object]) -> BrowserContext:
    context = await browser.new_context(base_url=address, reduced_motion="reduce", **options)
    context.set_default_timeout(PATIENCE)
    return context


class Chat:
    """The chat in one tab, by what a person sees and a screen reader is told."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on(
            "console", lambda line: self.faults.append(line.text) if "Content Security" in line.text else None
        )

    @classmethod
    async def open(cls, context: BrowserContext, persona: str | None = None) -> "Chat":
        """A new tab; in the demo as the persona of that label."""
        chat = cls(await context.new_page())
        await chat.page.goto("/")
        if persona:
            await chat.page.get_by_role("button", name=persona).click()
            await expect(chat.log).to_be_visible()
        return chat

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def box(self) -> Locator:
        return self.page.get_by_role("textbox", name="Tin nhắn")

    @property
    def newest(self) -> Locator:
        """The newest message of the bot."""
        return self.log.locator(".bot").last

    @property
    def choices(self) -> Locator:
        """The choices of the newest question."""
        return self.log.get_by_role("group", name="Lựa chọn").last.get_by_role("button")

    async def say(self, text: str) -> None:
        """Types and sends."""
        await self.box.fill(text)
        await self.page.get_by_role("button", name="Gửi", exact=True).click()

    async def choose(self, label: str) -> None:
        """Taps a choice of the newest question."""
        await self.log.get_by_role("group").last.get_by_role("button", name=label, exact=True).click()

    async def answer(self, text: str) -> None:
        """Taps the choice of that label, or types where there is none; waits for what the bot says to it,
        in a new message or in the one whose choice it was.

        On an empty page it first waits for the greeting, so the text is read before the count: read after it,
        the greeting itself would be taken for the answer.
        """
        text_before = await self.newest.text_content()
        said = [await self.log.locator(".bot").count(), text_before]
        choice = self.log.get_by_role("group").last.get_by_role("button", name=text, exact=True)
        if await choice.count():
            await choice.click()
        else:
            await self.say(text)
        await self.page.wait_for_function(
            "([count, text]) => { const all = document.querySelectorAll('[role=log] .bot');"
            " return all.length > count || all[all.length - 1].textContent !== text; }",
            arg=said,
        )

    async def sees(self, text: str) -> None:
        """Waits until the bot's newest message holds this."""
        await expect(self.newest).to_contain_text(text)

    async def talk(self) -> list[str]:
        """All that was said, by both, as one reads it: without ticks and the words for screen readers."""
        return await self.log.locator("li.message > .bubble").evaluate_all(
            "bubbles => bubbles.map(b => { const c = b.cloneNode(true); c.querySelector('.unseen').remove();"
            " return c.textContent; })"
        )


async def picture(
    chat: Chat, name: str, request: pytest.FixtureRequest, *, top: Locator | None = None
) -> None:
    """Keeps what the phone shows as a picture of the documentation, if pictures are to be taken; from the top
    of a message on, where it is longer than the screen."""
    if not request.config.getoption("--update"):
        return
    await chat.page.evaluate("document.activeElement.blur()")
    if top is not None:
        await top.evaluate("message => message.scrollIntoView({block: 'start'})")
    await chat.page.screenshot(path=IMAGES / name)
