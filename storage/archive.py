"""An encrypted file, written and read as a stream: AES-256-GCM in chunks whose order and end are part of the seal.

Head: magic, kind, key id, salt. Then frames: length, ciphertext and tag. A frame's nonce is its number and whether it is
the last, so that frames cannot be left out, moved, added or cut off without its being seen (Rogaway's STREAM).
"""

import hashlib
import hmac
from os import urandom
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.sealing import ID_BYTES, Keyring

MAGIC: Final = b"tsunagu backup 1\n"
KIND_BYTES: Final = 1
SALT_BYTES: Final = 16
HEAD: Final = len(MAGIC) + KIND_BYTES + ID_BYTES + SALT_BYTES
CHUNK: Final = 1024 * 1024
TAG_BYTES: Final = 16
PURPOSE: Final = b"backup"


class BadArchive(Exception):
    """No backup of ours, or not as it was written: cut off, changed, or put together from several."""


def write(source: BinaryIO, out: BinaryIO, keyring: Keyring, kind: bytes) -> None:
    head = MAGIC + kind + keyring.newest + urandom(SALT_BYTES)
    cipher = _cipher(head, keyring)
    out.write(head)
    number, chunk = 0, source.read(CHUNK)
    while True:
        following = source.read(CHUNK)
        frame = cipher.encrypt(_nonce(number, last=not following), chunk, head)
        out.write(len(frame).to_bytes(4, "big") + frame)
        if not following:
            return
        number, chunk = number + 1, following


def read(source: BinaryIO, out: BinaryIO, keyring: Keyring) -> bytes:
    """Returns the kind. Raises BadArchive, or UnknownKey. What was written before that must not be used."""
    head = source.read(HEAD)
    if len(head) != HEAD or not head.startswith(MAGIC):
        raise BadArchive
    cipher = _cipher(head, keyring)
    number, frame = 0, _frame(source)
    while True:
        following = _frame(source)
        try:
            out.write(cipher.decrypt(_nonce(number, last=following is None), frame or b"", head))
        except InvalidTag:
            raise BadArchive from None
        if following is None:
            return head[len(MAGIC) : len(MAGIC) + KIND_BYTES]
        number, frame = number + 1, following


def _frame(source: BinaryIO) -> bytes | None:
    """None at the end."""
    length = source.read(4)
    if not length:
        return None
    size = int.from_bytes(length, "big")
    if len(length) != 4 or size > CHUNK + TAG_BYTES:
        raise BadArchive
    frame = source.read(size)
    if len(frame) != size:
        raise BadArchive
    return frame


def _cipher(head: bytes, keyring: Keyring) -> AESGCM:
    """A key for this file alone, so that counting nonces never meet another file's."""
    name = head[len(MAGIC) + KIND_BYTES :][:ID_BYTES]
    key = keyring.key_for(PURPOSE, name)
    return AESGCM(hmac.new(key, head, hashlib.sha256).digest())


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")
