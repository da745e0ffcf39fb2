"""`AgnoAPISettings` and `CORSConfig`: who may ask an AgentOS, from which pages, and whether it is documented.

Pydantic models, imported when somebody makes one; `os_given` reads them. Mirrors `agno.os.settings` and
`agno.os.config.CORSConfig`.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class AgnoAPISettings(BaseModel):
    """Settings of an AgentOS; what is not given comes from environment variables of the same names in capitals.

    Attributes:
        env: Kept; nothing depends on it.
        docs_enabled: Whether `/docs`, `/api` and the contract are served.
        os_security_key: The one key that every request has to bring as a bearer token; it may do everything.
        authorization_enabled: Kept; AgentOS sets it itself.
        service_account_cache_ttl_seconds: Kept; there are no service accounts.
        cors_origin_list: Other sites whose pages may ask. Only what is given: Agno adds its own sites.

    Raises:
        ValidationError: Pydantic's: a name or a value that there is not.
    """

    # What was given stays out of errors: it has the key.
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    env: str = "dev"
    docs_enabled: bool = True
    os_security_key: str | None = Field(default=None, repr=False)
    authorization_enabled: bool = False
    service_account_cache_ttl_seconds: int = 30
    cors_origin_list: list[str] | None = Field(default=None, validate_default=True)

    @field_validator("cors_origin_list", mode="before")
    @classmethod
    def set_cors_origin_list(cls, cors_origin_list: Any) -> Any:
        """The sites as a list, empty without any."""
        return cors_origin_list or []

    @model_validator(mode="before")
    @classmethod
    def _from_environment(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        told = {name.lower(): value for name, value in os.environ.items()}
        found: dict[str, Any] = {name: told[name] for name in cls.model_fields if name in told}
        if "cors_origin_list" in found:
            found["cors_origin_list"] = json.loads(found["cors_origin_list"])
        return {**found, **given}


class CORSConfig(BaseModel):
    """Other sites whose pages may ask an AgentOS.

    Attributes:
        origins: Each as `https://desk.example`; None for those of the settings, empty for none.
        origin_regex: Further ones, by a pattern of the whole origin.
        merge_base_app: Keep what a `base_app` allows already; `*` is never kept.

    Raises:
        ValidationError: Pydantic's: the pattern is none.
    """

    model_config = ConfigDict(extra="forbid")

    origins: list[str] | None = None
    origin_regex: str | None = None
    merge_base_app: bool = True

    @field_validator("origin_regex")
    @classmethod
    def _pattern(cls, given: str | None) -> str | None:
        if given is not None:
            try:
                re.compile(given)
            except re.error as error:
                raise ValueError(f"{given!r} is no regular expression: {error}") from error
        return given
