"""Who must have a second factor: the stages, and what explains them."""
import pytest

from pixtest import SandboxError
from pixtest.mfa import Person, try_imap, try_pop3

POLICY = ("off user=bob; enforce user=carol service=pop3; report user=carol; warn user=dave network=127.0.0.0/8; "
          "enforce user=alice,new-* network=127.0.0.1")
SANDBOX = dict(without=["audit", "archive", "sort", "auth-oauth2"], conf='pix_mfa_policy = "%s"\n' % POLICY)


def explain(sandbox, user, *words):
    return sandbox.doveadm_json("pix", "mfa", "explain", "-u", user, "--rip", "127.0.0.1", *words)[0]


def test_stages(sandbox):
    assert try_imap(sandbox, "bob", "pass")[0]
    mark = sandbox.mark()
    assert try_imap(sandbox, "carol", "pass")[0]
    assert "policy rule 3 would refuse it" in sandbox.log_since(mark)
    assert not try_pop3(sandbox, "carol", "pass")[0]
    assert try_imap(sandbox, "dave", "pass")[0]
    assert "policy rule 4 will refuse it" in sandbox.log_since(mark)
    mark = sandbox.mark()
    assert not try_imap(sandbox, "alice", "pass")[0]
    assert "reason=not-enrolled" in sandbox.log_since(mark)
    assert try_imap(sandbox, "somebody", "pass")[0]


def test_enforced_user_can_still_enroll(sandbox):
    """Under enforce a pending enrolment opens nothing but by its code; its end opens nothing either."""
    person = Person(sandbox, "new-1").enroll(confirm=False)
    assert not try_imap(sandbox, "new-1", "pass")[0]
    assert try_imap(sandbox, "new-1", "pass" + person.code())[0]
    sandbox.doveadm("pix", "totp", "reset", "-u", "new-1")
    assert not try_imap(sandbox, "new-1", "pass")[0]
    row = sandbox.doveadm_json("pix", "app-password", "add", "-u", "new-1", "--label", "x")[0]
    assert try_imap(sandbox, "new-1", sandbox.secret(row["password"]))[0]


def test_explain(sandbox):
    assert explain(sandbox, "bob")["password alone"] == "accepted"
    row = explain(sandbox, "carol", "--service", "pop3")
    assert row["password alone"] == "refused" and "rule 2" in row["why"]
    assert explain(sandbox, "carol")["password alone"] == "accepted (report)"
    assert explain(sandbox, "alice")["password alone"] == "refused"
    assert "no rule" in explain(sandbox, "somebody")["why"]
    Person(sandbox, "bob").enroll()
    assert "is enrolled" in explain(sandbox, "bob")["why"]


def test_wrong_rule(new_sandbox):
    with pytest.raises(SandboxError) as failed:
        new_sandbox(conf='pix_mfa_policy = "enforce group=staff"\n')
    assert "rule 1" in failed.value.output and "group" in failed.value.output
