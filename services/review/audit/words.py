"""What an audit finds wrong, in words."""

FAULTS: dict[str, tuple[str, str]] = {
    "header": ("首行被改动,或不是导出文件", "the first line was changed, or this is no export"),
    "line": ("这一行被改动", "this line was changed"),
    "missing": ("缺少记录,或多出行", "records are missing, or there are lines too many"),
    "other_petition": ("记录属于另一件", "the record is of another petition"),
    "unknown_type": ("没有这种记录", "there is no such kind of record"),
    "misplaced": ("记录不在链上的位置", "the record is not in its place of the chain"),
    "previous": ("与前一条记录接不上", "it does not follow the record before it"),
    "hash": ("内容与其散列不符", "its content is not what its hash says"),
    "unsigned": ("没有签名", "it is not signed"),
    "unknown_key": (
        "签名的密钥当时没有为此人此岗位登记",
        "the key was not enrolled for this person here then",
    ),
    "revoked_key": ("签名时密钥已经撤销", "the key had been revoked by then"),
    "other_key": ("密钥与 --keys 中的不同,或不在其中", "the key differs from the one in --keys, or is not there"),
    "other_text": ("签名的内容与记录不符", "what was signed is not what the record says"),
    "other_version": ("签名的不是这一版报告", "what was signed is another version of the report"),
    "signature": ("签名不成立", "the signature does not hold"),
    "same_person": ("同一人已在这一版上表态", "the same person has spoken on this version already"),
    "own_case": ("签名人是承办单位的人", "the signer belongs to the unit that handled the case"),
    "not_reported": ("没有这一版报告", "there is no report of this version"),
    "voice_missing": ("办结缺少应有的签名", "concluded without a signature that its chain demands"),
    "other_chain": ("审阅链与区文件不符", "the chain is not the district file's"),
    "key": ("密钥与其编号不符,或被改动", "the key is not what its number says, or was changed"),
    "publication": ("公布的链头与其散列不符", "the publication is not what its hash says"),
    "other_head": ("不是 --head 给出的链头", "the publication is not the one that --head names"),
    "unpublished": ("没有公布的链头可以比对", "there is no published head to compare with"),
    "proof": (
        "链与公布的链头不符:记录被改写、截去或重算",
        "the chain is not the published one: rewritten, cut off or made anew",
    ),
}

NOTES: dict[str, tuple[str, str]] = {
    "keys_of_export": (
        "公钥取自导出文件本身,未与 --keys 比对",
        "public keys are the export's own, compared with no --keys",
    ),
    "head_of_export": (
        "请与手中公布的链头比对 (--head)",
        "compare this head with one that was published to you (--head)",
    ),
    "never_published": ("链头尚未公布", "no head has been published yet"),
    "newer_records": ("此后的记录尚未公布", "records from here on are not published yet"),
    "unsigned": ("没有签名 (区文件不要求)", "not signed, as the district file allows"),
}
