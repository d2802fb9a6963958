"""Intake's OpenAPI says what its doors do: no failure, no status and no media type that it does not name."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.installation import Installation
from services.intake.app import SECRETS
from services.intake.doors import readings, router
from services.intake.doors.ledgers import XLSX
from services.intake.handlers import HANDLERS
from services.runtime import commands, keys
from services.runtime.bodies import Limits
from services.runtime.districts import load_districts
from services.runtime.http import make_app
from services.runtime.identity import Identity
from services.runtime.service import Doors
from tests.conftest import YANFENG, Install
from tests.rules.weixin import APP_ID, TOKEN

from .outside import DISTRICT, clerk

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@schemathesis.serializer(XLSX)
def rubbish_for_a_workbook(_context: schemathesis.SerializationContext, value: object) -> bytes:
    """Schemathesis knows no workbooks; real ones have tests of their own."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


def document() -> dict[str, Any]:
    """The document of intake's doors, before any server runs; a test below asks that it is the one served."""
    with TemporaryDirectory() as folder:
        for name in SECRETS:
            keys.make_secret(Path(folder), name)
        app = make_app("intake", _unasked, Limits(1, 1, 1, 1))
        place = Path(folder)
        doors = Doors(_unasked, load_districts(YANFENG), _unasked, place, None, Identity(place))  # type: ignore[arg-type]
        app.include_router(commands.router(doors, HANDLERS))
        app.include_router(router(doors, readings.Reading(None, lambda: True)))  # type: ignore[arg-type]
        return app.openapi()


async def _unasked(*_: object) -> Any:
    raise AssertionError("only the document is asked for")


def schema(**config: object) -> BaseSchema:
    """With bounds, so that every run asks the same."""
    bounds = {"generation": {"max-examples": 25, "deterministic": True}}
    return schemathesis.openapi.from_dict(document(), config=schemathesis.Config.from_dict(bounds | config))


COMMANDS = "/commands/"
of_anybody = schema().exclude(path_regex=COMMANDS)
of_the_district = schema(
    parameters={"path.district": DISTRICT},
    operations=[
        {"include-path": "/hotline/{district}/{channel}", "parameters": {"path.channel": "phone_12388"}},
        {"include-path": "/wechat/{district}/{channel}", "parameters": {"path.channel": "wechat"}},
    ],
).exclude(path_regex=COMMANDS)
# Some fifty doors, one code: these stand for all, whose fields alone would take an hour.
SOME = "(screen_petition|deposit_document|record_reach|verify_reporter|approve_return)$"
of_commands = schema(
    parameters={"path.district": DISTRICT}, phases={"coverage": {"enabled": False}, "examples": {"enabled": False}}
).include(path_regex=COMMANDS + SOME)
FEW = settings(EXAMPLES, max_examples=10)


@pytest.fixture(scope="module")
def installation(install: Install) -> Installation:
    """One installation, with every door open."""
    started = install(replay=False)
    secrets = {
        "phone_12388.hotline": {"secret": "0" * 32},
        "wechat.wechat": {"token": TOKEN, "app_id": APP_ID},
    }
    for name, secret in secrets.items():
        keys.write_secret(started.folder / "keys" / f"{DISTRICT}.{name}.secret.json", json.dumps(secret))
    started.kill_service("intake")
    started.start_service("intake")
    started.wait_ready(["intake"])
    return started


def address(installation: Installation) -> str:
    return f"http://127.0.0.1:{installation.running['intake'].port}"


def test_the_document_is_the_one_that_intake_serves(installation: Installation) -> None:
    assert httpx.get(f"{address(installation)}/openapi.json").json() == document()


@of_anybody.parametrize()
@EXAMPLES
def test_a_stranger_is_answered_as_the_document_says(case: schemathesis.Case[Any], installation: Installation) -> None:
    case.call_and_validate(base_url=address(installation), checks=CHECKS)


@of_the_district.parametrize()
@EXAMPLES
def test_a_clerk_is_answered_as_the_document_says(case: schemathesis.Case[Any], installation: Installation) -> None:
    bearer = {"Authorization": clerk(installation)["Authorization"]}
    case.call_and_validate(base_url=address(installation), headers=bearer, checks=CHECKS)


@of_commands.parametrize()
@FEW
def test_command_doors_answer_as_the_document_says(case: schemathesis.Case[Any], installation: Installation) -> None:
    bearer = {"Authorization": clerk(installation)["Authorization"]}
    case.call_and_validate(base_url=address(installation), headers=bearer, checks=CHECKS)
