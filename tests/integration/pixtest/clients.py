"""Clients: the standard library's own, made for a sandbox, with the SASL mechanisms that it lacks."""
import base64
import imaplib
import poplib
import re
import smtplib
import ssl


def bearer(mech, user, token, host="127.0.0.1", port=143):
    """The initial response of XOAUTH2 or OAUTHBEARER (RFC 7628 §3.1), as bytes."""
    if mech == "XOAUTH2":
        return ("user=%s\1auth=Bearer %s\1\1" % (user, token)).encode()
    return ("n,a=%s,\1host=%s\1port=%d\1auth=Bearer %s\1\1" % (user, host, port, token)).encode()


class Imap(imaplib.IMAP4):
    """imaplib on the plain port; Imap.tls() for IMAPS."""

    def __init__(self, sandbox, source="127.0.0.1", timeout=30):
        self.sandbox = sandbox
        self.source = source
        super().__init__("127.0.0.1", sandbox.port("IMAP"), timeout=timeout)

    def _create_socket(self, timeout):
        import socket
        return socket.create_connection((self.host, self.port), timeout, source_address=(self.source, 0))

    @classmethod
    def tls(cls, sandbox, timeout=30):
        return imaplib.IMAP4_SSL("localhost", sandbox.port("IMAPS"), ssl_context=sandbox.ssl_context(), timeout=timeout)

    def sasl(self, mech, initial):
        """AUTHENTICATE with an initial response (SASL-IR). Returns (type, data); on a challenge from the
        server answers with an empty (OAUTHBEARER: %x01) line and keeps the challenge in self.challenge."""
        self.challenge = None
        tag = self._new_tag()
        self.send(tag + b" AUTHENTICATE " + mech.encode() + b" " + (base64.b64encode(initial) or b"=") + b"\r\n")
        while True:
            line = self.readline()
            if not line:
                raise self.abort("connection closed in AUTHENTICATE")
            if line.startswith(b"+"):
                self.challenge = base64.b64decode(line[1:].strip())
                self.send((b"" if mech == "XOAUTH2" else b"AQ==") + b"\r\n")
            elif line.startswith(tag + b" "):
                typ, text = line.rstrip(b"\r\n").split(b" ", 2)[1:]
                if typ == b"OK":
                    self.state = "AUTH"
                return typ.decode(), text.decode()

    def login_ok(self, user, password):
        """True or False; other errors are raised."""
        try:
            self.login(user, password)
            return True
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as exc:
            self.refusal = str(exc)
            return False


class Pop3(poplib.POP3):
    def __init__(self, sandbox, timeout=30):
        super().__init__("127.0.0.1", sandbox.port("POP3"), timeout=timeout)

    def sasl(self, mech, initial):
        """AUTH with an initial response. Returns the last line (bytes) and self.challenge."""
        self.challenge = None
        self._putcmd("AUTH %s %s" % (mech, base64.b64encode(initial).decode() or "="))
        while True:
            line = self._getline()[0]
            if not line.startswith(b"+ "):
                return line
            self.challenge = base64.b64decode(line[2:].strip())
            self._putcmd("" if mech == "XOAUTH2" else "AQ==")

    def login_ok(self, user, password):
        try:
            self.user(user)
            self.pass_(password)
            return True
        except poplib.error_proto as exc:
            self.refusal = str(exc)
            return False


class Smtp(smtplib.SMTP):
    """Submission, after STARTTLS."""

    def __init__(self, sandbox, timeout=30):
        super().__init__("localhost", sandbox.port("SUBMISSION"), timeout=timeout)
        self.ehlo("client.example.org")
        self.starttls(context=sandbox.ssl_context())
        self.ehlo("client.example.org")

    def sasl(self, mech, initial):
        """AUTH with an initial response. Returns (code, text) and self.challenge."""
        self.challenge = None
        code, text = self.docmd("AUTH", mech + " " + (base64.b64encode(initial).decode() or "="))
        while code == 334:
            self.challenge = base64.b64decode(text)
            code, text = self.docmd("" if mech == "XOAUTH2" else "AQ==")
        return code, text

    def login_ok(self, user, password):
        try:
            self.login(user, password)
            return True
        except smtplib.SMTPAuthenticationError as exc:
            self.refusal = str(exc)
            return False


class Lmtp(smtplib.LMTP):
    def __init__(self, sandbox, timeout=30):
        super().__init__("127.0.0.1", sandbox.port("LMTP"), timeout=timeout)

    def deliver(self, message, to, sender="sender@example.com"):
        """Deliver bytes, text or an EmailMessage to a user or a list of users. Returns {user: (code, text)} of the
        refused ones. (smtplib reads one answer to DATA; LMTP gives one a recipient, RFC 2033 §4.2.)"""
        if hasattr(message, "as_bytes"):
            message = message.as_bytes()
        elif isinstance(message, str):
            message = message.encode()
        self.ehlo("client.example.org")  # LHLO here
        code, text = self.mail(sender)
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, text, sender)
        taken, refused = [], {}
        for user in [to] if isinstance(to, str) else to:
            code, text = self.rcpt(user)
            if code == 250:
                taken.append(user)
            else:
                refused[user] = (code, text)
        if not taken:
            self.rset()
            return refused
        self.putcmd("data")
        code, text = self.getreply()
        if code != 354:
            raise smtplib.SMTPDataError(code, text)
        message = re.sub(rb"(?m)^\.", b"..", re.sub(rb"\r?\n", b"\r\n", message))
        self.send(message + (b"" if message.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        for user in taken:
            code, text = self.getreply()
            if code != 250:
                refused[user] = (code, text)
        return refused


def trusting(ca_file):
    """A TLS context that trusts the sandbox's own CA and nothing else."""
    return ssl.create_default_context(cafile=ca_file)
