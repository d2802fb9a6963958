"""A browser for the tests of the pages: the system's chromium, one for the whole run."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.conftest import CHROMIUM

FLAGS = [
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"phone": (390, 844), "desktop": (1280, 900)}


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium; as root it runs only without its sandbox."""
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield chromium
        await chromium.close()


OpenPage = Callable[..., Awaitable[Page]]


@pytest.fixture
async def open_page(browser: Browser) -> AsyncIterator[OpenPage]:
    """``open_page(address, size)`` in a context of its own, without JavaScript unless ``script`` asks for it.

    With ``script`` the page's own policy is set aside: it would keep the inspecting script out.
    """
    contexts = []

    async def open_(address: str, size: str = "phone", *, script: bool = False) -> Page:
        width, height = SIZES[size]
        context = await browser.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=script, bypass_csp=script, locale="zh-CN"
        )
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(10_000)
        await page.goto(address)
        return page

    yield open_
    for context in contexts:
        await context.close()
