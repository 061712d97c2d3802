"""One-time codes as an authenticator makes them (RFC 6238), independent of the suite's own code."""
import base64
import hashlib
import hmac
import struct
import time
import urllib.parse


def _secret(secret):
    """The bytes of a secret: bytes, base32 text, or an otpauth:// URI."""
    if isinstance(secret, bytes):
        return secret
    if secret.startswith("otpauth://"):
        secret = urllib.parse.parse_qs(urllib.parse.urlsplit(secret).query)["secret"][0]
    secret = secret.replace(" ", "").upper()
    return base64.b32decode(secret + "=" * (-len(secret) % 8))


def totp(secret, when=None, *, offset=0, digits=6, period=30, digest="sha1"):
    """The code of a time (default: now), offset time steps away from it."""
    if isinstance(secret, str) and secret.startswith("otpauth://"):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(secret).query)
        digits = int(query.get("digits", [digits])[0])
        period = int(query.get("period", [period])[0])
        digest = query.get("algorithm", [digest])[0].lower()
    step = int(time.time() if when is None else when) // period + offset
    mac = hmac.new(_secret(secret), struct.pack(">Q", step), getattr(hashlib, digest)).digest()
    at = mac[-1] & 15
    return str((struct.unpack(">I", mac[at:at + 4])[0] & 0x7FFFFFFF) % 10 ** digits).zfill(digits)


def totp_wait(seconds=5, period=30):
    """Wait for the next time step if less than `seconds` of this one are left."""
    left = period - time.time() % period
    if left < seconds:
        time.sleep(left + 0.05)
