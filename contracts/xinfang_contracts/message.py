"""The base of every contract and the code types that contracts share."""

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

DistrictCode = Annotated[str, Field(pattern=r"^[0-9]{6}$", description="GB/T 2260 行政区划代码")]
PlaceCode = Annotated[str, Field(pattern=r"^[0-9]{9}([0-9]{3})?$", description="town (9) or village (12) code")]
TownCode = Annotated[str, Field(pattern=r"^[0-9]{9}$", description="9-digit code of a town or sub-district")]
Moment = AwareDatetime
PetitionNumber = Annotated[
    str, Field(pattern=r"^[0-9]{6}-[0-9]{4}-[0-9]{6,9}$", description="信访举报件编号: district-year-serial")
]
ItemNumber = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{6}-[RVCMSWTA]-[0-9]{4}-[0-9]{6,9}$",
        description="work beside petitions: district-kind-year-serial; R shift, V outreach, C concern, M mediation, "
        "S supervisor, W guidance work, T training, A recommendation to a unit",
    ),
]
ActorCode = Annotated[
    str,
    Field(
        pattern=r"^(office|leader|unit|partner|superior|operator|dashboard|door)(_[a-z0-9]+)*$",
        max_length=40,
        description="who speaks or is told: an office, leader, unit, partner, superior ... of one district",
    ),
]
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$", max_length=40)]
Article = Annotated[str, Field(max_length=60, pattern=r"^\S+$", description="the rule and article relied on")]
Jwe = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$",
        max_length=131_072,
        description="JWE, compact: ECDH-ES over X25519, A256GCM",
    ),
]


Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of a JWE's text, in hex")]


class Message(BaseModel):
    """A contract. Unknown fields are ignored so that an old reader takes a newer writer's message.

    Errors never repeat the input: a citizen's words must not reach a log through a validation error.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, ser_json_inf_nan="null", allow_inf_nan=False
    )


class Form(StrEnum):
    """The five statutory forms of a petition (规则7)."""

    LETTER = "letter"
    VISIT = "visit"
    CALL = "call"
    NET = "net"
    OTHER = "other"


class Rank(StrEnum):
    """Rank of the accused, in the national publication's buckets."""

    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    TOWNSHIP = "township"
    STAFF = "staff"
    VILLAGE_OR_OTHER = "village_or_other"


class SkipLevel(StrEnum):
    """越级: the item went over the next level, to the province or the centre. Counted, never held against anybody."""

    PROVINCE = "province"
    CENTRAL = "central"


class Category(StrEnum):
    """What is complained of: six disciplines, duty crimes, and the rest (规则4)."""

    POLITICAL = "political"
    ORGANISATIONAL = "organisational"
    INTEGRITY = "integrity"
    MASSES = "masses"
    WORK = "work"
    LIFE = "life"
    BRIBERY = "bribery"
    DERELICTION = "dereliction"
    OTHER_DUTY = "other_duty"
    OTHER = "other"


class DocumentRef(Message):
    """Points at a text in the vault; the salted hash proves which version was meant, and nothing else."""

    document: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 over salt and text")]
