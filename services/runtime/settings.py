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
    crash_at: str | None = Field(default=None, description="for fault tests: end the process at point[:n]")
