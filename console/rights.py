"""Which role may do what. Every route says its right with `needs`; one that says none is closed to everybody."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, TypeVar

from flask.typing import RouteCallable

from storage.staff import Role

View = TypeVar("View", bound=RouteCallable)


class Right(StrEnum):
    CONSULT = "consult"  # read consultations, answer, take part
    SHARED_REPLIES = "shared_replies"  # change the canned replies of everybody; one's own go with CONSULT
    MEND = "mend"  # try again what could not be sent or handled
    ERASE = "erase"  # decide on parents' wishes to have their records gone
    FIND = "find"  # look for consultations and words; without CONSULT only in those of one's own desks
    REFERRALS = "referrals"  # see and answer what is referred to one's own desks
    AUDIT = "audit"  # see who read and changed what
    RULES = "rules"  # change what the bot understands and answers; see what went unanswered, masked
    ACCOUNTS = "accounts"  # add, change and stop accounts
    DATA = "data"  # change what parents are told of: facilities, services, hotlines, groups
    DESK_DATA = "desk_data"  # keep hours, closures and events true; without DATA only of one's own desks
    OWN_ACCOUNT = "own_account"  # one's own password, second factor and sessions


OF: Final[Mapping[str, frozenset[Right]]] = {
    Role.COUNSELOR: frozenset({Right.CONSULT, Right.FIND, Right.MEND, Right.ERASE, Right.OWN_ACCOUNT}),
    Role.DESK: frozenset({Right.REFERRALS, Right.FIND, Right.DESK_DATA, Right.OWN_ACCOUNT}),
    # In a small office an admin is a counselor too. What they read is in the audit, which they cannot change.
    Role.ADMIN: frozenset(
        {
            *(Right.CONSULT, Right.SHARED_REPLIES, Right.FIND, Right.MEND, Right.ERASE),
            *(Right.AUDIT, Right.RULES, Right.ACCOUNTS, Right.DATA, Right.DESK_DATA, Right.OWN_ACCOUNT),
        }
    ),
    Role.MANAGER: frozenset({Right.AUDIT, Right.OWN_ACCOUNT}),
}
HOMES: Final = (  # the first that one has the right to is where one begins
    (Right.CONSULT, "queue.page"),
    (Right.REFERRALS, "referrals.page"),
    (Right.AUDIT, "audit.page"),
)


def has(role: str, right: Right) -> bool:
    return right in OF.get(role, frozenset())


def home(role: str) -> str:
    """The endpoint of the page that the role begins with."""
    return next(endpoint for right, endpoint in HOMES if has(role, right))


def needs(right: Right) -> Callable[[View], View]:
    """Under the route's decorator: `@queue.get("/")`, then `@needs(Right.CONSULT)`."""

    def declare(view: View) -> View:
        view.right = right  # type: ignore[union-attr]
        return view

    return declare


def needed(view: Any) -> Right | None:
    """What `needs` said of the view; None where it said nothing."""
    found = getattr(view, "right", None)
    return found if isinstance(found, Right) else None
