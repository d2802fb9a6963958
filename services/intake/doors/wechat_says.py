"""What a follower of the WeChat account is answered, in Chinese."""

from xinfang_contracts.intake import RefusalReason


def greeting(organ: str, minimum: int, form_url: str | None) -> str:
    """To who has just begun to follow."""
    return (
        f"您好,这里是{organ}。反映问题请直接发送一条文字消息(不少于{minimum}字),"
        f"写明被反映人的姓名、单位、职务和具体事实。{_form(form_url)}"
    )


def registered(number: str, receipt: str) -> str:
    """To who has handed in a petition."""
    return (
        f"您的反映已登记。\n编号:{number}\n查询码:{receipt}\n"
        "请立即抄下查询码:它不能再次发送,凭它可以查询办理情况、补充材料。抄好后,建议删除本对话。"
    )


def length(minimum: int, form_url: str | None) -> str:
    """To who has written too little, or more than fits."""
    return (
        f"未登记。请在一条文字消息中写明被反映人的姓名、单位、职务和具体事实,"
        f"不少于{minimum}字,不超过2万字。{_form(form_url)}"
    )


def text_only(form_url: str | None) -> str:
    """To who has sent a picture, a voice message, a place, a link ..."""
    return f"未登记:这里只能接收文字消息。请用文字写明情况;图片、录音等材料请通过网上举报页面提交。{_form(form_url)}"


def refused(reason: str, form_url: str | None) -> str:
    """To whose message was not taken, in a sentence and never in codes."""
    if reason == RefusalReason.ID_REUSED:
        return f"未登记:这条消息与先前的一条冲突。请重新发送一条文字消息。{_form(form_url)}"
    return f"未登记:本公众号暂时不能接收您的反映。请通过网上举报页面、来信、来电或来访反映。{_form(form_url)}"


def _form(url: str | None) -> str:
    return "" if url is None else f"\n网上举报页面:{url}"
