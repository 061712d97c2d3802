"""Programs that people have, against a server with all parts on: by password, by password and code, by token.

mbsync takes mechanisms from Cyrus SASL, and what the test roots have of it lacks OAUTHBEARER and XOAUTH2: it logs in by
password and by password and code only, and what it says when told to use a token is tested. curl 7.88 (Debian 12) takes
OAUTHBEARER where both are offered, whatever its login options say: XOAUTH2 is tried with curl 8 only. poplib and
smtplib get their tokens by the AUTH of pixtest.clients.
"""
import imaplib
import os
import pathlib
import poplib
import re
import smtplib
import subprocess
import sys
import tempfile

import pytest

from pixtest import clients, eventually
from pixtest.mfa import Person
from pixtest.sandbox import TOP, run

sys.path.insert(0, os.path.join(TOP, "tests", "integration", "oauth2"))

import issuer  # noqa: E402

KEY = issuer.key("ES256", "k1")
STRANGER = issuer.key("ES256", "k1")
SANDBOX = dict(
    sets={"pix_oauth2_issuer": issuer.NAME, "pix_oauth2_keys": "{files}/keys.json", "pix_oauth2_user": "{email}"},
    files={"keys.json": issuer.jwks(KEY)})
MECHANISMS = ["OAUTHBEARER", "XOAUTH2"]
SUBJECT = "read by a program"


class Login:
    """One try of one program; mech is None for a password. Its secret must show in no log."""

    def __init__(self, box, tmp_path, user, secret, mech=None):
        self.box, self.dir, self.user, self.mech = box, tmp_path, user, mech
        self.secret = secret
        self.tag = "from-%s-%d" % (user, len(box.sink()))

    def letter(self):
        return "From: %s@example.org\r\nTo: x@example.net\r\nSubject: %s\r\n\r\nx\r\n" % (self.user, self.tag)

    def sent(self):
        return eventually(lambda: any(self.tag.encode() in mail for mail in self.box.sink()))

    def initial(self):
        return clients.bearer(self.mech, self.user, self.secret)

    def write(self, name, text):
        path = self.dir / name
        path.write_text(text)
        path.chmod(0o600)
        return path


def with_imaplib(login):
    client = login.box.imap()
    if login.mech:
        if client.sasl(login.mech, login.initial())[0] != "OK":
            return False
    else:
        try:
            client.login(login.user, login.secret)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as exc:
            assert "AUTHENTICATIONFAILED" in str(exc)
            return False
    client.select()
    assert SUBJECT in str(client.fetch("1", "BODY.PEEK[HEADER]"))
    client.logout()
    return True


def with_poplib(login):
    client = login.box.pop3()
    if login.mech:
        if not client.sasl(login.mech, login.initial()).startswith(b"+OK"):
            return False
    else:
        try:
            client.user(login.user)
            client.pass_(login.secret)
        except poplib.error_proto as exc:
            assert "[AUTH]" in str(exc)
            return False
    assert SUBJECT in str(client.retr(1))
    client.quit()
    return True


def with_smtplib(login):
    client = login.box.smtp()
    if login.mech:
        if client.sasl(login.mech, login.initial())[0] != 235:
            return False
    else:
        try:
            client.login(login.user, login.secret)
        except smtplib.SMTPAuthenticationError as exc:
            assert exc.smtp_code == 535
            return False
    client.sendmail(login.user + "@example.org", ["x@example.net"], login.letter())
    client.quit()
    return login.sent()


def curl(login, url, more=""):
    """curl over TLS, its secret in a file; None when the server refused the login."""
    if login.mech:
        auth = 'user = "%s:"\noauth2-bearer = "%s"\nlogin-options = "AUTH=%s"\n' % (login.user, login.secret, login.mech)
    else:
        auth = 'user = "%s:%s"\n' % (login.user, login.secret)
    rc = login.write("curlrc", 'url = "%s"\n%sssl-reqd\ncacert = "%s"\nsilent\nshow-error\nmax-time = 40\n%s'
                     % (url, auth, login.box.env["PIX_CA_FILE"], more))
    done = run("curl", "-q", "-K", rc, check=False)
    if done.returncode == 67:  # CURLE_LOGIN_DENIED
        return None
    assert done.returncode == 0, done.stderr
    return done.stdout


def with_curl_imap(login):
    text = curl(login, "imaps://localhost:%d/INBOX;MAILINDEX=1" % login.box.port("IMAPS"))
    assert text is None or SUBJECT in text
    return text is not None


def with_curl_pop3(login):
    text = curl(login, "pop3://localhost:%d/1" % login.box.port("POP3"))
    assert text is None or SUBJECT in text
    return text is not None


def with_curl_smtp(login):
    text = curl(login, "smtp://localhost:%d/client.example.org" % login.box.port("SUBMISSION"),
                'mail-from = "%s@example.org"\nmail-rcpt = "x@example.net"\nupload-file = "%s"\n'
                % (login.user, login.write("letter", login.letter())))
    return text is not None and login.sent()


def with_mutt(login):
    """mutt shows nothing that a test can read: the server's log tells that it logged in and fetched the header."""
    port = login.box.port("IMAPS")
    if login.mech:
        auth = 'set imap_authenticators="%s"\nset imap_oauth_refresh_command="cat %s"\n' % (
            login.mech.lower(), login.write("token", login.secret + "\n"))
    else:
        auth = 'set imap_pass="%s"\n' % login.secret
    rc = login.write("muttrc", "set ssl_force_tls=yes\nset certificate_file=%s\nset imap_user=%s\n%sset header_cache=\n"
                     "set spoolfile=imaps://localhost:%d/INBOX\nset folder=imaps://localhost:%d/\nset quit=yes\n"
                     % (login.box.env["PIX_CA_FILE"], login.user, auth, port, port))
    mark = login.box.mark()
    # mutt wants a terminal of some size
    subprocess.run(["script", "-qec", "stty rows 24 cols 80; mutt -F %s -e 'push <quit>'" % rc, "/dev/null"], timeout=40,
                   env=dict(os.environ, TERM="xterm", HOME=str(login.dir)), stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    read = re.compile(r"imap\(%s\)<.*hdr_count=1 " % login.user)
    refused = re.compile(r"imap-login: .*auth failed.*user=<%s>" % login.user)
    found = eventually(lambda: read.search(login.box.log_since(mark)) or refused.search(login.box.log_since(mark)))
    return found.re is read


def mbsync(login):
    """The outcome of a run, and the mails that it fetched."""
    near = pathlib.Path(tempfile.mkdtemp(dir=login.dir))
    rc = login.write("mbsyncrc", "IMAPAccount a\nHost localhost\nPort %d\nUser %s\nPass %s\n%s"
                     "SSLType IMAPS\nCertificateFile %s\n\n"
                     "IMAPStore far\nAccount a\n\nMaildirStore near\nPath %s/\nInbox %s/INBOX\n\n"
                     "Channel c\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nSyncState *\n"
                     % (login.box.port("IMAPS"), login.user, login.secret, "AuthMechs %s\n" % login.mech if login.mech else "",
                        login.box.env["PIX_CA_FILE"], near, near))
    done = run("mbsync", "-c", rc, "c", check=False)
    return done, [path.read_text() for path in near.glob("INBOX/*/*") if path.is_file() and not path.name.startswith(".")]


def with_mbsync(login):
    done, mails = mbsync(login)
    if done.returncode == 0:
        assert len(mails) == 1 and SUBJECT in mails[0]
        return True
    assert "AUTHENTICATIONFAILED" in done.stdout + done.stderr and not mails
    return False


PROGRAMS = {"imaplib": with_imaplib, "poplib": with_poplib, "smtplib": with_smtplib, "curl-imap": with_curl_imap,
            "curl-pop3": with_curl_pop3, "curl-smtp": with_curl_smtp, "mutt": with_mutt, "mbsync": with_mbsync}
CURL = int(run("curl", "--version").stdout.split()[1].split(".")[0])
WITH_TOKENS = [(name, mech) for name in PROGRAMS for mech in MECHANISMS
               if name != "mbsync" and not (name.startswith("curl") and mech == "XOAUTH2" and CURL < 8)]


def mailbox(box, user):
    """A name that no other test has, with one mail."""
    box.deliver("From: a@example.com\r\nSubject: %s\r\n\r\nx\r\n" % SUBJECT, user)
    return user


@pytest.fixture
def attempt(sandbox, tmp_path):
    def login(program, user, secret, mech=None):
        # The bare password is a word that logs have.
        return PROGRAMS[program](Login(sandbox, tmp_path, user, secret if secret == "pass" else sandbox.secret(secret), mech))
    return login


@pytest.mark.parametrize("program", PROGRAMS)
def test_password(sandbox, attempt, program):
    user = mailbox(sandbox, "plain-" + program)
    assert not attempt(program, user, "nosuchpassword")
    assert attempt(program, user, "pass")


@pytest.mark.parametrize("program", PROGRAMS)
def test_password_and_code(sandbox, attempt, program):
    person = Person(sandbox, mailbox(sandbox, "code-" + program)).enroll()
    assert not attempt(program, person.name, "pass")
    assert attempt(program, person.name, "pass" + person.code())
    assert not attempt(program, person.name, "pass")


@pytest.mark.parametrize("program, mech", WITH_TOKENS)
def test_token(sandbox, attempt, program, mech):
    user = mailbox(sandbox, "token-%s-%s" % (program, mech.lower()))
    assert not attempt(program, user, issuer.sign(STRANGER, issuer.claims(user)), mech)
    mark = sandbox.mark()
    assert attempt(program, user, issuer.sign(KEY, issuer.claims(user)), mech)
    # Not by another way: the program may choose.
    eventually(lambda: "user=<%s>, method=%s," % (user, mech) in sandbox.log_since(mark))


@pytest.mark.parametrize("mech", MECHANISMS)
def test_mbsync_has_no_tokens(sandbox, tmp_path, mech):
    user = mailbox(sandbox, "token-mbsync-" + mech.lower())
    done, mails = mbsync(Login(sandbox, tmp_path, user, sandbox.secret(issuer.sign(KEY, issuer.claims(user))), mech))
    assert done.returncode != 0 and not mails
    assert "mechanism" in done.stderr
