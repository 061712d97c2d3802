"""The second line: sessions of enrolled users that came past pix_mfa."""
import imaplib
import poplib
import smtplib
import urllib.parse

import pytest

from pixtest import HOST, eventually, totp

NEW = HOST == "2.4"
OTHERS = ["audit", "archive", "sort", "auth-oauth2"]


def enroll(box, user):
    """An active TOTP enrolment; returns its secret."""
    rows = box.doveadm_json("pix", "totp", "enroll", "-u", user)
    uri = next(row["uri"] for row in rows if row.get("uri"))
    secret = box.secret(urllib.parse.parse_qs(urllib.parse.urlsplit(uri).query)["secret"][0])
    box.doveadm("pix", "totp", "confirm", "-u", user, input=totp(secret) + "\n")
    return secret


def refused(box, user, why, password="pass"):
    """Every protocol lets the login go on, and the mail process ends the session."""
    box.allow("pix_session: Session of user=")
    mark = box.mark()
    with pytest.raises((imaplib.IMAP4.error, OSError)):
        box.imap(user, password).select()
    with pytest.raises((poplib.error_proto, OSError, EOFError)):
        box.pop3(user, password).stat()
    with pytest.raises((smtplib.SMTPException, OSError)):
        smtp = box.smtp(user, password)
        code, text = smtp.docmd("MAIL FROM:<a@example.org>")
        if code >= 400:
            raise smtplib.SMTPResponseException(code, text)
    eventually(lambda: box.log_since(mark).count(why) >= 3)
    assert "auth failed" not in "\n".join(line for line in box.log_since(mark).splitlines() if "pix_session" in line)


# Three directories that accept spellings: one gives the name back to auth, one tells it only to the mail process.
SPELLINGS = """passdb one {
  driver = static
  static_password = pass
  username_filter = ali
  fields {
    user = alice
  }
}
passdb two {
  driver = static
  static_password = pass
  username_filter = alicia
  fields {
    userdb_user = alice
  }
}
passdb three {
  driver = static
  static_password = pass
}
""" if NEW else """passdb {
  driver = static
  args = password=pass user=alice
  username_filter = ali
}
passdb {
  driver = static
  args = password=pass userdb_user=alice
  username_filter = alicia
}
passdb {
  driver = static
  args = password=pass
}
"""


def test_no_spelling_of_a_name_gets_in(new_sandbox):
    box = new_sandbox(without=OTHERS, args=["--no-passdb"], conf=SPELLINGS)
    box.allow("pix_session: Session of user=")
    for user in ("ali", "alicia"):
        assert box.imap(user).select()[0] == "OK"
    secret = enroll(box, "alice")
    for user in ("alice", "ali", "alicia"):
        with pytest.raises((imaplib.IMAP4.error, OSError)):
            box.imap(user).select()
        with pytest.raises((poplib.error_proto, OSError, EOFError)):
            box.pop3(user).stat()
    assert box.imap("bob").select()[0] == "OK"
    assert box.imap("alice", "pass" + totp(secret, offset=1)).select()[0] == "OK"


@pytest.fixture(scope="module")
def box(new_sandbox):
    return new_sandbox(without=OTHERS)


def test_with_a_code_the_session_stays_and_says_so(box):
    secret = enroll(box, "carol")
    box.secret(secret)
    assert not box.imap().login_ok("carol", "pass")
    imap = box.imap("carol", "pass" + totp(secret, offset=1))
    assert imap.select()[0] == "OK"
    row = eventually(lambda: box.doveadm_json("pix", "session", "list", "-u", "carol"))[0]
    assert row["factor"] == "totp" and row["credential"]
    imap.logout()


def test_a_user_who_is_not_enrolled_is_known_by_auth(box):
    imap = box.imap("dave")
    row = eventually(lambda: box.doveadm_json("pix", "session", "list", "-u", "dave"))[0]
    assert row["factor"] == "none"
    imap.logout()


def test_an_enrolled_user_past_our_passdb_is_refused(new_sandbox):
    box = new_sandbox(without=OTHERS + ["auth-mfa"])
    assert box.imap("alice").select()[0] == "OK"
    enroll(box, "alice")
    refused(box, "alice", "the user is enrolled for a second factor")
    assert box.imap("bob").select()[0] == "OK"


MASTERS = """auth_master_user_separator = *
passdb master {
  driver = static
  master = yes
  static_password = masterpass
}
""" if NEW else """auth_master_user_separator = *
passdb {
  driver = static
  master = yes
  args = password=masterpass
}
"""


@pytest.mark.parametrize("policy, alice, bob", [("check", False, True), ("refuse", False, False), ("allow", True, True)])
def test_master_users(new_sandbox, policy, alice, bob):
    box = new_sandbox(without=OTHERS + ["auth-mfa"], conf=MASTERS, sets={"pix_session_master_users": policy})
    box.secret("masterpass")
    enroll(box, "alice")
    for user, good in (("alice", alice), ("bob", bob)):
        if good:
            assert box.imap(user + "*admin", "masterpass").select()[0] == "OK"
        else:
            refused(box, user + "*admin", "a master user's session without a second factor", "masterpass")


def test_an_enrolled_master_user_needs_a_factor_for_anyone(new_sandbox):
    box = new_sandbox(without=OTHERS + ["auth-mfa"], conf=MASTERS)
    box.secret("masterpass")
    enroll(box, "admin")
    refused(box, "bob*admin", "a master user's session without a second factor", "masterpass")
