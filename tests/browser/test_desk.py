"""A person's whole path at the desk: sign in, read, return, sign the second version, see it concluded."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from services.installation import Installation
from services.intake.returns import receipt
from services.review.signing.pen import Pen
from tests.conftest import CHROMIUM, ROOT, Install
from tests.eventually import eventually_sync
from tests.flows.canary import found_in
from tests.flows.evidence import tables_and_figures
from tests.parts.speaking import DISTRICT, Pens, queue_of

from .conftest import FLAGS, SIZES
from .desk import Person, person

pytestmark = pytest.mark.browser

WCAG_AA = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
UNIT = "unit_430406001"
OTHERS = ("office_supervision_1", "office_petition", "leader_assist_1", "leader_deputy_1", "leader_principal")
LETTER, REPORT, REMARKS = "虚构金丝雀信件原文", "虚构金丝雀核查报告", "虚构金丝雀退回意见"
ACCUSED, REPORTER = "虚构金丝雀甲", "虚构金丝雀乙"
VECTORS = json.loads((ROOT / "tests" / "rules" / "signed_vectors.json").read_text())


@pytest.fixture(scope="module")
def installation(install: Install) -> Installation:
    """One installation; its time is the broker's, its signatures are required."""
    started = install(replay=False)
    assert started.districts[DISTRICT].review.signatures == "required"
    return started


@pytest.fixture(scope="module")
def browser(installation: Installation) -> Iterator[Browser]:
    """After the installation: Playwright keeps this thread's event loop to itself."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, "--no-sandbox"])
        yield chromium
        chromium.close()


@dataclass
class Story:
    """A case under review, and the people about it. seen: what pages said on the way."""

    installation: Installation
    petition: str
    clerk: Person
    unit: Person
    trial: Person
    pens: Pens
    seen: dict[str, Any]


@pytest.fixture(scope="module")
def story(installation: Installation, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """From the clerk's letter to the conclusion, once; the tests look at what became of it."""
    pictures = tmp_path_factory.mktemp("desk")
    clerk = person(browser, installation, "office_petition", "p_clerk", SIZES["desktop"])
    unit = person(browser, installation, UNIT, "p_unit", SIZES["desktop"])
    trial = person(browser, installation, "office_trial", "p_trial", SIZES["desktop"])
    for one in (clerk, unit, trial):
        one.enter()
        one.make_key()
        one.enrolled()
    petition = write_down(clerk)
    screen(clerk, petition)
    eventually_sync(lambda: queue_of(installation, "routing", UNIT), seconds=30)
    found = Story(installation, petition, clerk, unit, trial, Pens(installation), {"pictures": pictures})
    hand_in(unit, petition, f"{REPORT}第一版")
    _review(found)
    return found


def write_down(clerk: Person) -> str:
    page = clerk.page
    page.goto(f"{clerk.desk}/desk/letters")
    page.get_by_label("反映的情况").fill(LETTER)
    page.get_by_role("group", name="被反映人").get_by_label("姓名").fill(ACCUSED)
    page.get_by_role("group", name="举报人").get_by_label("姓名").fill(REPORTER)
    page.get_by_role("button", name="加密并登记").click()
    expect(page.locator("#done")).to_be_visible()
    assert receipt.read(page.locator("#done-receipt").inner_text()) is not None
    return page.locator("#done-number").inner_text()


def screen(clerk: Person, petition: str) -> None:
    clerk.open(petition)
    assert clerk.read("信访件原文") == LETTER
    form = clerk.page.locator("form.does").first
    form.get_by_label("问题类别").select_option("masses")
    form.get_by_label("被反映人职级").select_option("village_or_other")
    form.get_by_label("归口单位").select_option(UNIT)
    with clerk.page.expect_navigation():
        form.get_by_role("button", name="受理").click()


def hand_in(unit: Person, petition: str, text: str) -> None:
    unit.open(petition)
    form = unit.form("提交核查报告")
    form.get_by_label("核查结论").select_option("proved")
    form.get_by_label("报告正文").fill(text)
    with unit.page.expect_navigation():
        form.get_by_role("button", name="提交报告").click()


def _review(story: Story) -> None:
    trial, seen = story.trial, story.seen
    trial.page.goto(f"{trial.desk}/desk")
    seen["queue"] = trial.page.get_by_role("main").inner_text()
    picture(trial, story, "queue")
    trial.page.get_by_role("link", name="审阅报告").click()
    trial.open(story.petition)
    seen["read"] = trial.read("核查报告（第 1 版）")
    picture(trial, story, "case")
    back = trial.form("退回这一版报告")
    back.get_by_label("退回理由").select_option("evidence_lacking")
    back.get_by_label("意见").fill(REMARKS)
    back.get_by_role("button", name="退回并签名").click()
    expect(trial.page.locator("#signing")).to_be_visible()
    seen["dialog"] = trial.page.locator("#signing-facts").inner_text()
    seen["returned"] = json.loads(trial.sign())
    story.unit.open(story.petition)
    seen["remarks"] = story.unit.read("查阅审阅意见")
    hand_in(story.unit, story.petition, f"{REPORT}第二版")
    trial.open(story.petition)
    seen["read_again"] = trial.read("核查报告（第 2 版）")
    trial.form("同意这一版报告").get_by_role("button", name="同意并签名").click()
    seen["agreed"] = json.loads(trial.sign())
    story.pens.enrol(*OTHERS)
    told = bound(trial, story)
    for actor in OTHERS:
        answer = story.pens.agree(story.petition, 2, told, actor)
        assert answer.status_code == 201, answer.text
    trial.open(story.petition)
    seen["record"] = trial.page.locator(".record").inner_text()
    picture(trial, story, "concluded")


def bound(trial: Person, story: Story) -> dict[str, Any]:
    """What the others sign over: the same version, as the trial office's own signature names it."""
    signature = story.seen["agreed"]["data"]["signature"]
    return {"report": {"digest": signature["over"]}, "link": {"hash": signature["seen"]}}


def picture(someone: Person, story: Story, name: str) -> None:
    someone.page.screenshot(path=str(story.seen["pictures"] / f"{name}.png"), full_page=True)


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA. It is a script itself, so it looks at a copy where scripts may run."""
    browser, body = page.context.browser, page.content()
    assert browser is not None
    with browser.new_context() as context:
        copy = context.new_page()
        copy.route(page.url, lambda route: route.fulfill(body=body, content_type="text/html; charset=utf-8"))
        copy.route("**/*.js", lambda route: route.abort())
        copy.goto(page.url)
        return [
            f"{one['id']}: {one['nodes'][0]['html']}" for one in Axe().run(copy, options=WCAG_AA).response["violations"]
        ]


def wide_or_small(page: Page) -> list[str]:
    """What runs over the edge, or is too small for a finger."""
    size = page.viewport_size
    assert size is not None
    met = page.locator("main").locator("button, input:not([type=checkbox]), select, textarea, a.button, .task a")
    boxes = [(one, one.bounding_box()) for one in met.all() if one.is_visible()]
    found = [
        one.evaluate("one => one.outerHTML")
        for one, box in boxes
        if box is None or box["height"] < 44 or box["x"] + box["width"] > size["width"]
    ]
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return found + ([f"scrolls to {width}"] if width > size["width"] else [])


def test_a_person_returns_a_report_signs_the_second_and_sees_it_concluded(story: Story) -> None:
    seen = story.seen
    assert story.petition in seen["queue"] and "审阅报告、发表意见" in seen["queue"]
    assert (seen["read"], seen["read_again"]) == (f"{REPORT}第一版", f"{REPORT}第二版")
    assert seen["remarks"] == REMARKS
    assert (seen["returned"]["data"]["version"], seen["returned"]["data"]["returned"]) == (1, "evidence_lacking")
    assert (seen["agreed"]["data"]["version"], "returned" in seen["agreed"]["data"]) == (2, False)
    expect(story.trial.page.locator(".status.concluded")).to_contain_text("已办结")
    assert story.trial.page.locator(".voice.agreed").count() == len(OTHERS) + 2
    for told in ("案件审理室退回第 1 版：证据不足", "案件审理室同意第 2 版", "委主要负责同志同意第 2 版", "办结：属实"):
        assert told in seen["record"]


def test_what_is_signed_is_shown_in_chinese_before_it_is(story: Story) -> None:
    for shown in ("退回这一版报告：证据不足", story.petition, "第 1 版", "案件审理室", "p_trial", "有（已加密）"):
        assert shown in story.seen["dialog"]


def test_no_word_of_anybody_leaves_the_page_in_the_clear(story: Story) -> None:
    words = [LETTER, REPORT, REMARKS, ACCUSED, REPORTER]
    sent = {one.actor: "\n".join(one.bodies).encode() for one in (story.clerk, story.unit, story.trial)}
    assert all("/desk/commands/" in body.decode() for body in sent.values())
    assert found_in(sent, words) == []
    logs = {path.name: path.read_bytes() for path in (story.installation.folder / "logs").iterdir()}
    assert found_in(logs, words) == []
    with ThreadPoolExecutor(1) as thread:
        kept = thread.submit(lambda: asyncio.run(tables_and_figures(story.installation))).result()
    assert found_in(kept, words) == []


def test_private_keys_stay_in_the_browser(story: Story) -> None:
    script = """async () => {
        const { all } = await import("/desk/static/own.js");
        const page = document.querySelector("#keys").dataset;
        const [one] = await all(page.signer, page.person);
        const take = (key) => crypto.subtle.exportKey("jwk", key).then(() => "taken", (error) => error.name);
        return [await take(one.sign), await take(one.read), Object.keys(localStorage).length + document.cookie.length];
    }"""
    story.trial.page.goto(f"{story.trial.desk}/desk/keys")
    expect(story.trial.page.locator("#mine .key")).to_be_visible()
    assert story.trial.page.evaluate(script) == ["InvalidAccessError", "InvalidAccessError", 0]


@pytest.mark.parametrize("size", ["phone", "desktop"])
@pytest.mark.parametrize("where", ["/desk", "/desk/keys", "/desk/letters", "/desk/cases/{petition}", "/desk/cases/new"])
def test_pages_are_readable_for_everybody(story: Story, where: str, size: str) -> None:
    page, (width, height) = story.clerk.page, SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    number = write_down(story.clerk) if where.endswith("/new") else story.petition
    page.goto(story.clerk.desk + where.replace("new", number).format(petition=story.petition))
    if "/cases/" in where:
        expect(page.locator("#case[data-ready=true]")).to_be_attached()
        story.clerk.read("信访件原文")
    assert violations(page) == []
    assert wide_or_small(page) == []


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_whoever_is_not_signed_in_sees_how_to(browser: Browser, installation: Installation, size: str) -> None:
    somebody = person(browser, installation, "office_trial", "p_other", SIZES[size])
    somebody.page.goto(f"{somebody.desk}/desk/cases/{DISTRICT}-2026-000001")
    expect(somebody.page.get_by_role("link", name="登录")).to_be_visible()
    assert violations(somebody.page) == []
    somebody.page.get_by_role("link", name="登录").click()
    expect(somebody.page.get_by_text("仅供开发和演示")).to_be_visible()
    assert violations(somebody.page) == []
    assert wide_or_small(somebody.page) == []
    somebody.context.close()


def test_with_the_keyboard_alone_one_reads_and_turns_back_from_signing(story: Story, browser: Browser) -> None:
    petition = write_down(story.clerk)
    screen(story.clerk, petition)
    eventually_sync(lambda: any(one["petition"] == petition for one in queue_of(story.installation, "routing", UNIT)))
    hand_in(story.unit, petition, REPORT)
    page = story.trial.page
    story.trial.open(petition)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    agree = story.trial.form("同意这一版报告").get_by_role("button", name="同意并签名")
    for _ in range(30):
        page.keyboard.press("Tab")
        if agree.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("#signing")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#signing")).to_be_hidden()
    expect(story.trial.form("同意这一版报告").get_by_role("status")).to_contain_text("没有签名")
    story.trial.open(petition)
    expect(agree).to_be_visible()


def test_what_was_refused_is_said_anew_and_what_was_not_heard_again(story: Story) -> None:
    petition = write_down(story.clerk)
    screen(story.clerk, petition)
    eventually_sync(lambda: any(one["petition"] == petition for one in queue_of(story.installation, "routing", UNIT)))
    hand_in(story.unit, petition, REPORT)
    page, keys, answers = story.trial.page, [], [503, 409, 409]

    def answer(route: Any) -> None:
        keys.append(route.request.headers["idempotency-key"])
        route.fulfill(status=answers[len(keys) - 1], json={"reason": "not_your_turn", "text": f"拟 {len(keys)} / no"})

    story.trial.open(petition)
    page.route("**/give_opinion", answer)
    form = story.trial.form("同意这一版报告")
    for times in (1, 2, 3):
        form.get_by_role("button", name="同意并签名").click()
        page.get_by_role("button", name="确认签名").click()
        expect(form.get_by_role("status")).to_contain_text(f"拟 {times}")
    page.unroute("**/give_opinion")
    # Nobody knows of the first whether it was heard: it is the same command. The second was refused.
    assert keys[0] == keys[1] != keys[2]


def test_a_device_without_the_key_can_neither_read_nor_sign(story: Story, browser: Browser) -> None:
    elsewhere = person(browser, story.installation, "office_trial", "p_trial", SIZES["desktop"])
    elsewhere.enter()
    elsewhere.open(story.petition)
    elsewhere.page.get_by_role("button", name="信访件原文").click()
    expect(elsewhere.page.locator(".reading-kind")).to_contain_text("没有您启用的密钥")
    elsewhere.context.close()


def test_a_case_of_others_is_not_shown(story: Story, browser: Browser) -> None:
    other = person(browser, story.installation, "unit_430406100", "p_other_unit", SIZES["desktop"])
    other.enter()
    other.page.goto(f"{other.desk}/desk/cases/{story.petition}")
    expect(other.page.get_by_text("没有这个网页，或您无权查看")).to_be_visible()
    assert other.page.get_by_text("联审").count() == 0
    other.context.close()


def test_the_page_signs_as_every_client_does(story: Story) -> None:
    script = """async (vectors) => {
        const { signedText } = await import("/desk/static/signing.js");
        const { thumbprint } = await import("/desk/static/own.js");
        const { written } = await import("/desk/static/receipt.js");
        const texts = vectors.map((one) => {
            const { value, ...signature } = one.data.signature;
            return signedText(`${one.district}.${one.actor}`, one.type, { ...one.data, signature });
        });
        const { kty, crv, x } = vectors[0].private.sign;
        const bytes = new Uint8Array([1, 2, 3, 4, 5, 250, 251, 252, 253, 0]);
        return [texts, await thumbprint({ kty, crv, x }), written(bytes)];
    }"""
    story.trial.page.goto(f"{story.trial.desk}/desk/keys")
    signed = VECTORS["signed"]
    texts, key, code = story.trial.page.evaluate(script, signed)
    assert texts == [one["text"] for one in signed]
    assert key == Pen.of(json.dumps(signed[0]["private"])).key
    assert code == receipt.write(bytes([1, 2, 3, 4, 5, 250, 251, 252, 253, 0]))


def test_who_signs_out_is_out(story: Story, browser: Browser) -> None:
    leaving = person(browser, story.installation, "leader_principal", "p_leaving", SIZES["desktop"])
    leaving.enter()
    cookie: Any = next(one for one in leaving.context.cookies() if one["name"] == "xinfang_desk")
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    leaving.page.get_by_role("button", name="退出").click()
    expect(leaving.page.get_by_role("link", name="登录")).to_be_visible()
    leaving.context.add_cookies([cookie])
    leaving.page.goto(f"{leaving.desk}/desk")
    expect(leaving.page.get_by_role("link", name="登录")).to_be_visible()
    leaving.context.close()


def test_pictures_were_taken(story: Story) -> None:
    pictures: Path = story.seen["pictures"]
    assert {one.stem for one in pictures.iterdir()} == {"queue", "case", "concluded"}
