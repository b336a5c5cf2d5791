"""Settings, from the environment or `.env`, prefix `TOCNS_`. Refused at the start if wrong."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict

PREFIX = "TOCNS_"
_ADDRESS = re.compile(r"https?://[^/?#\s]+")


class BadSettings(Exception):
    """What is wrong with the settings: one sentence a line, each naming the setting and the mend."""


class Settings(BaseSettings):
    """Every setting of the service; names and defaults are part of the public interface."""

    # Empty is as good as absent: so a compose file writes what is not used (`TOCNS_TELEGRAM_TOKEN=`).
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    database_url: str = Field(
        "sqlite+aiosqlite:///var/tocns.db",
        description="SQLite, or postgresql+asyncpg://user:password@host/name",
    )
    secret_key: SecretStr | None = Field(None, description="encrypts personal data; at least 32 characters")
    secret_key_old: SecretStr | None = Field(
        None, description="the key before, until `tocns key rotate` says that it is done"
    )
    timezone: str = Field("Asia/Ho_Chi_Minh", description="the district's clock")
    locale: Literal["vi", "en"] = Field("vi", description="the language somebody new is spoken to in")
    http_host: str = Field("127.0.0.1", description="where the server listens")
    http_port: int = Field(8080, ge=0, le=65535, description="0 takes any free port")
    metrics_host: str = Field("127.0.0.1", description="where /metrics and /health listen besides")
    metrics_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="a port of its own for /metrics and /health; a worker has no other",
    )
    public_url: str | None = Field(None, description="https://… on which webhooks and links are built")
    content_dir: Path | None = Field(None, description="a district's own content pack")
    webchat: Literal["off", "citizen"] = Field("off", description="citizen: the public web chat")

    telegram_token: SecretStr | None = Field(None, description="the bot's token from @BotFather")
    telegram_api_url: str = Field("https://api.telegram.org", description="or a local Bot API server")
    telegram_mode: Literal["polling", "webhook"] = Field("polling", description="webhook needs PUBLIC_URL")
    telegram_webhook_secret: SecretStr | None = Field(None, description="1–256 characters A-Z a-z 0-9 _ -")

    zalo_oa_app_id: str | None = Field(None, description="the app's number in Zalo's developers' console")
    zalo_oa_secret_key: SecretStr | None = Field(None, description="the OA secret key of the webhook page")
    zalo_oa_app_secret: SecretStr | None = Field(None, description="the app's secret, for its tokens")
    zalo_oa_refresh_token: SecretStr | None = Field(
        None, description="the first refresh token, from the API Explorer; later ones are in the database"
    )
    zalo_oa_api_url: str = Field("https://openapi.zalo.me", description="or an emulator")
    zalo_oa_oauth_url: str = Field("https://oauth.zaloapp.com", description="or an emulator")
    zalo_zns_api_url: str = Field("https://business.openapi.zalo.me", description="templates by phone number")
    zalo_bot_token: SecretStr | None = Field(None, description="the bot's token from Zalo Bot Manager")
    zalo_bot_api_url: str = Field("https://bot-api.zaloplatforms.com", description="or an emulator")
    zalo_bot_mode: Literal["polling", "webhook"] = Field("polling", description="webhook needs PUBLIC_URL")
    zalo_bot_webhook_secret: SecretStr | None = Field(None, description="8–256 characters")

    openrosa_push_url: str | None = Field(None, description="ODK Central or Kobo to send surveys on to")
    openrosa_push_user: str | None = Field(None, description="its account that may submit")
    openrosa_push_password: SecretStr | None = Field(None, description="that account's password")

    backup_dir: Path | None = Field(
        None, description="a folder in which a backup is made every night; best on another disk"
    )
    backup_days: int = Field(7, ge=1, le=366, description="the last backup of so many days is kept")
    backup_weeks: int = Field(4, ge=0, le=520, description="… and of so many weeks")
    backup_months: int = Field(3, ge=0, le=120, description="… and of so many months")

    log_format: Literal["console", "json"] = Field("console", description="json: one object a line")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("is no time zone; use a name such as Asia/Ho_Chi_Minh") from None
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
            raise ValueError("must begin with sqlite+aiosqlite:/// or postgresql+asyncpg://")
        if value.removeprefix("sqlite+aiosqlite:///") in {"", ":memory:"}:
            raise ValueError("must name a file, such as sqlite+aiosqlite:///var/tocns.db")
        try:
            urlsplit(value).port  # noqa: B018 - it is looked at only here
        except ValueError:
            raise ValueError("its port is no number: postgresql+asyncpg://user@host:5432/name") from None
        return value

    @field_validator(
        "public_url",
        "telegram_api_url",
        "zalo_oa_api_url",
        "zalo_oa_oauth_url",
        "zalo_zns_api_url",
        "zalo_bot_api_url",
        "openrosa_push_url",
    )
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        if value is not None and not _ADDRESS.match(value):
            raise ValueError("must begin with https:// or http:// and name a host")
        return value

    @field_validator("content_dir")
    @classmethod
    def _there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError(f"there is no folder {value}")
        return value

    @field_validator("secret_key", "secret_key_old")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 32:
            raise ValueError("must have at least 32 characters; `openssl rand -base64 32` makes one")
        return value

    @model_validator(mode="after")
    def _webhook_complete(self) -> Self:
        if self.telegram_token and self.telegram_mode == "webhook":
            for name in ("public_url", "telegram_webhook_secret"):
                if getattr(self, name) is None:
                    raise ValueError(f"{PREFIX}{name.upper()} must be set where TELEGRAM_MODE is webhook")
        return self

    @model_validator(mode="after")
    def _zalo_complete(self) -> Self:
        parts = ("zalo_oa_app_id", "zalo_oa_secret_key", "zalo_oa_app_secret", "zalo_oa_refresh_token")
        missing = [name for name in parts if getattr(self, name) is None]
        if missing and len(missing) < len(parts):
            names = ", ".join(PREFIX + name.upper() for name in missing)
            raise ValueError(f"{names} must be set too: a Zalo Official Account needs all four")
        if self.zalo_bot_token and self.zalo_bot_mode == "webhook":
            for name in ("public_url", "zalo_bot_webhook_secret"):
                if getattr(self, name) is None:
                    raise ValueError(f"{PREFIX}{name.upper()} must be set where ZALO_BOT_MODE is webhook")
        return self

    @model_validator(mode="after")
    def _push_complete(self) -> Self:
        if (self.openrosa_push_user is None) != (self.openrosa_push_password is None):
            raise ValueError(f"{PREFIX}OPENROSA_PUSH_USER and {PREFIX}OPENROSA_PUSH_PASSWORD go together")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The district's time zone."""
        return ZoneInfo(self.timezone)


_SHARED = frozenset({"timezone", "locale", "content_dir"})


def load_alone(**given: object) -> Settings:
    """Settings of a demo: what a service's are is nothing to it, but language, clock and content. Else it
    would answer a district's people from a folder with that district's `.env`, and tidy up its backups."""
    defaults = {name: one.default for name, one in Settings.model_fields.items() if name not in _SHARED}
    return load(**{**defaults, **given})


def load(environment: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Reads the settings. Raises BadSettings with every fault: unknown names too, since a misspelt setting
    that is silently ignored is found only when it hurts."""
    names = set(os.environ if environment is None else environment)
    try:
        dotenv = DotEnvSettingsSource(Settings).env_vars
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f".env can't be read: {error}; write it as UTF-8, for this user to read") from None
    known = {(PREFIX + name).upper() for name in Settings.model_fields}
    given = {name.upper() for name in (*names, *dotenv) if name.upper().startswith(PREFIX)}
    faults = [f"{name}: unknown setting; `tocns check --help` lists all" for name in sorted(given - known)]
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        for fault in error.errors():
            name = f"{PREFIX}{str(fault['loc'][0]).upper()}: " if fault["loc"] else ""
            faults.append(name + fault["msg"].removeprefix("Value error, "))
    if faults:
        raise BadSettings("\n".join(faults))
    return settings
