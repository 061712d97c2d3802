"""Why a login was refused, in the audit log: the words of docs/protocol/audit-record.md."""
import time

import pytest

import issuer
from pixtest import clients, eventually
from pixtest.mfa import Person, try_imap

KEY = issuer.key("ES256", "k")
SANDBOX = dict(
    without=["archive", "sort"],
    sets={"pix_oauth2_issuer": issuer.NAME, "pix_oauth2_keys": "{files}/keys.json", "pix_oauth2_user": "{email}"},
    files={"keys.json": issuer.jwks(KEY)})


def reasons(box, user):
    return [row["reason"] for row in box.doveadm_json("pix", "audit", "search", "--kind", "auth.attempt", "-u", user)
            if row.get("reason")]


def test_codes(sandbox):
    person = Person(sandbox, "carla").enroll()
    code = person.code()
    assert try_imap(sandbox, "carla", "pass" + code)[0]
    assert not try_imap(sandbox, "carla", "pass" + code)[0]
    assert not try_imap(sandbox, "carla", "pass")[0]
    assert not try_imap(sandbox, "carla", "pass000000")[0]
    assert not try_imap(sandbox, "carla", "wrong" + person.code())[0]
    wanted = ["code-missing", "code-replayed", "code-wrong", "wrong-password"]
    eventually(lambda: sorted(reasons(sandbox, "carla")) == wanted)


@pytest.mark.parametrize("mech", ["OAUTHBEARER", "XOAUTH2"])
def test_tokens(sandbox, mech):
    user = mech.lower()
    text = sandbox.secret(issuer.sign(KEY, issuer.claims(user, exp=int(time.time()) - 3600), alg="ES256"))
    assert clients.Imap(sandbox).sasl(mech, clients.bearer(mech, user, text))[0] != "OK"
    eventually(lambda: reasons(sandbox, user) == ["token-expired"])
