"""Settings, from the environment (``XINFANG_*``) and nowhere else."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What one service process needs to know."""

    model_config = SettingsConfigDict(env_prefix="XINFANG_", extra="ignore", hide_input_in_errors=True)

    nats_url: str = "nats://127.0.0.1:4222"
    nats_seed: Path = Field(description="file with this process's NKey seed")
    database_url: SecretStr = Field(description="postgresql://... with this service's role")
    districts: Path = Field(description="a district file, or a folder of them")
    keys: Path = Field(description="folder with the key files this service may read")
    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535, description="HTTP: doors, health, /metrics; 0 takes a free one")
    time: Literal["broker", "replay"] = Field(
        default="broker", description="where a district's clock comes from; replay only for a store of its own"
    )
    round_size: int = Field(default=500, ge=1, le=1000, description="messages in one transaction, at most")
    grace_seconds: float = Field(default=20, gt=0, description="for rounds under way when the service is stopped")
    log_format: Literal["json", "pretty"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    otlp_endpoint: str | None = Field(default=None, description="OTLP/HTTP endpoint for traces; none, no traces")
    max_body_bytes: int = Field(default=262_144, description="an HTTP body over this size is refused unread")
    max_file_bytes: int = Field(default=33_554_432, description="the same for a form with files, and for a ledger")
    max_held_bytes: int = Field(default=134_217_728, description="uploads in memory at once, together; beyond it 503")
    upload_seconds: float = Field(default=600, gt=0, description="within which a body must have arrived; after it 503")
    oidc_issuer: str | None = Field(default=None, description="whose bearer tokens count; none, only our own")
    oidc_audience: str | None = Field(default=None, description="for whom they must be meant")
    oidc_jwks: str | None = Field(default=None, description="the issuer's public keys: an address or a file")
    oidc_actor_claim: str = Field(default="xinfang_actor", description="the claim that holds the actor's code")
    oidc_district_claim: str = Field(default="xinfang_district", description="the claim that holds the district's")
    oidc_person_claim: str = Field(default="sub", description="the claim that holds the person's number")
    oidc_client: str = Field(default="xinfang-desk", description="as whom the desk asks the issuer")
    desk_url: str | None = Field(default=None, description="the desk's address as browsers see it; none, no desk")
    intake_url: str | None = Field(default=None, description="where the desk finds intake's doors")
    routing_url: str | None = Field(default=None, description="where the desk finds routing's doors")
    embedded: bool = Field(default=False, description="set by `xinfang up`, `demo` and tests alone")
    development_issuer: Path | None = Field(
        default=None, description="private key of an issuer that lets anybody be anybody; embedded mode only"
    )
    crash_at: str | None = Field(default=None, description="for fault tests: end the process at point[:n]")
