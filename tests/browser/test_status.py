"""A reporter comes back with a browser that runs no script: enters the code, reads, adds, answers."""

import asyncio
import json
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Response, expect, sync_playwright

from services.installation import Installation
from services.intake.returns import receipt
from tests.flows.outside import DISTRICT, connected, fresh, headers_of, next_notice, seal, send

pytestmark = pytest.mark.browser

OFFICE = "office_petition"
ASK = "intake.ask_reporter.v1"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WCAG_AA = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
NOBODYS = receipt.write(bytes(10))
QUESTION, ANSWER, MATERIAL = "虚构的问题:哪一年?", "虚构的答复:前年", "虚构的补充\n第二行"


@pytest.fixture(scope="module")
def installation(install: Callable[..., Installation]) -> Installation:
    """One installation; its time is the broker's."""
    started: Installation = install(replay=False)
    return started


@pytest.fixture(scope="module")
def browser(installation: Installation) -> Iterator[Browser]:
    """The system's Chromium. After the installation: Playwright keeps this thread's event loop to itself."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, installation: Installation) -> Iterator[Page]:
    """A page without scripts, at the entry; each is a peer of its own."""
    address = f"http://127.0.0.1:{installation.running['intake'].port}"
    peer = {"X-Forwarded-For": f"192.0.2.{int(fresh('peer')[-3:])}"}
    with browser.new_context(java_script_enabled=False, base_url=address, extra_http_headers=peer) as context:
        page = context.new_page()
        page.goto(f"/{DISTRICT}/status")
        yield page


def taken(installation: Installation) -> dict[str, str]:
    """A petition that is in."""
    answer = httpx.post(
        f"http://127.0.0.1:{installation.running['intake'].port}/v1/{DISTRICT}/petitions",
        json={"channel": "web", "text": "虚构的一件"},
        headers={"Idempotency-Key": fresh("browser")},
    )
    found: dict[str, str] = answer.json()
    return found


def ask(installation: Installation, petition: str) -> None:
    """As the petition office; in a thread of its own, since Playwright has this one's event loop."""

    async def run() -> None:
        async with connected(installation, f"{DISTRICT}.{OFFICE}") as (office,):
            headers = headers_of(ASK)
            body = {"petition": petition, "content": seal(installation, QUESTION.encode())}
            await send(office, OFFICE, ASK, json.dumps(body).encode(), headers)
            await next_notice(office, OFFICE, headers["ce-id"])

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run()).result()


def look_up(page: Page, code: str) -> Response:
    """Enter a code; what the server answers."""
    page.get_by_label("回执码").fill(code)
    with page.expect_response("**/status") as answer:
        page.get_by_role("button", name="查询").click()
    return answer.value


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA. It is a script itself, so it looks at a copy where scripts may run."""
    browser, body = page.context.browser, page.content()
    assert browser is not None
    with browser.new_context() as context:
        copy = context.new_page()
        copy.route(page.url, lambda route: route.fulfill(body=body, content_type="text/html; charset=utf-8"))
        copy.goto(page.url)
        return [one["id"] for one in Axe().run(copy, options=WCAG_AA).response["violations"]]


def test_who_enters_the_code_sees_how_it_stands(page: Page, installation: Installation) -> None:
    petition = taken(installation)
    assert violations(page) == []
    answer = look_up(page, petition["receipt"].lower().replace("-", " "))
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    expect(page.get_by_text(petition["petition"])).to_be_visible()
    expect(page.get_by_role("heading", name="已登记,正在按规定处理")).to_be_visible()
    assert petition["receipt"] not in page.url
    assert violations(page) == []


def test_what_is_added_is_received_and_counted(page: Page, installation: Installation) -> None:
    petition = taken(installation)
    look_up(page, petition["receipt"])
    page.get_by_label("要补充的内容").fill(MATERIAL)
    page.get_by_role("button", name="提交材料").click()
    expect(page.get_by_role("status")).to_contain_text("材料已收到")
    expect(page.get_by_text("1 次")).to_be_visible()
    assert page.url.endswith(f"/{DISTRICT}/status/material")
    page.reload()
    expect(page.get_by_text("1 次")).to_be_visible()


def test_a_question_is_answered_once(page: Page, installation: Installation) -> None:
    petition = taken(installation)
    ask(installation, petition["petition"])
    look_up(page, petition["receipt"])
    expect(page.get_by_text(QUESTION)).to_be_visible()
    assert violations(page) == []
    page.get_by_label("对问题 1 的答复").fill(ANSWER)
    page.get_by_role("button", name="提交答复").click()
    expect(page.get_by_text("您已答复")).to_be_visible()
    expect(page.get_by_role("button", name="提交答复")).to_have_count(0)


@pytest.mark.parametrize(
    ("code", "status", "word"), [("ABC", 422, "抄错"), (receipt.write(bytes(10)), 404, "没有查到")]
)
def test_a_wrong_code_is_given_back_to_be_mended(page: Page, code: str, status: int, word: str) -> None:
    assert look_up(page, code).status == status
    expect(page.get_by_role("alert")).to_contain_text(word)
    expect(page.get_by_label("回执码")).to_have_value(code)
    expect(page).to_have_title(re.compile("^错误:查询来件"))
    assert violations(page) == []


def test_what_was_written_comes_back_when_it_cannot_be_sent(page: Page, installation: Installation) -> None:
    petition = taken(installation)
    look_up(page, petition["receipt"])
    page.get_by_label("要补充的内容").fill(" \n ")
    page.get_by_role("button", name="提交材料").click()
    expect(page.get_by_role("alert")).to_contain_text("请写下内容")
    assert violations(page) == []
    page.get_by_label("要补充的内容").fill(MATERIAL)
    page.get_by_role("button", name="再次提交").click()
    expect(page.get_by_role("status")).to_contain_text("材料已收到")


def test_a_district_that_is_not_there_has_a_page_all_the_same(page: Page) -> None:
    answer = page.goto("/990001/status")
    assert answer is not None and answer.status == 404
    expect(page.get_by_role("alert")).to_contain_text("没有这个网页")
    assert violations(page) == []
