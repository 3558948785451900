"""Words at rest: AES-256-GCM with the key's id in front, each value bound to its place (table, column, row).

A sealed value: version (1 byte), key id (4), nonce (12), ciphertext and tag (16). A value that was emptied is b"".
Whoever can only read the database, or a dump of it, reads no words; whoever can also write cannot move one parent's
words to another's row without its being seen.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import urandom
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlmodel import Session

VERSION: Final = b"\x01"
ID_BYTES: Final = 4
NONCE_BYTES: Final = 12
FRONT: Final = len(VERSION) + ID_BYTES


class Unreadable(Exception):
    """The value was changed, moved, or sealed with a key that is not there. Says where; never carries words."""


class UnknownKey(Unreadable):
    """ENCRYPTION_KEYS lacks the key that this was sealed with."""


class NoKeys(Exception):
    """Words were to be read or written by a program that was started without ENCRYPTION_KEYS."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column whose values are sealed, and the column that names its rows."""

    table: str
    column: str
    key: str = "id"
    large: bool = False  # bytes of a photo or file, not words: megabytes

    def place(self, row: str | int) -> bytes:
        return f"{self.table}\0{self.column}\0{row}".encode()


INBOX_PAYLOAD: Final = Field("inbox", "payload")
CONTACT_ADDRESS: Final = Field("contact", "address", key="digest")
REPLY_TOKEN: Final = Field("reply_token", "token", key="inbox_id")
CONVERSATION_MEMORY: Final = Field("conversation", "memory")
CONVERSATION_LAST_WORDS: Final = Field("conversation", "last_words")
ENTRY_TEXT: Final = Field("entry", "text")
ENTRY_MATCHED: Final = Field("entry", "matched")
OUTBOX_BODY: Final = Field("outbox", "body")
OUTBOX_REPLY_TOKEN: Final = Field("outbox", "reply_token")
AUDIT_REASON: Final = Field("audit", "reason")
DRAFT_BODY: Final = Field("draft", "body")
CANNED_TEXT: Final = Field("canned_reply", "text")
SECOND_FACTOR: Final = Field("second_factor", "secret", key="staff_id")
ENCLOSURE_NAME: Final = Field("enclosure", "file_name")
ENCLOSURE_THUMBNAIL: Final = Field("enclosure", "thumbnail", large=True)
ENCLOSURE_CONTENT: Final = Field("enclosure", "content", large=True)
FIELDS: Final = (
    AUDIT_REASON,
    SECOND_FACTOR,
    CANNED_TEXT,
    DRAFT_BODY,
    CONTACT_ADDRESS,
    CONVERSATION_MEMORY,
    CONVERSATION_LAST_WORDS,
    ENTRY_TEXT,
    ENTRY_MATCHED,
    OUTBOX_BODY,
    OUTBOX_REPLY_TOKEN,
    REPLY_TOKEN,
    INBOX_PAYLOAD,
    ENCLOSURE_NAME,
    ENCLOSURE_THUMBNAIL,
    ENCLOSURE_CONTENT,
)


class Keyring:
    """The keys of ENCRYPTION_KEYS, newest first: the first one seals, all of them open."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = {key_id(key): key for key in keys}
        self._ciphers = {name: AESGCM(derived(key, b"words at rest")) for name, key in self._keys.items()}
        self.ids = tuple(self._ciphers)
        self.newest = self.ids[0]
        self._front = VERSION + self.newest
        self._newest_cipher = self._ciphers[self.newest]

    def seal(self, field: Field, row: str | int, words: str) -> bytes:
        return self.seal_bytes(field, row, words.encode())

    def open(self, field: Field, row: str | int, sealed: bytes) -> str:
        """Raises Unreadable."""
        try:
            return self.open_bytes(field, row, sealed).decode()
        except ValueError:
            raise Unreadable(f"{field.table}.{field.column}") from None

    def seal_bytes(self, field: Field, row: str | int, content: bytes) -> bytes:
        if not content:
            return b""
        nonce = urandom(NONCE_BYTES)
        return self._front + nonce + self._newest_cipher.encrypt(nonce, content, field.place(row))

    def open_bytes(self, field: Field, row: str | int, sealed: bytes) -> bytes:
        """Raises Unreadable."""
        if not sealed:
            return b""
        cipher = self._ciphers.get(sealed[1:FRONT])
        if cipher is None or sealed[:1] != VERSION:
            raise UnknownKey(f"{field.table}.{field.column}")
        nonce = sealed[FRONT : FRONT + NONCE_BYTES]
        try:
            return cipher.decrypt(nonce, sealed[FRONT + NONCE_BYTES :], field.place(row))
        except (InvalidTag, ValueError):
            raise Unreadable(f"{field.table}.{field.column}") from None

    def key_for(self, purpose: bytes, name: bytes) -> bytes:
        """A key for something other than words, from the key with this id. Raises UnknownKey."""
        if name not in self._keys:
            raise UnknownKey(name.hex())
        return derived(self._keys[name], purpose)

    def opener(self, field: Field) -> Callable[[int, bytes], str | None]:
        """`open_or_none` for very many values of one column: twice as quick."""
        ciphers = {VERSION + name: cipher for name, cipher in self._ciphers.items()}
        beginning = field.place("")

        def open_or_none(row: int, sealed: bytes) -> str | None:
            cipher = ciphers.get(sealed[:FRONT])
            if cipher is None:
                return None if sealed else ""
            nonce, rest = sealed[FRONT : FRONT + NONCE_BYTES], sealed[FRONT + NONCE_BYTES :]
            try:
                return cipher.decrypt(nonce, rest, b"%b%d" % (beginning, row)).decode()
            except (InvalidTag, ValueError):
                return None

        return open_or_none

    def open_or_none(self, field: Field, row: str | int, sealed: bytes) -> str | None:
        """For screens: None where the value cannot be read."""
        try:
            return self.open(field, row, sealed)
        except Unreadable:
            return None


def key_id(key: bytes) -> bytes:
    """Names a key without telling anything about it."""
    return derived(key, b"key id")[:ID_BYTES]


def derived(key: bytes, purpose: bytes) -> bytes:
    """A key of its own for each purpose: HMAC-SHA-256, as HKDF expands a key that is already uniform."""
    return hmac.new(key, b"tsunagu " + purpose, hashlib.sha256).digest()


def of(session: Session) -> Keyring:
    """The keyring that the session's database was opened with. Raises NoKeys."""
    return given(session.info.get("keyring"))


def given(keyring: Keyring | None) -> Keyring:
    """Raises NoKeys where it is not."""
    if keyring is None:
        raise NoKeys
    return keyring
