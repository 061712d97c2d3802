"""doveadm pix token revoke: sessions end, and the token brings none back."""
import hashlib
import imaplib
import json
import time

import pytest

from pixtest import eventually
from pixtest.sessions import ask, bye, passdbs, rows

TOKEN = "eyJhbGciOiJub25lIn0.a-token-of-this-test"
HASH = hashlib.sha256(TOKEN.encode()).hexdigest()[:32]
OTHER = "ab" * 16
THIRD = "cd" * 16
FIELDS = {
    "one": {"pix_factor": "token", "pix_token": HASH, "pix_issuer": "https://a.example", "pix_issued": "1700000000"},
    "two": {"pix_factor": "token", "pix_token": OTHER, "pix_issuer": "https://b.example", "pix_issued": "1700000000"},
    "new": {"pix_factor": "token", "pix_token": THIRD, "pix_issuer": "https://b.example", "pix_issued": "4000000000"},
}
SANDBOX = dict(args=["--no-passdb"], conf=passdbs(FIELDS), without=["audit", "archive", "sort", "auth-mfa", "auth-oauth2"])


def ended_at_once(box, user):
    """The login may go on, but no session stays."""
    try:
        imap = box.imap(user)
    except (imaplib.IMAP4.error, OSError):
        return True
    return "BYE" in bye(imap)


def test_one_token(sandbox):
    sandbox.secret(TOKEN)
    mine, other = sandbox.imap("one-a"), sandbox.imap("two-a")
    eventually(lambda: rows(sandbox, "-u", "one-a") and rows(sandbox, "-u", "two-a"))
    done = json.loads(sandbox.doveadm("-f", "json", "pix", "token", "revoke", "--reason", "stolen", input=TOKEN + "\n").stdout)
    assert done == [{"ended": "1"}]
    assert "revoked" in bye(mine)
    assert other.noop()[0] == "OK"
    assert ended_at_once(sandbox, "one-a")
    # once more is no error
    assert sandbox.doveadm_json("pix", "token", "revoke", "--token", HASH) == [{"ended": "0"}]


def test_it_holds_after_a_restart_and_a_reload(sandbox):
    sandbox.allow("pix-identity")
    sandbox.doveadm("pix", "token", "revoke", "--token", HASH)
    for again in (sandbox.reload, sandbox.restart):
        again()
        eventually(lambda: sandbox.doveadm("pix", "status", check=False).returncode in (0, 1))
        assert ended_at_once(sandbox, "one-a")
        imap = sandbox.imap("two-b")
        time.sleep(0.3)
        assert imap.noop()[0] == "OK"
        imap.logout()


def test_all_tokens_of_a_user_that_are_older(sandbox):
    old, new = sandbox.imap("two-u"), sandbox.imap("new-u")
    eventually(lambda: rows(sandbox, "-u", "two-u") and rows(sandbox, "-u", "new-u"))
    assert sandbox.doveadm_json("pix", "token", "revoke", "-u", "two-u") == [{"ended": "1"}]
    assert "revoked" in bye(old)
    assert ended_at_once(sandbox, "two-u")
    # open sessions of the user end; a token that is issued later brings him back
    assert sandbox.doveadm_json("pix", "token", "revoke", "-u", "new-u") == [{"ended": "1"}]
    assert "revoked" in bye(new)
    imap = sandbox.imap("new-u")
    time.sleep(0.3)
    assert imap.noop()[0] == "OK"


def test_only_of_one_issuer(sandbox):
    imap = sandbox.imap("two-i")
    eventually(lambda: rows(sandbox, "-u", "two-i"))
    assert sandbox.doveadm_json("pix", "token", "revoke", "-u", "two-i", "--issuer", "https://a.example") == [{"ended": "0"}]
    assert imap.noop()[0] == "OK"
    assert sandbox.doveadm_json("pix", "token", "revoke", "-u", "two-i", "--issuer", "https://b.example") == [{"ended": "1"}]
    assert ended_at_once(sandbox, "two-i")


@pytest.mark.parametrize("words, text, code", [
    (["--token", "short"], None, 64),
    (["--token", "A" * 32], None, 64),
    ([], "\n", 64),
    ([], "x" * 70000, 65),
    (["-u", ""], None, 64),
])
def test_what_is_no_token_is_refused(sandbox, words, text, code):
    done = sandbox.doveadm("pix", "token", "revoke", *words, input=text or "", check=False)
    assert done.returncode == code, done.stderr
    assert "x" * 50 not in done.stderr


def test_a_mail_process_can_not_revoke(sandbox):
    sandbox.allow("Refused command")
    for cmd in ("token-revoke", "token-check"):
        kind, answer = ask(sandbox, "pix-identity-session", cmd, who="root", user="two-a", token=HASH)
        assert answer["error"] == "denied"
