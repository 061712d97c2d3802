"""The harness of the integration tests: a private Dovecot, real clients, and a guard over its logs."""
from .clients import Imap, Lmtp, Pop3, Smtp, bearer
from .guard import LogGuard
from .otp import totp, totp_wait
from .sandbox import HOST, TOP, Sandbox, SandboxError, run
from .wait import eventually

__all__ = [
    "HOST", "Imap", "Lmtp", "LogGuard", "Pop3", "Sandbox", "SandboxError", "Smtp", "TOP", "bearer", "eventually", "run", "totp",
    "totp_wait",
]
