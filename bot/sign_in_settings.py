"""How people get into the console: the part of the settings that is about log-in."""

from dataclasses import dataclass, field
from typing import Final, Protocol

from storage.staff import LEADERS, Role

NOBODY: Final = "nobody"
IDLE_MINUTES: Final = 60
SESSION_HOURS: Final = 12


class Reader(Protocol):
    problems: list[str]

    def optional(self, name: str, default: str) -> str: ...


@dataclass(frozen=True, slots=True, repr=False)
class Organisation:
    """The OpenID Connect provider."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str
    email_claim: str


@dataclass(frozen=True, slots=True)
class SignIn:
    idle_minutes: int = IDLE_MINUTES
    session_hours: int = SESSION_HOURS
    second_factor_for: frozenset[Role] = LEADERS
    organisation: Organisation | None = field(default=None, repr=False)


def read(reader: Reader) -> SignIn:
    """What is wrong goes to the reader's problems."""
    return SignIn(
        idle_minutes=_number(reader, "CONSOLE_IDLE_MINUTES", IDLE_MINUTES, 5, 720),
        session_hours=_number(reader, "CONSOLE_SESSION_HOURS", SESSION_HOURS, 1, 24),
        second_factor_for=_roles(reader),
        organisation=_organisation(reader),
    )


def _number(reader: Reader, name: str, default: int, least: int, most: int) -> int:
    value = reader.optional(name, str(default))
    if value.isascii() and value.isdigit() and least <= int(value) <= most:
        return int(value)
    reader.problems.append(f"{name}: {least}から{most}までの数字で書いてください。")
    return default


def _roles(reader: Reader) -> frozenset[Role]:
    """SECOND_FACTOR_FOR: roles, comma-separated, or `nobody`."""
    value = reader.optional("SECOND_FACTOR_FOR", ",".join(sorted(LEADERS)))
    names = {part.strip() for part in value.split(",") if part.strip()}
    if names == {NOBODY}:
        return frozenset()
    if unknown := names - set(Role):
        reader.problems.append(
            f"SECOND_FACTOR_FOR: 「{'・'.join(sorted(unknown))}」は使えません。{'・'.join(Role)} をカンマで区切るか、{NOBODY} と書いてください。"
        )
    return frozenset(role for role in Role if role in names)


def _organisation(reader: Reader) -> Organisation | None:
    """All of it, or nothing."""
    names = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_REDIRECT_URI")
    values = {name: reader.optional(name, "") for name in names}
    if not any(values.values()):
        return None
    reader.problems += [
        f"{name}: 値がありません。「組織のアカウントでログイン」を使うときは、{'・'.join(names)} がすべて要ります。"
        for name, value in values.items()
        if not value
    ]
    for name in ("OIDC_ISSUER", "OIDC_REDIRECT_URI"):
        if values[name] and not values[name].startswith(("https://", "http://127.0.0.1", "http://localhost")):
            reader.problems.append(f"{name}: https:// で始まるアドレスを書いてください。")
    issuer, client_id, client_secret, redirect_uri = values.values()
    email_claim = reader.optional("OIDC_EMAIL_CLAIM", "email")
    return Organisation(issuer, client_id, client_secret, redirect_uri, email_claim)
