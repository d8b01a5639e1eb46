"""Settings from the environment (`DDH_...`) and the command line. Defaults give the embedded system in `./data`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What a process must be told. Names in the environment are DDH_DATA, DDH_BROKER, ..."""

    model_config = SettingsConfigDict(env_prefix="DDH_", extra="ignore", frozen=True)

    data: Path = Path("data")
    """Folder of the embedded journals, logs and status files."""
    broker: str | None = None
    """kafka://host:port[,host:port]; empty: the embedded broker."""
    database: str | None = None
    """postgresql+asyncpg://...; empty: SQLite under `data`."""
    playbooks: Path | None = None
    """Folder with rules as data; empty: the checkout's or the package's own."""
    environment: str = "drift"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    broker_memory_mb: int = 512
    """The embedded broker is restarted past this size; a wipe is everyday business."""
    log_level: str = "INFO"
    audit_seconds: float = Field(default=60, gt=0)
    """How often the worker holds the journal against what the system promises."""
    heartbeat_url: str | None = Field(default=None, pattern=r"^https?://")
    """http(s)://...: asked for after each audit that found nothing, for a watchman outside; empty: nobody is told."""
    quarantine_days: int = Field(default=30, ge=1)
    """So long the raw bytes of what stands in quarantine are kept; the row stays."""
    api_token: str | None = Field(default=None, repr=False)
    """What other systems show at the HTTP door; empty: the one in `DATA/api-token`, made at the first start."""

    demo: bool = False
    """The web lets everybody be one of the demo's fictional people; set by `up --demo` alone."""

    @property
    def bootstrap_servers(self) -> str | None:
        """`host:port,...` without the scheme, as Kafka clients want it."""
        return self.broker.removeprefix("kafka://") if self.broker else None
