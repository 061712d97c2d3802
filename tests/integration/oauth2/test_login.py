"""Logins with tokens over every protocol and mechanism."""
import json
import time

import pytest

import issuer
from pixtest import clients, eventually

KEYS = {alg: issuer.key(alg, "k-" + alg) for alg in ("RS256", "PS384", "ES256", "ES512", "EdDSA", "Ed448")}
SANDBOX = dict(
    without=["audit", "archive", "sort"],
    sets={"pix_oauth2_issuer": issuer.NAME, "pix_oauth2_keys": "{files}/keys.json", "pix_oauth2_user": "{email}"},
    files={"keys.json": issuer.jwks(*KEYS.values())})


def token(box, user="alice", alg="ES256", **more):
    return box.secret(issuer.sign(KEYS[alg], issuer.claims(user, **more), alg="EdDSA" if alg == "Ed448" else alg))


def attempt(box, proto, mech, user, text):
    """(True or False, challenge) of a login."""
    initial = clients.bearer(mech, user, text)
    if proto == "imap":
        client = clients.Imap(box)
        typ, _ = client.sasl(mech, initial)
        if typ == "OK":
            assert client.select()[0] == "OK"
        return typ == "OK", client.challenge
    if proto == "pop3":
        client = clients.Pop3(box)
        return client.sasl(mech, initial).startswith(b"+OK"), client.challenge
    client = clients.Smtp(box)
    return client.sasl(mech, initial)[0] == 235, client.challenge


@pytest.mark.parametrize("mech", ["OAUTHBEARER", "XOAUTH2"])
@pytest.mark.parametrize("proto", ["imap", "pop3", "submission"])
def test_a_good_token_logs_in(sandbox, proto, mech):
    assert attempt(sandbox, proto, mech, "alice", token(sandbox))[0]


@pytest.mark.parametrize("alg", sorted(KEYS))
def test_every_algorithm(sandbox, alg):
    assert attempt(sandbox, "imap", "OAUTHBEARER", "alice", token(sandbox, alg=alg))[0]


@pytest.mark.parametrize("mech", ["OAUTHBEARER", "XOAUTH2"])
@pytest.mark.parametrize("proto", ["imap", "pop3", "submission"])
def test_a_refusal_tells_the_client_why(sandbox, proto, mech):
    mark = sandbox.mark()
    ok, challenge = attempt(sandbox, proto, mech, "alice", token(sandbox, exp=int(time.time()) - 3600))
    assert not ok
    assert json.loads(challenge)["status"] == ("401" if mech == "XOAUTH2" else "invalid_token")
    eventually(lambda: "verdict=expired" in sandbox.log_since(mark))


def test_the_client_must_name_the_same_user(sandbox):
    mark = sandbox.mark()
    assert not attempt(sandbox, "imap", "XOAUTH2", "bob", token(sandbox))[0]
    eventually(lambda: "verdict=user-mismatch" in sandbox.log_since(mark))


def test_without_an_initial_response(sandbox):
    good = token(sandbox)
    imap = clients.Imap(sandbox)
    typ, _ = imap.authenticate("OAUTHBEARER", lambda _: clients.bearer("OAUTHBEARER", "alice", good))
    assert typ == "OK"


def test_a_user_need_not_be_named(sandbox):
    imap = clients.Imap(sandbox)
    good = token(sandbox, user="carol")
    assert imap.sasl("OAUTHBEARER", b"n,,\1auth=Bearer " + good.encode() + b"\1\1")[0] == "OK"


def test_a_password_still_logs_in(sandbox):
    assert clients.Imap(sandbox).login_ok("alice", "pass")
    assert not clients.Imap(sandbox).login_ok("alice", token(sandbox))


def test_the_fields_reach_the_session(sandbox):
    good = token(sandbox, user="bob")
    imap = clients.Imap(sandbox)
    assert imap.sasl("XOAUTH2", clients.bearer("XOAUTH2", "bob", good))[0] == "OK"
    imap.select()
    rows = eventually(lambda: sandbox.doveadm_json("pix", "session", "list", "-u", "bob"))
    assert rows[0]["factor"] == "token"


def test_the_session_ends_with_the_token(sandbox):
    good = token(sandbox, user="carol", exp=int(time.time()) - 57)
    imap = clients.Imap(sandbox)
    assert imap.sasl("XOAUTH2", clients.bearer("XOAUTH2", "carol", good))[0] == "OK"
    imap.select()
    imap.send(imap._new_tag() + b" IDLE\r\n")
    assert imap.readline().startswith(b"+")
    imap.sock.settimeout(15)
    said = imap.readline()
    while said and not said.startswith(b"* BYE"):
        said = imap.readline()
    assert said.startswith(b"* BYE")
