"""The signature that LINE puts on a webhook.

Source: https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/
"""

import base64
import hashlib
import hmac


def signature(channel_secret: str, body: bytes) -> str:
    """The value of `X-Line-Signature` for these raw bytes."""
    digest = hmac.new(channel_secret.encode(), body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
