"""How people get in, and for how long."""

from dataclasses import dataclass, field
from datetime import timedelta

from storage.staff import LEADERS, Role


@dataclass(frozen=True, slots=True)
class Provider:
    """The organisation's OpenID Connect provider."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str  # of this console, as the provider knows it: …/console/login/organisation/back
    email_claim: str = "email"


@dataclass(frozen=True, slots=True)
class Access:
    idle: timedelta = timedelta(hours=1)  # without a click; what the page fetches by itself does not count
    workday: timedelta = timedelta(hours=12)  # however busy
    second_factor_for: frozenset[Role] = LEADERS  # who cannot go on without one; anybody may have one
    provider: Provider | None = None
