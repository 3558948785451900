"""Every table. Moments are aware and in UTC. Rows stop at `storage/`: what leaves it are the core's values or plain read models.

A person's words, addresses and tokens are bytes: sealed by `storage.sealing`, b"" where they are gone.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, Text, text
from sqlalchemy import false as sa_false
from sqlmodel import Field, SQLModel


def _sealed() -> Any:
    return Field(default=b"", sa_column=Column(LargeBinary, nullable=False))


def _partial(name: str, *columns: str, where: str) -> Index:
    """An index of the few rows that still need something, however many are done."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class InboxRow(SQLModel, table=True):
    """One webhook event, exactly as it came."""

    __tablename__ = "inbox"
    __table_args__ = (
        _partial("inbox_in_order", "happened_at", "id", where="closed_at IS NULL"),
        _partial("inbox_open", "sender", "happened_at", "id", where="closed_at IS NULL"),
        _partial("inbox_parked", "happened_at", where="parked"),
    )

    id: str = Field(primary_key=True)  # webhookEventId, or a digest of the event where it has none
    channel: str
    sender: str  # keyed digest of the user id: events of one sender are handled in order. "" where the event names nobody
    payload: bytes = _sealed()
    happened_at: int = Field(sa_type=BigInteger)  # the event's own timestamp, milliseconds
    received_at: datetime
    closed_at: datetime | None = None  # handled or parked
    parked: bool = False
    attempts: int = 0
    next_try_at: datetime | None = None
    error: str = ""  # the exception's type and place; never its words
    request_id: str = ""  # of the webhook request that brought it: see storage.trace


class ContactRow(SQLModel, table=True):
    """How a conversation's parent is reached on a channel. The only place where a user id is kept."""

    __tablename__ = "contact"

    digest: str = Field(primary_key=True)  # keyed digest of the user id
    conversation_id: str = Field(foreign_key="conversation.id", unique=True)
    channel: str
    address: bytes = _sealed()  # LINE's user id


class ReplyTokenRow(SQLModel, table=True):
    """A single-use right to answer for free, for about a minute."""

    __tablename__ = "reply_token"

    inbox_id: str = Field(primary_key=True)
    conversation_id: str = Field(foreign_key="conversation.id", index=True)
    token: bytes = _sealed()
    received_at: datetime


class ConversationRow(SQLModel, table=True):
    __tablename__ = "conversation"
    __table_args__ = (
        Index("conversation_by_status", "status", "last_entry_at"),
        Index("conversation_by_assignee", "assignee", "last_entry_at"),
    )

    id: str = Field(primary_key=True)
    version: int = 0
    pseudonym: str = Field(unique=True)
    created_at: datetime
    status: str
    reachable: bool = True
    memory: bytes = _sealed()  # the rest of conversation.model.Conversation, as JSON
    # Copied here so that the queue is one plain select:
    consultation_id: str | None = None  # the open one
    assignee: str | None = None
    urgency: str | None = None
    topic: str | None = None
    waiting_since: datetime | None = None
    promised_for: datetime | None = None
    snoozed: bool = Field(default=False, sa_column_kwargs={"server_default": sa_false()})
    snoozed_until: datetime | None = None
    baby: bool = Field(
        default=False, sa_column_kwargs={"server_default": sa_false()}
    )  # a child under a year was spoken of
    shows_counselor: bool = Field(
        default=False, sa_column_kwargs={"server_default": sa_false()}
    )  # the parent's menu may be the counselor's: see storage.menus
    last_entry_at: datetime | None = None
    last_words: bytes = _sealed()  # the beginning of the last entry
    last_kind: str = ""
    unread: int = 0  # parent's entries since a counselor last opened the thread
    erasure_wanted_at: datetime | None = Field(default=None, index=True)  # staff have not decided yet
    legal_hold: bool = False  # nothing of it is deleted, whoever asks and however old
    forgotten_at: datetime | None = None  # when the bot last forgot what it remembered, for its age
    erased_at: datetime | None = None  # when everything was last erased


class ConsultationRow(SQLModel, table=True):
    __tablename__ = "consultation"
    __table_args__ = (Index("consultation_by_opened", "opened_at", "id"),)

    id: str = Field(primary_key=True)  # "<conversation id>.<number>"
    conversation_id: str = Field(foreign_key="conversation.id", index=True)
    number: int
    desk: str
    topic: str | None = None
    urgency: str
    opened_at: datetime
    waiting_since: datetime | None = None
    promised_for: datetime | None = None
    assignee: str | None = Field(default=None, foreign_key="staff.id")
    taken_at: datetime | None = None
    resolved_at: datetime | None = None
    outcome: str | None = None
    helped_asked_at: datetime | None = None  # the parent was asked whether it had helped
    helped: str | None = None  # yes, no (still in trouble), none (would rather not say)
    helped_at: datetime | None = None


class EntryRow(SQLModel, table=True):
    """The timeline."""

    __tablename__ = "entry"
    __table_args__ = (Index("entry_of_conversation", "conversation_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: str = Field(foreign_key="conversation.id")
    consultation_id: str | None = Field(default=None, foreign_key="consultation.id")
    kind: str
    channel: str
    text: bytes = _sealed()
    at: datetime
    author: str | None = Field(default=None, foreign_key="staff.id")
    message_id: str | None = Field(default=None, index=True)
    understanding: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    matched: bytes = _sealed()  # the understanding's matched words, as JSON: they are the parent's
    quotes: list[str] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True))
    )  # ids of the messages whose words it repeats
    erased_at: datetime | None = None  # unsent by the parent: the words are gone


class EnclosureRow(SQLModel, table=True):
    """A photo or file that a parent sent, from the moment it is to be fetched. It goes with its entry."""

    __tablename__ = "enclosure"
    __table_args__ = (_partial("enclosure_wanted", "id", where="state = 'wanted'"),)

    id: int | None = Field(default=None, primary_key=True)
    entry_id: int = Field(foreign_key="entry.id", ondelete="CASCADE", index=True, unique=True)
    conversation_id: str = Field(foreign_key="conversation.id", ondelete="CASCADE", index=True)
    message_id: str  # the channel's, by which it is fetched
    kind: str  # as the channel calls it: image, video, audio, file
    state: str  # a storage.enclosures.State
    problem: str = ""  # a storage.enclosures.Problem
    created_at: datetime
    attempts: int = 0
    abandoned: int = 0  # how often whoever fetched it never came back
    next_try_at: datetime | None = None
    lease_until: datetime | None = None
    media_type: str = ""  # by its content, not by anybody's word
    size: int = 0  # bytes of what is kept
    width: int = 0  # pixels, of a photo
    height: int = 0
    file_name: bytes = _sealed()
    thumbnail: bytes = _sealed()
    content: bytes = _sealed()


class OutboxRow(SQLModel, table=True):
    """One request to the channel, from the moment it was decided."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_of_conversation", "conversation_id", "id"),
        _partial("outbox_in_order", "id", where="state IN ('queued', 'sending', 'held')"),
        _partial("outbox_open", "conversation_id", "id", where="state IN ('queued', 'sending', 'held')"),
        _partial("outbox_stuck", "id", where="state IN ('failed', 'unknown', 'held')"),
    )

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: str = Field(foreign_key="conversation.id")
    entry_id: int | None = Field(default=None, foreign_key="entry.id", index=True)
    channel: str
    body: bytes = _sealed()  # an Outgoing, as JSON
    speaker: str
    retry_key: str  # a UUID; the same for every attempt
    batch: int | None = Field(
        default=None, index=True
    )  # rows that go in one request share the first one's id
    state: str = (
        "queued"  # queued → sending → sent | failed | unknown; held: waits for the parent's next message
    )
    created_at: datetime
    attempts: int = 0
    first_try_at: datetime | None = None
    next_try_at: datetime | None = None
    lease_until: datetime | None = None
    reply_token: bytes = _sealed()  # the one that was used, so that a retry uses it again
    reply_token_at: datetime | None = None
    sent_at: datetime | None = None
    via: str = ""  # reply (free) or push (counted)
    message_ids: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    problem: str = ""  # status code and LINE's property names; never the words
    request_id: str = ""  # of the request that it follows from: see storage.trace
    given_up_at: datetime | None = None  # a counselor left it unsent
    given_up_by: str | None = None  # their staff id


class DraftRow(SQLModel, table=True):
    """What a counselor has begun to write in a thread and not sent: a storage.reply_drafts.Draft."""

    __tablename__ = "draft"

    id: str = Field(primary_key=True)  # "<conversation id>.<staff id>"
    conversation_id: str = Field(foreign_key="conversation.id", index=True)
    staff_id: str = Field(foreign_key="staff.id")
    body: bytes = _sealed()
    saved_at: datetime = Field(index=True)


class CannedReplyRow(SQLModel, table=True):
    """定型文: words that are written once and sent often."""

    __tablename__ = "canned_reply"

    id: int | None = Field(default=None, primary_key=True)
    owner: str | None = Field(default=None, foreign_key="staff.id", index=True)  # None: everybody's
    title: str
    shortcut: str  # what is typed after "/"; "" for none
    text: bytes = _sealed()
    changed_at: datetime
    changed_by: str  # a staff id


class WritingRow(SQLModel, table=True):
    """A counselor is writing, which the parent may be shown. Once an ask is answered, or too old, it stays for its moment:
    the next one is not too soon after it."""

    __tablename__ = "writing"
    __table_args__ = (_partial("writing_asked", "asked_at", where="NOT shown"),)

    conversation_id: str = Field(primary_key=True, foreign_key="conversation.id")
    asked_at: datetime
    shown: bool = False


class PresenceRow(SQLModel, table=True):
    """Somebody has a thread before them. No index but the key: renewing it touches one small row, and no log on PostgreSQL,
    where the table is UNLOGGED (migration 0019): after a crash nobody is there, which is true."""

    __tablename__ = "presence"

    conversation_id: str = Field(primary_key=True, foreign_key="conversation.id")
    staff_id: str = Field(primary_key=True, foreign_key="staff.id")
    seen_at: datetime
    writing_at: datetime | None = None


class NoticeRow(SQLModel, table=True):
    """Something staff should know at once."""

    __tablename__ = "notice"

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: str | None = Field(default=None, foreign_key="conversation.id", index=True)
    kind: str
    at: datetime
    seen_at: datetime | None = None


class StaffRow(SQLModel, table=True):
    __tablename__ = "staff"

    id: str = Field(primary_key=True)  # the log-in name
    name: str  # shown to colleagues
    role: str  # a storage.staff.Role
    desks: list[str] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False)
    )  # facility ids: whose referrals desk staff see
    password_hash: str  # "": no password opens it, only the organisation's sign-in
    email: str | None = Field(
        default=None, index=True, unique=True
    )  # in small letters: what the organisation's sign-in is matched by, once
    subject: str | None = Field(
        default=None, index=True, unique=True
    )  # "issuer subject" of the sign-in that it was matched with
    created_at: datetime
    disabled_at: datetime | None = None
    must_change_password: bool = False
    session_version: int = 1  # sessions of an earlier one are over
    last_log_in_at: datetime | None = None
    switches: list[str] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False, server_default="[]")
    )  # storage.staff.Switch: what they have set otherwise than usual


class SecondFactorRow(SQLModel, table=True):
    """The secret of somebody's authenticator app."""

    __tablename__ = "second_factor"

    staff_id: str = Field(primary_key=True, foreign_key="staff.id")
    secret: bytes = _sealed()
    confirmed_at: datetime | None = None  # None: shown, but no code has come from it yet
    last_step: int = Field(
        default=0, sa_type=BigInteger
    )  # the 30 s step of the last code: none is taken twice


class RecoveryCodeRow(SQLModel, table=True):
    """For whoever has lost the app. Used once."""

    __tablename__ = "recovery_code"

    digest: str = Field(primary_key=True)
    staff_id: str = Field(foreign_key="staff.id", index=True)
    used_at: datetime | None = None


class LogInTryRow(SQLModel, table=True):
    """Failed log-ins in a row. Names and addresses as keyed digests only."""

    __tablename__ = "log_in_try"

    key: str = Field(primary_key=True)
    failures: int
    last_at: datetime = Field(index=True)


class RulesetRow(SQLModel, table=True):
    """A published version of the routing rules."""

    __tablename__ = "ruleset"

    version: int = Field(primary_key=True)
    text: str = Field(sa_column=Column(Text, nullable=False))
    published_at: datetime
    published_by: str
    note: str
    confirmed_by: str | None = None  # the second person, where much changed
    goes_back_to: int | None = None  # a rollback: the version whose text this is


class RuleDraftRow(SQLModel, table=True):
    """Rules that somebody is working on."""

    __tablename__ = "rule_draft"

    owner: str = Field(primary_key=True, foreign_key="staff.id")
    base_version: int
    text: str = Field(sa_column=Column(Text, nullable=False))
    revision: int = 1  # counts the saves: two windows do not overwrite each other unseen
    saved_at: datetime
    replayed: int | None = None  # first messages in the last replay, and how many came out otherwise
    replay_changed: int | None = None
    replay_of: str = ""  # which text, over which version
    asked_at: datetime | None = None  # somebody else was asked to agree
    asked_note: str = ""


class SetAsideRow(SQLModel, table=True):
    """A first message that nothing is to be done about."""

    __tablename__ = "set_aside"

    entry_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    by: str
    at: datetime


class HeartbeatRow(SQLModel, table=True):
    """The last sign of life of a background loop, for /readyz."""

    __tablename__ = "heartbeat"

    name: str = Field(primary_key=True)
    at: datetime
    stopped_by: str = ""  # why it does not work at the moment: "line_401"


class ConsentTextRow(SQLModel, table=True):
    """What parents were asked to agree to, word for word: a conversation keeps the version, and when."""

    __tablename__ = "consent_text"

    version: str = Field(primary_key=True)
    text: str = Field(sa_column=Column(Text, nullable=False))
    since: datetime


class AuditRow(SQLModel, table=True):
    """Who read, changed or did what with somebody's records or account, and why. It outlives them, and says nothing of
    what was in them. Triggers refuse every change, and every deletion but that of retention."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("audit_by_actor", "actor", "id"),
        Index("audit_by_act", "act", "id"),
        Index("audit_by_pseudonym", "pseudonym", "id"),
        Index("audit_by_account", "account", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(index=True)
    actor: str  # a staff id, "parent" or "operator"
    act: str
    pseudonym: str  # "" where it is about no parent
    account: str = ""  # the account it is about
    first_entry: int | None = None  # the entries that were shown or added: their ids
    last_entry: int | None = None
    reason: bytes = _sealed()


class AuditSweepRow(SQLModel, table=True):
    """While a row is here, lines of the audit from before its moment may be deleted: retention, in one transaction."""

    __tablename__ = "audit_sweep"

    id: int | None = Field(default=None, primary_key=True)
    before: datetime


class SealingKeyRow(SQLModel, table=True):
    """A key that words may be sealed with. Not the key: its id."""

    __tablename__ = "sealing_key"

    id: str = Field(primary_key=True)
    since: datetime


class JobRunRow(SQLModel, table=True):
    """How often a job by the clock ended so, in whichever process: the elected one changes."""

    __tablename__ = "job_run"

    job: str = Field(primary_key=True)
    outcome: str = Field(primary_key=True)  # done, failed
    count: int
    last_at: datetime


class QuotaRow(SQLModel, table=True):
    """What a channel last said about this month's counted messages."""

    __tablename__ = "quota"

    channel: str = Field(primary_key=True)
    used: int
    most: int | None = None  # None: as many as wanted
    asked_at: datetime


class ConfirmationRow(SQLModel, table=True):
    """An officer has looked: this is what the ward's data said, and it was right. Public facts, nobody's words."""

    __tablename__ = "confirmation"

    id: int | None = Field(default=None, primary_key=True)
    subject: str = Field(index=True)  # "hotline:inochi-sos": see directory.facts
    facts: str = Field(sa_column=Column(Text, nullable=False))  # as they were confirmed
    confirmed_by: str
    at: datetime


class FacilityImportRow(SQLModel, table=True):
    """A file of open data on its way into the ward's data: public facts, nobody's words."""

    __tablename__ = "facility_import"

    id: str = Field(primary_key=True)  # also the change set of its rows
    file_name: str
    content: bytes = Field(
        sa_column=Column(LargeBinary, nullable=False)
    )  # b"" once it is published or dropped
    state: str = Field(index=True)  # a storage.imports.State
    added_by: str
    added_at: datetime
    note: str  # why
    source: str
    as_of: str
    form: str = ""
    encoding: str = ""
    remarks: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    lines: int = 0
    lines_read: int = 0
    counts: dict[str, int] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    compared_with: int | None = None  # the edition that was live
    problem: str = ""
    lease_until: datetime | None = None


class FacilityChangeRow(SQLModel, table=True):
    """What a change set does with one row of the ward's data, or says of one row of a file. In force once its set is an
    edition."""

    __tablename__ = "facility_change"
    __table_args__ = (Index("facility_change_of_set", "change_set", "outcome", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    change_set: str
    facility_id: str | None = Field(
        default=None, index=True
    )  # directory.stored.key_of: of a facility its id, else "hotline:…"; None: it changes nothing
    body: str | None = Field(
        default=None, sa_column=Column(Text)
    )  # see directory.stored; None: as in the pack
    base: str | None = Field(
        default=None, sa_column=Column(Text)
    )  # the pack's row as it was then; "": the pack had none; None: not noted
    outcome: str
    line: int = 0
    name: str = ""
    reasons: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    differences: list[list[str]] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))


class FacilityEditionRow(SQLModel, table=True):
    """A change set that is in force, after those with lower numbers."""

    __tablename__ = "facility_edition"

    number: int = Field(primary_key=True)
    change_set: str = Field(unique=True)
    published_at: datetime
    published_by: str
    note: str
    source: str
    as_of: str
    changes: int
    undoes: int | None = None  # the edition that it takes back


class AlertRow(SQLModel, table=True):
    """A wait that people were, or are to be, told of outside the console: once for each kind and way."""

    __tablename__ = "alert"
    __table_args__ = (_partial("alert_unsent", "next_try_at", where="sent_at IS NULL"),)

    wait: str = Field(primary_key=True)  # "<consultation id> <since when>"
    kind: str = Field(primary_key=True)  # crisis, waiting
    way: str = Field(primary_key=True)  # email, webhook
    conversation_id: str = Field(index=True)
    waiting_since: datetime
    created_at: datetime
    attempts: int = 0
    next_try_at: datetime  # while it is being sent: when another may take it over
    sent_at: datetime | None = None
    problem: str = ""  # why the last attempt failed; never an address


class MenuRow(SQLModel, table=True):
    """A menu that `tsunagu line setup` has put at LINE, for every process to know."""

    __tablename__ = "menu"

    kind: str = Field(primary_key=True)  # normal, counselor
    menu_id: str  # LINE's
    name: str  # ours: changes with what is in it
    set_up_at: datetime


class MenuLinkRow(SQLModel, table=True):
    """LINE shows, or may be showing, this parent the counselor's menu. No row: it shows the one that everybody has."""

    __tablename__ = "menu_link"

    conversation_id: str = Field(primary_key=True, foreign_key="conversation.id")
    menu_id: str  # which was asked for last
    settled: bool = False  # LINE has said yes, or will never
    claim: str = ""  # whose attempt is the newest: only that one may say what became of it
    attempts: int = 0
    next_try_at: datetime | None = None  # while it is being asked for: when another may take it over
    problem: str = ""  # a status code or an error's name


class LeaseRow(SQLModel, table=True):
    """Something that only one process may do at a time, and that outlives no crash for long."""

    __tablename__ = "lease"

    name: str = Field(primary_key=True)
    holder: str
    until: datetime
