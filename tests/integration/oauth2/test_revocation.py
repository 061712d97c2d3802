"""A revoked token lets nobody in, at once, though it was good a moment ago and is remembered."""
import os
import signal
import time

import pytest

import issuer
from pixtest import clients, eventually

KEY = issuer.key("ES256", "k")
SANDBOX = dict(without=["audit", "archive", "sort"], files={"keys.json": issuer.jwks(KEY)},
               sets={"pix_oauth2_issuer": issuer.NAME, "pix_oauth2_keys": "{files}/keys.json", "pix_oauth2_user": "{email}"})


def login(box, token, user):
    imap = clients.Imap(box)
    return imap if imap.sasl("OAUTHBEARER", clients.bearer("OAUTHBEARER", user, token))[0] == "OK" else None


def test_by_hash(sandbox):
    token = sandbox.secret(issuer.sign(KEY, issuer.claims("alice", jti="1")))
    other = sandbox.secret(issuer.sign(KEY, issuer.claims("alice", jti="2")))
    imap = login(sandbox, token, "alice")
    imap.select()
    assert login(sandbox, token, "alice")
    row = eventually(lambda: [r for r in sandbox.doveadm_json("pix", "session", "list", "-u", "alice") if r["token"]])[0]
    mark = sandbox.mark()
    sandbox.doveadm("pix", "token", "revoke", "--token", row["token"])
    assert login(sandbox, token, "alice") is None
    eventually(lambda: "verdict=revoked" in sandbox.log_since(mark))
    assert login(sandbox, other, "alice")
    imap.sock.settimeout(5)
    assert b"BYE" in imap.readline()


def test_by_user(sandbox):
    token = sandbox.secret(issuer.sign(KEY, issuer.claims("bob")))
    assert login(sandbox, token, "bob")
    sandbox.doveadm("pix", "token", "revoke", "-u", "bob")
    assert login(sandbox, token, "bob") is None
    now = int(time.time())
    later = sandbox.secret(issuer.sign(KEY, issuer.claims("bob", iat=now + 5)))
    assert login(sandbox, later, "bob")


def test_without_pix_identity_tokens_wait_and_are_refused(sandbox):
    token = sandbox.secret(issuer.sign(KEY, issuer.claims("carol")))
    assert login(sandbox, token, "carol")
    pid = sandbox.pids("pix-identity")[0]
    os.kill(pid, signal.SIGSTOP)
    try:
        start = time.time()
        assert login(sandbox, token, "carol") is None
        assert 2 < time.time() - start < 6
    finally:
        os.kill(pid, signal.SIGCONT)
    eventually(lambda: login(sandbox, token, "carol"))
