"""People at the desk: they sign in, make their keys, read, fill in and sign, each in a browser of their own."""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect
from xinfang_contracts.signing import EnrolKey

from services.installation import Installation
from tests.eventually import eventually_sync
from tests.parts.speaking import DISTRICT, address, operator_says


@dataclass
class Person:
    """Somebody with a browser, whose key stays in it."""

    installation: Installation
    context: BrowserContext
    page: Page
    actor: str
    number: str
    key: str = ""
    bodies: list[str] = field(default_factory=list)
    """What their browser sent."""

    @property
    def desk(self) -> str:
        return address(self.installation, "review")

    def enter(self) -> None:
        """By the development issuer's page."""
        self.page.goto(f"{self.desk}/desk")
        self.page.get_by_role("link", name="登录").click()
        self.page.get_by_label("身份").select_option(f"{DISTRICT}.{self.actor}")
        self.page.get_by_label("人员编号").fill(self.number)
        self.page.get_by_role("button", name="以此身份登录").click()
        expect(self.page.get_by_role("heading", name="待办", exact=False).first).to_be_visible()

    def make_key(self) -> str:
        """On the page of keys; it waits to be enrolled."""
        self.page.goto(f"{self.desk}/desk/keys")
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="生成密钥并提交").click()
        expect(self.page.locator("#mine").get_by_text("待管理员核对启用")).to_be_visible()
        self.key = self.page.locator("#mine .thumbprint").inner_text().replace(" ", "")
        return self.key

    def enrolled(self) -> None:
        """The operator has compared it."""
        operator_says(self.installation, EnrolKey(signer=f"{DISTRICT}.{self.actor}", key=self.key))
        eventually_sync(self._is_enrolled, seconds=30)

    def _is_enrolled(self) -> bool:
        self.page.goto(f"{self.desk}/desk/keys")
        return self.page.locator("#mine").get_by_text("已启用").count() > 0

    def open(self, petition: str) -> None:
        """The page of a case, its scripts ready."""
        self.page.goto(f"{self.desk}/desk/cases/{petition}")
        expect(self.page.locator("#case[data-ready=true]")).to_be_attached()

    def read(self, name: str) -> str:
        """What the vault shows."""
        self.page.get_by_role("button", name=name).first.click()
        words = self.page.locator(".reading .shown-words")
        expect(words).to_be_visible()
        return words.inner_text()

    def form(self, title: str) -> Any:
        """The form of that title."""
        return self.page.locator("form.does").filter(has=self.page.get_by_role("heading", name=title))

    def sign(self) -> str:
        """Look at what is to be signed, and sign; the exact text."""
        dialog = self.page.locator("#signing")
        expect(dialog).to_be_visible()
        text = self.page.locator("#signing-text").text_content() or ""
        with self.page.expect_navigation():
            dialog.get_by_role("button", name="确认签名").click()
        expect(self.page.locator("#case[data-ready=true]")).to_be_attached()
        return text


def person(browser: Browser, installation: Installation, actor: str, number: str, size: tuple[int, int]) -> Person:
    """A browser of their own, as their own device is."""
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(15_000)
    someone = Person(installation, context, page, actor, number)
    page.on("request", lambda request: someone.bodies.append(f"{request.url} {request.post_data or ''}"))
    return someone
