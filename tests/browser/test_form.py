"""A person with a telephone, or at a desk, fills in the form: no JavaScript, and nothing that bars anybody."""

import struct
import zlib
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import FilePayload, Page

from services.installation import Installation
from services.intake.returns import receipt

pytestmark = pytest.mark.browser

FORM = "/430406/report/qr_mashang"
EACH_SIZE = pytest.mark.parametrize("size", ["phone", "desktop"])
EACH_PAGE = pytest.mark.parametrize("stage", ["form", "faults", "answer", "wrong"])
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
TEXT = "虚构：某村的鱼塘承包款三年没有公开,\n村民问过两次没有答复。"
OpenPage = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="module")
def address(install: Callable[..., Installation]) -> str:
    """Where intake's doors are."""
    return f"http://127.0.0.1:{install(replay=False).running['intake'].port}"


def photo() -> FilePayload:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    content = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\x00\x00")) + chunk(b"IEND", b"")
    return {"name": "照片.png", "mimeType": "image/png", "buffer": content}


async def fill_in(page: Page, *files: FilePayload, text: str = TEXT, paths: Sequence[Path] = ()) -> None:
    await page.get_by_label("您要反映的情况").fill(text)
    await page.get_by_label("单位").fill("某村民委员会")
    await page.get_by_label("级别").select_option("village_or_other")
    await page.get_by_label("所涉的镇街").select_option("430406001001")
    await page.get_by_label("附件").set_input_files(paths or files, timeout=60_000)


async def press(page: Page) -> None:
    async with page.expect_navigation():
        await page.get_by_role("button", name="提交").click()


async def code_of(page: Page) -> str:
    return await page.locator("p.code").inner_text()


async def reach(open_page: OpenPage, address: str, stage: str, size: str = "phone", *, script: bool = False) -> Page:
    """A page as far along as ``stage`` says."""
    page = await open_page(address + ("/430406/report/nowhere" if stage == "wrong" else FORM), size, script=script)
    if stage == "faults":
        await fill_in(page, {"name": "备注.txt", "mimeType": "text/plain", "buffer": b"text"}, text="  ")
        await press(page)
    if stage == "answer":
        await fill_in(page, photo())
        await press(page)
    return page


@EACH_SIZE
async def test_a_person_sends_the_form_with_a_photo_and_a_reload_changes_nothing(
    open_page: OpenPage, address: str, size: str, tmp_path: Path
) -> None:
    # Of a file that lies nowhere on disk, chromium sends nothing when the page is reloaded.
    file = tmp_path / "照片.png"
    file.write_bytes(photo()["buffer"])
    page = await open_page(address + FORM, size)
    await fill_in(page, paths=[file])
    await press(page)
    assert (await page.title()).startswith("已登记")
    code = await code_of(page)
    assert receipt.read(code) == code
    assert await page.locator(".facts dd").nth(1).inner_text() == "1"
    await page.reload()
    assert await code_of(page) == code
    assert "没有重复登记" in await page.content()


async def test_pressed_twice_the_button_registers_once(open_page: OpenPage, address: str) -> None:
    page = await open_page(address + FORM)
    await fill_in(page)
    await page.get_by_role("button", name="提交").dblclick()
    code = await code_of(page)
    await page.reload()
    assert await code_of(page) == code


@EACH_SIZE
async def test_a_person_is_led_from_the_summary_to_each_fault_and_puts_it_right(
    open_page: OpenPage, address: str, size: str
) -> None:
    page = await reach(open_page, address, "faults", size)
    assert (await page.title()).startswith("请修改")
    links = page.locator(".error-summary a")
    assert [await link.get_attribute("href") for link in await links.all()] == ["#text", "#files"]
    await links.first.click()
    await page.keyboard.type(TEXT)
    assert await page.get_by_label("您要反映的情况").input_value() == TEXT
    assert await page.get_by_label("单位").input_value() == "某村民委员会"
    assert await page.get_by_label("级别").input_value() == "village_or_other"
    await press(page)
    assert (await page.title()).startswith("已登记")


async def test_the_form_can_be_filled_in_and_sent_with_the_keyboard_alone(open_page: OpenPage, address: str) -> None:
    page = await open_page(address + FORM, "desktop")
    await page.get_by_label("您要反映的情况").focus()
    await page.keyboard.type(TEXT)
    await page.get_by_role("button", name="提交").focus()
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert (await page.title()).startswith("已登记")


@EACH_PAGE
@EACH_SIZE
async def test_no_page_bars_anybody_as_far_as_axe_can_tell(
    open_page: OpenPage, address: str, stage: str, size: str
) -> None:
    page = await reach(open_page, address, stage, size, script=True)
    for details in await page.locator("details").all():
        await details.locator("summary").click()
    found = await Axe().run(page, options=RULES)
    assert not found.response["violations"], found.generate_report()


@EACH_PAGE
@EACH_SIZE
async def test_nothing_runs_over_the_edge_and_a_finger_meets_44_pixels(
    open_page: OpenPage, address: str, stage: str, size: str
) -> None:
    page = await reach(open_page, address, stage, size, script=True)
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for met in (
        await page.locator("main").locator("a, button, input:not([type=hidden]), select, textarea, summary").all()
    ):
        box = await met.bounding_box()
        assert box is not None and box["height"] >= 44, await met.evaluate("one => one.outerHTML")


async def test_a_page_asks_for_itself_and_its_style_and_nothing_else(open_page: OpenPage, address: str) -> None:
    page = await open_page(address + FORM)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await fill_in(page)
    await press(page)
    assert {url.split("?")[0] for url in asked} - {"data:,"} <= {address + FORM, f"{address}/static/xinfang.css"}
    assert await page.context.cookies() == []


async def test_on_paper_there_is_the_slip_alone(open_page: OpenPage, address: str) -> None:
    page = await reach(open_page, address, "answer")
    await page.emulate_media(media="print")
    assert await page.locator("#slip").is_visible() and await page.locator(".qr svg").is_visible()
    assert not await page.locator(".received").is_visible()
    assert not await page.locator("header").is_visible()


async def test_files_over_the_limit_are_answered_with_a_page(open_page: OpenPage, address: str) -> None:
    page = await open_page(address + FORM)
    heavy: FilePayload = {"name": "照片.png", "mimeType": "image/png", "buffer": photo()["buffer"] + bytes(12 << 20)}
    await fill_in(page, heavy, heavy, heavy)
    await press(page)
    assert "文件太大" in await page.title()
