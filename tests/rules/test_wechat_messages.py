"""WeChat's protocol as functions: who speaks, what is said, the reply; and nothing hostile is read."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.doors import wechat_protocol

from . import weixin
from .given import CANARY
from .weixin import AES_KEY, APP_ID, TOKEN, WeChat

NOW = datetime(2023, 3, 1, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
PLAIN = (wechat_protocol.Account(TOKEN, APP_ID), WeChat())
SAFE = (wechat_protocol.Account(TOKEN, APP_ID, AES_KEY), WeChat(aes_key=AES_KEY))
BOTH = pytest.mark.parametrize(("account", "server"), [PLAIN, SAFE], ids=["plain", "safe"])
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + weixin.message(text="&b;")


def signed(query: dict[str, str]) -> wechat_protocol.Signed:
    return wechat_protocol.Signed(
        query["timestamp"], query["nonce"], query["signature"], query.get("msg_signature", "")
    )


def read(account: wechat_protocol.Account, server: WeChat, text: str) -> object:
    query, body = server.callback(text, SECONDS)
    return wechat_protocol.message_in(account, signed(query), body.encode())


@BOTH
def test_a_message_is_read_and_the_reply_goes_to_who_sent_it(account: wechat_protocol.Account, server: WeChat) -> None:
    message = read(account, server, weixin.message())
    reply = server.read(wechat_protocol.reply(account, message, "答复", NOW))
    assert (reply["ToUserName"], reply["FromUserName"]) == (weixin.OPENID, weixin.ACCOUNT)
    assert (reply["MsgType"], reply["Content"], reply["CreateTime"]) == ("text", "答复", str(SECONDS))


@BOTH
@pytest.mark.parametrize(
    "text",
    [
        "",
        CANARY,
        "<xml>",
        "<xml/>",
        "<other/>",
        BOMB,
        '<?xml version="1.0"?><!DOCTYPE xml SYSTEM "http://x.example/x.dtd">' + weixin.message(),
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + weixin.message(text="&a;"),
        weixin.message(id_=None),
        weixin.message(id_="../../1"),
        weixin.message(id_="1" * 21),
        weixin.message(more="<MsgId>1</MsgId>"),
        weixin.message(more="<MsgType>text</MsgType>"),
        weixin.message().replace("<Content>", '<Content a="1">'),
        weixin.message().replace("<MsgId>", "<MsgId><b/>"),
        weixin.message().replace(weixin.OPENID, "a b"),
        weixin.message().replace(weixin.OPENID, "../x"),
        weixin.message(text="x").replace("x", "&#xD800;"),
        weixin.message(text="\x00"),
    ],
)
def test_what_is_no_message_is_told_apart_without_a_word_of_it(
    account: wechat_protocol.Account, server: WeChat, text: str
) -> None:
    with pytest.raises(wechat_protocol.NoMessage) as raised:
        read(account, server, text)
    assert (str(raised.value), raised.value.__cause__) == ("", None)


@BOTH
def test_who_does_not_know_the_token_is_not_wechat(account: wechat_protocol.Account, server: WeChat) -> None:
    stranger = WeChat("another-token", server.aes_key)
    with pytest.raises(wechat_protocol.NotWeChat):
        read(account, stranger, weixin.message())


def test_in_safe_mode_the_ciphertext_is_signed_and_plain_text_is_not_taken() -> None:
    account, server = SAFE
    query, body = server.callback(weixin.message(), SECONDS)
    _, other = server.callback(weixin.message(text="另一内容"), SECONDS)
    for wrong in (other, weixin.message(), body.replace("<Encrypt>", "<Encrypt>A")):
        with pytest.raises(wechat_protocol.NotWeChat):
            wechat_protocol.message_in(account, signed(query), wrong.encode())


def test_what_was_encrypted_for_another_account_or_with_another_key_is_not_opened() -> None:
    account, _ = SAFE
    for server in (WeChat(aes_key=AES_KEY, app_id="wxother"), WeChat(aes_key=AES_KEY[::-1])):
        with pytest.raises(wechat_protocol.NoMessage):
            read(account, server, weixin.message())


def test_text_in_another_encoding_is_no_message() -> None:
    account, server = PLAIN
    query, body = server.callback('<?xml version="1.0" encoding="UTF-16"?>' + weixin.message(), SECONDS)
    with pytest.raises(wechat_protocol.NoMessage):
        wechat_protocol.message_in(account, signed(query), body.encode("utf-16"))


@BOTH
def test_the_address_is_verified_by_its_echo(account: wechat_protocol.Account, server: WeChat) -> None:
    query, _ = server.callback("", SECONDS)
    plain = wechat_protocol.Signed(query["timestamp"], query["nonce"], query["signature"], "")
    assert wechat_protocol.echo(account, plain, "6543210") == "6543210"
    with pytest.raises(wechat_protocol.NotWeChat):
        wechat_protocol.echo(
            account, wechat_protocol.Signed(query["timestamp"], "x", query["signature"], ""), "6543210"
        )


def test_an_encrypted_echo_is_opened() -> None:
    account, server = SAFE
    echo = server.encrypted("6543210")
    right = weixin.signature(TOKEN, str(SECONDS), "n", echo)
    assert wechat_protocol.echo(account, wechat_protocol.Signed(str(SECONDS), "n", "", right), echo) == "6543210"
    with pytest.raises(wechat_protocol.NotWeChat):
        wechat_protocol.echo(account, wechat_protocol.Signed(str(SECONDS), "n", "", right), server.encrypted("6543210"))


@given(st.text(max_size=200), st.sampled_from([PLAIN, SAFE]))
def test_whatever_a_signed_body_holds_is_a_message_or_none(
    text: str, both: tuple[wechat_protocol.Account, WeChat]
) -> None:
    for body in (text, f"<xml>{text}</xml>", weixin.message(more=text), weixin.event(text, text)):
        try:
            read(*both, body)
        except wechat_protocol.NoMessage:
            continue


@given(st.binary(max_size=200))
def test_whatever_a_signed_ciphertext_holds_is_a_message_or_none(rubbish: bytes) -> None:
    account, _ = SAFE
    for ciphertext in (rubbish.hex(), rubbish.decode("latin-1")):
        right = weixin.signature(TOKEN, "1", "n", ciphertext)
        with pytest.raises((wechat_protocol.NoMessage, wechat_protocol.NotWeChat)):
            wechat_protocol.message_in(
                account,
                wechat_protocol.Signed("1", "n", "", right),
                f"<xml><Encrypt><![CDATA[{ciphertext}]]></Encrypt></xml>".encode(),
            )
