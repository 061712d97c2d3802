"""People with a second factor, and how they try to log in."""
import imaplib
import poplib
import re
import smtplib
import time

from .otp import totp


class Person:
    """A user with a TOTP secret, who never types a code twice unless told."""

    def __init__(self, sandbox, name, secret=None):
        self.sandbox = sandbox
        self.name = name
        self.secret = secret
        self.step = 0

    def enroll(self, *words, confirm=True):
        row = self.sandbox.doveadm_json("pix", "totp", "enroll", "-u", self.name, *words)[0]
        self.uri = row["uri"]
        self.secret = re.search("secret=([A-Z2-7]+)", row["uri"]).group(1)
        self.sandbox.secret(self.secret)
        if confirm:
            self.sandbox.doveadm("pix", "totp", "confirm", "-u", self.name, input=self.code() + "\n")
        return self

    def code(self, step=None):
        """A code that was not used: the oldest of the window that is left. Waits when all were."""
        if step is None:
            now = int(time.time()) // 30
            while max(self.step + 1, now - 1) > now + 1:
                time.sleep(0.2)
                now = int(time.time()) // 30
            step = max(self.step + 1, now - 1)
            self.step = step
        return totp(self.secret, step * 30)


def try_imap(sandbox, user, password):
    """(accepted, what the server said)"""
    client = sandbox.imap()
    try:
        client.login(user, password)
        client.select("INBOX")
        client.logout()
        return True, ""
    except imaplib.IMAP4.error as exc:
        return False, str(exc)


def try_pop3(sandbox, user, password):
    client = sandbox.pop3()
    try:
        client.user(user)
        client.pass_(password)
        client.stat()
        client.quit()
        return True, ""
    except poplib.error_proto as exc:
        return False, str(exc)


def try_smtp(sandbox, user, password):
    client = sandbox.smtp()
    try:
        client.login(user, password)
        client.quit()
        return True, ""
    except smtplib.SMTPAuthenticationError as exc:
        return False, str(exc)


PROTOCOLS = {"imap": try_imap, "pop3": try_pop3, "submission": try_smtp}
