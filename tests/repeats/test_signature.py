"""A stored signature suffices for a verdict, and tells nothing without the secret."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from services.intake.repeats.codec import Sealer, pack
from services.intake.repeats.entries import STORED, asked, stored
from services.intake.repeats.signature import Signer
from services.intake.repeats.verdict import compare

SECRET, OTHER = b"s" * 32, b"t" * 32
NUMBER = "430406-2023-000017"
LETTER = (
    "反映柳树湾村支书赵德旺把低保给了开小车的弟弟赵德财,2021年镇里拨下的低保资金12.8万元从不公示,"
    "真正困难的老人没有评上,村里开会问他,他说名单是上面定的。"
)
MISSPELT = "反應柳樹彎村支書趙得旺把底保給了開小車的弟弟,12.8萬元的低保资金從不公示,真正困難的老人沒有評上"


def test_a_sealed_signature_comes_back_whole_but_for_what_only_looks_up() -> None:
    signature = Signer(SECRET).sign(LETTER)
    opened = Sealer(SECRET).open(Sealer(SECRET).seal(signature, NUMBER), NUMBER)
    signature.spoken = frozenset()
    assert opened == signature


def test_a_signature_opens_for_no_other_secret_and_no_other_petition() -> None:
    sealed = Sealer(SECRET).seal(Signer(SECRET).sign(LETTER), NUMBER)
    for sealer, number in ((Sealer(OTHER), NUMBER), (Sealer(SECRET), "430406-2023-000018")):
        with pytest.raises(InvalidTag):
            sealer.open(sealed, number)


def test_under_another_secret_the_same_letter_shares_no_entry() -> None:
    one, other = Signer(SECRET).sign(LETTER), Signer(OTHER).sign(LETTER)
    assert not stored(one, 0) & stored(other, 0)


def test_in_another_district_the_same_letter_is_not_found() -> None:
    signature = Signer(SECRET).sign(LETTER)
    assert stored(signature, 1) & asked(signature, 1)
    assert not stored(signature, 1) & (asked(signature, 2) | asked(signature, 0))


def test_the_packed_bytes_hold_no_word_of_the_letter() -> None:
    packed = pack(Signer(SECRET).sign(LETTER))
    assert not any(word.encode() in packed for word in ("赵德旺", "柳树湾", "低保", "旺"))


def test_a_misspelt_copy_in_traditional_characters_is_looked_up_and_likely() -> None:
    signer = Signer(SECRET)
    one, other = signer.sign(LETTER), signer.sign(MISSPELT)
    assert stored(one, 0) & asked(other, 0)
    assert compare(one, other).is_likely


def test_the_same_words_on_another_person_in_another_village_are_no_repeat() -> None:
    signer = Signer(SECRET)
    template = LETTER.replace("柳树湾", "石桥").replace("赵德旺", "孙立军").replace("赵德财", "孙立民")
    assert not compare(signer.sign(LETTER), signer.sign(template)).is_likely


def test_the_longest_letter_is_its_own_repeat_and_its_signature_stays_small() -> None:
    signature = Signer(SECRET).sign(
        "".join(LETTER.replace("低保", word) for word in ("低保", "征地", "招标", "砂场")) * 20
    )
    assert compare(signature, signature).is_likely
    assert len(pack(signature)) < 800 and len(stored(signature, 0)) <= STORED


def test_a_verdict_is_the_same_from_both_sides_and_gives_its_reasons_in_codes() -> None:
    signer = Signer(SECRET)
    one, other = signer.sign(LETTER), signer.sign(MISSPELT)
    assert compare(one, other) == compare(other, one)
    assert {"same_name", "same_place", "same_amount"} <= set(compare(one, other).reasons)


def test_every_process_signs_a_letter_alike() -> None:
    """Python's own hashes differ from process to process: what was stored yesterday must be found tomorrow."""
    program = (
        "import csv, hashlib, sys\n"
        "from services.intake.repeats.codec import pack\n"
        "from services.intake.repeats.signature import Signer\n"
        "signer, seen = Signer(b's' * 32), hashlib.sha256()\n"
        "for row in csv.reader(open(sys.argv[1], encoding='utf-8-sig')):\n"
        "    for text in row:\n"
        "        seen.update(pack(signer.sign(text)))\n"
        "print(seen.hexdigest())\n"
    )
    file = str(Path(__file__).parent / "test.csv")
    signed = {
        subprocess.run(
            [sys.executable, "-c", program, file],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(signed) == 1 and signed != {""}
