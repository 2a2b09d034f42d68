"""Settings of who may ask, and of whom to believe."""

from pathlib import Path

from pydantic import BaseModel, Field, SecretStr

from app.settings_values import Hosts, Networks


class AccessSettings(BaseModel):
    """Who may ask the server, how often, and under which names."""

    token: SecretStr | None = Field(
        None,
        description="Secret of 16 characters or more without which the server answers nobody: programs send it as "
        "`Authorization: Bearer`, browsers have a login page; none by default.",
    )
    token_file: Path | None = Field(
        None, description="File that holds the token, instead of CAMSCOPE_TOKEN: a container's secret, for one."
    )
    rate_limit: int = Field(
        0,
        ge=0,
        le=10**6,
        description="Most requests a minute from one address, of IPv6 from one /64 network; static files and probes do "
        "not count; 0 is no limit.",
    )
    trusted_proxies: Networks = Field(
        (),
        description="Addresses or networks of proxies in front, separated by commas: only what comes from them is "
        "believed when it says for whom it asks (X-Forwarded-For, X-Forwarded-Proto); none by default.",
    )
    hosts: Hosts = Field(
        (),
        description="Names by which the server may be asked, separated by commas, without ports; *.example.org stands "
        "for all names below; any by default.",
    )
    shared: bool = Field(
        False,
        description="Whether all visitors are one: everybody sees and deletes what anybody has explained, collected "
        "and trained since this was set; what was kept before stays its owner's.",
    )
