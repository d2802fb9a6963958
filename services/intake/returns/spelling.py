"""How a receipt code is read out over the telephone: a word for each of its symbols. No I/O."""

_DIGITS = "零幺二三四五六七八九"
_LETTERS = {
    "A": ("安徽", "Alfa"),
    "B": ("北京", "Bravo"),
    "C": ("重庆", "Charlie"),
    "D": ("大连", "Delta"),
    "E": ("峨眉", "Echo"),
    "F": ("福建", "Foxtrot"),
    "G": ("广州", "Golf"),
    "H": ("湖南", "Hotel"),
    "J": ("江西", "Juliett"),
    "K": ("昆明", "Kilo"),
    "M": ("绵阳", "Mike"),
    "N": ("南京", "November"),
    "P": ("萍乡", "Papa"),
    "Q": ("青岛", "Quebec"),
    "R": ("日照", "Romeo"),
    "S": ("上海", "Sierra"),
    "T": ("天津", "Tango"),
    "V": ("胜利手势", "Victor"),
    "W": ("武汉", "Whiskey"),
    "X": ("西安", "X-ray"),
    "Y": ("云南", "Yankee"),
    "Z": ("浙江", "Zulu"),
}


def groups(code: str) -> list[tuple[str, str, str]]:
    """Each group of a code as it is written, as it is said, and as it is said in English."""
    return [(group, "、".join(map(_said, group)), ", ".join(map(_said_in_english, group))) for group in code.split("-")]


def _said(symbol: str) -> str:
    return _DIGITS[int(symbol)] if symbol.isdigit() else f"{_LETTERS[symbol][0]}的 {symbol}"


def _said_in_english(symbol: str) -> str:
    return symbol if symbol.isdigit() else _LETTERS[symbol][1]
