"""The WeChat door on real servers: a follower's text becomes one petition, whoever repeats it, and nothing is told."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from services.installation import Installation
from services.intake.returns import receipt
from tests.conftest import Install
from tests.rules import weixin
from tests.rules.weixin import AES_KEY, APP_ID, OPENID, TEXT, TOKEN, WeChat

from .opened import base_url, open_door, petitions, query, refusal, told, traits

DOOR = "/wechat/430406/wechat"
PLAIN, SAFE = WeChat(), WeChat(aes_key=AES_KEY)


@pytest.fixture(scope="module")
def installation(install: Install) -> Installation:
    """An installation whose WeChat door is still shut."""
    return install(replay=False)


@pytest.fixture(scope="module", params=[PLAIN, SAFE], ids=["plain", "safe"])
def server(request: pytest.FixtureRequest, installation: Installation) -> WeChat:
    """WeChat's server, for a door that was opened in its mode."""
    found: WeChat = request.param
    secret = {"token": TOKEN, "app_id": APP_ID, "form_url": "https://form.example/report"}
    open_door(installation, "430406.wechat.wechat", secret | ({"encoding_aes_key": AES_KEY} if found.aes_key else {}))
    return found


@pytest.fixture
def http(installation: Installation) -> Iterator[httpx.Client]:
    """A client of intake's doors."""
    with httpx.Client(base_url=base_url(installation), timeout=40) as client:
        yield client


def send(http: httpx.Client, server: WeChat, text: str, *, age: int = 0, nonce: str = "n1") -> httpx.Response:
    query, body = server.callback(text, int(time.time()) - age, nonce)
    return http.post(DOOR, params=query, content=body.encode(), headers={"Content-Type": "text/xml"})


def said(server: WeChat, response: httpx.Response) -> str:
    """The text of a passive reply."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/xml")
    assert response.headers["cache-control"] == "no-store"
    reply = server.read(response.text)
    assert reply["ToUserName"] == OPENID
    return reply["Content"]


def handed_in(text: str) -> tuple[str, str]:
    """Number and receipt of a reply."""
    found = re.search(r"编号:(\S+)\n查询码:(\S+)\n", text)
    assert found is not None, text
    assert receipt.read(found[2]) == found[2] and "不能再次发送" in text
    return found[1], found[2]


def id_of(server: WeChat, number: int) -> str:
    return f"{1 if server.aes_key else 2}{number:016d}"


# -- the door is shut until there is a secret file


def test_without_a_secret_file_the_door_is_shut_and_the_others_are_not(
    http: httpx.Client, installation: Installation
) -> None:
    assert not (installation.folder / "keys" / "430406.wechat.wechat.secret.json").exists()
    assert refusal(send(http, PLAIN, weixin.message()), 404, silent=TEXT) == ("not_set_up", [])
    assert refusal(http.get(DOOR, params={"echostr": "x"}), 404, silent=TEXT) == ("not_set_up", [])
    assert http.get("/readyz").status_code == 200


@pytest.mark.parametrize("path", ["430406/letter", "430406/nowhere", "430406/..%2F..%2Fvault", "430406/yidiantong"])
def test_what_is_no_wechat_channel_has_no_such_door(http: httpx.Client, path: str) -> None:
    response = http.post(f"/wechat/{path}", content=weixin.message().encode())
    assert response.status_code == 404


# -- verification


def test_the_address_is_verified(http: httpx.Client, server: WeChat) -> None:
    query, _ = server.callback("", int(time.time()))
    query.pop("msg_signature", None)
    right = http.get(DOOR, params=query | {"echostr": "6543210"})
    assert (right.status_code, right.text) == (200, "6543210")
    assert right.headers["content-type"].startswith("text/plain")
    wrong = http.get(DOOR, params=query | {"echostr": "6543210", "nonce": "other"})
    assert refusal(wrong, 403, silent="6543210") == ("wrong_signature", [])


# -- a text


def test_a_text_becomes_a_petition_and_the_reply_holds_number_and_receipt(
    http: httpx.Client, installation: Installation, server: WeChat
) -> None:
    before = petitions(installation)
    number, _ = handed_in(said(server, send(http, server, weixin.message(id_=id_of(server, 1)))))
    assert petitions(installation) == before + 1
    found = traits(installation, number)
    assert (found["channel"], found["form"]) == ("wechat", "net")


def test_what_wechat_repeats_is_one_petition_with_one_answer(
    http: httpx.Client, installation: Installation, server: WeChat
) -> None:
    before = petitions(installation)
    text = weixin.message(id_=id_of(server, 2))
    with ThreadPoolExecutor(3) as pool:
        at_once = list(pool.map(lambda nonce: said(server, send(http, server, text, nonce=nonce)), ["a", "b", "c"]))
    later = said(server, send(http, server, text, age=-5, nonce="d"))
    assert len({handed_in(reply) for reply in [*at_once, later]}) == 1
    assert petitions(installation) == before + 1


def test_another_message_of_the_same_words_is_another_petition(http: httpx.Client, server: WeChat) -> None:
    one = handed_in(said(server, send(http, server, weixin.message(id_=id_of(server, 3)))))
    other = handed_in(said(server, send(http, server, weixin.message(id_=id_of(server, 4)))))
    assert set(one).isdisjoint(other)


def test_one_id_with_other_words_is_refused(http: httpx.Client, server: WeChat) -> None:
    handed_in(said(server, send(http, server, weixin.message(id_=id_of(server, 5)))))
    again = send(http, server, weixin.message(id_=id_of(server, 5), text=TEXT + "另一内容"))
    assert refusal(again, 409, silent="另一内容")[0] == "id_reused"


def test_a_petition_on_the_leadership_is_answered_like_any_other(
    http: httpx.Client, installation: Installation, server: WeChat
) -> None:
    text = "举报雁峰区纪委监委主要负责同志的问题,虚构内容,请上级核查处理。"
    reply = said(server, send(http, server, weixin.message(id_=id_of(server, 6), text=text)))
    number, _ = handed_in(reply)
    assert query(installation, "SELECT count(*) FROM intake.petitions WHERE petition = $1", number) == 1


# -- everything else


@pytest.mark.parametrize("text", ["短", "字" * 19, " " * 40, "\u3000字\n" * 6])
def test_a_text_that_is_too_short_is_told_what_to_write(
    http: httpx.Client, installation: Installation, server: WeChat, text: str
) -> None:
    before = petitions(installation)
    reply = said(server, send(http, server, weixin.message(id_=id_of(server, 7), text=text)))
    assert reply.startswith("未登记") and "20字" in reply and "https://form.example/report" in reply
    assert petitions(installation) == before


def test_a_text_of_just_twenty_characters_is_taken(http: httpx.Client, server: WeChat) -> None:
    handed_in(said(server, send(http, server, weixin.message(id_=id_of(server, 8), text="字" * 20))))


@pytest.mark.parametrize("kind", ["image", "voice", "video", "shortvideo", "location", "link", "not_known_yet"])
def test_what_is_no_text_is_told_where_to_go(
    http: httpx.Client, installation: Installation, server: WeChat, kind: str
) -> None:
    before = petitions(installation)
    reply = said(server, send(http, server, weixin.message(kind, id_=id_of(server, 9))))
    assert reply.startswith("未登记") and "https://form.example/report" in reply
    assert petitions(installation) == before


@pytest.mark.parametrize("key", ["", "qrscene_12"])
def test_who_begins_to_follow_is_greeted(http: httpx.Client, server: WeChat, key: str) -> None:
    assert said(server, send(http, server, weixin.event("subscribe", key))).startswith("您好,这里是雁峰区")


@pytest.mark.parametrize("name", ["unsubscribe", "CLICK", "VIEW", "SCAN", "no_such_event"])
def test_other_events_are_taken_note_of_in_silence(http: httpx.Client, server: WeChat, name: str) -> None:
    response = send(http, server, weixin.event(name))
    if name == "no_such_event":
        assert said(server, response).startswith("未登记")
    else:
        assert (response.status_code, response.text) == (200, "success")


# -- hostile


@pytest.mark.parametrize("age", [601, -660, 10**6])
def test_a_callback_of_another_time_is_refused(http: httpx.Client, server: WeChat, age: int) -> None:
    response = send(http, server, weixin.message(id_=id_of(server, 10)), age=age)
    assert refusal(response, 403, silent=TEXT) == ("stale", [])


def test_who_does_not_know_the_token_is_refused(http: httpx.Client, installation: Installation, server: WeChat) -> None:
    before = petitions(installation)
    stranger = WeChat("another-token", server.aes_key)
    assert refusal(send(http, stranger, weixin.message()), 403, silent=TEXT) == ("wrong_signature", [])
    unsigned = http.post(DOOR, content=weixin.message().encode())
    assert refusal(unsigned, 403, silent=TEXT) == ("wrong_signature", [])
    assert petitions(installation) == before


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + weixin.message(text="&b;"),
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + weixin.message(text="&a;"),
        "<xml>",
        "",
    ],
)
def test_hostile_xml_is_refused_unread(http: httpx.Client, server: WeChat, text: str) -> None:
    assert refusal(send(http, server, text), 422, silent=TEXT) == ("wrong_shape", ["body"])


def test_a_body_of_ten_megabytes_is_refused(http: httpx.Client, server: WeChat) -> None:
    assert send(http, server, weixin.message(text="字" * 3_500_000)).status_code == 413


def test_neither_the_words_nor_who_wrote_them_stand_in_any_file(installation: Installation, server: WeChat) -> None:
    words = [OPENID, TEXT, "承包款多年未公开", id_of(server, 1), "短" * 2]
    assert told(installation, words) == {}
    assert told(installation, ["intake.petition_registered.v1"])
