"""Opaque tokens: RFC 7662, the ways a client authenticates, the caches, and a provider that fails."""
import base64
import json
import time
import urllib.parse

import pytest
from jwcrypto import jwk, jwt

import issuer
from pixtest import Sandbox, clients, eventually
from provider import Provider

SIGNER = jwk.JWK.generate(kty="EC", crv="P-256")


@pytest.fixture(scope="module")
def world():
    with Provider() as a, Provider() as b, Provider() as c:
        a.keys = b.keys = c.keys = [issuer.key("ES256", "k1")]
        a.known, b.known, c.known = {}, {}, {}
        for p in (a, b, c):
            p.answers["/introspect"] = lambda handler, p=p: introspect(p, handler)
        box = Sandbox(up=False, without=["audit", "archive", "sort"], files={"secret": "pass word%&\n", "key.pem": SIGNER.export_to_pem(True, None)},
                      sets={"pix_oauth2_issuer": "", "pix_oauth2_issuers_file": "{files}/issuers.conf"})
        common = "audience = mail\nintrospection_negative_ttl = 2s\nclient_id = mail server\n"
        box.write("issuers.conf", "".join([
            "[%s]\nintrospection = auto\nclient_secret_file = %s/secret\n%s" % (a.url, box.files, common),
            "[%s]\nkeys = none\nintrospection = always\nintrospection_url = %s/introspect\nclient_auth = client_secret_post\nclient_secret_file = %s/secret\n%s"
            % (b.url, b.url, box.files, common),
            "[%s]\nintrospection = always\nclient_auth = private_key_jwt\nclient_key_file = %s/key.pem\n%s" % (c.url, box.files, common)]))
        box.secret("pass word%&")
        box.up()
        yield box, a, b, c
        box.close()


def introspect(p, handler):
    form = urllib.parse.parse_qs(handler.body.decode())
    token = form["token"][0]
    return 200, json.dumps(p.known.get(token, {"active": False})).encode(), {}


def active(user, **more):
    return dict(dict(active=True, aud="mail", email=user, sub="s", exp=int(time.time()) + 600), **more)


def login(box, token, user="alice"):
    box.secret(token)
    imap = clients.Imap(box)
    ok = imap.sasl("XOAUTH2", clients.bearer("XOAUTH2", user, token))[0] == "OK"
    challenge = imap.challenge
    imap.shutdown()
    return ok, json.loads(challenge) if challenge else None


def test_an_opaque_token_is_asked_about_once(world):
    box, a, b, _ = world
    a.known["opaque-token-one"] = active("alice")
    assert login(box, "opaque-token-one")[0]
    asked = len(a.posted)
    assert login(box, "opaque-token-one")[0]
    assert len(a.posted) == asked
    path, headers, body = a.posted[-1]
    user, secret = base64.b64decode(headers["Authorization"].split()[1]).decode().split(":")
    assert (urllib.parse.unquote(user), urllib.parse.unquote(secret)) == ("mail server", "pass word%&")
    assert urllib.parse.parse_qs(body)["token_type_hint"] == ["access_token"] and "secret" not in body


def test_a_jwt_of_the_same_issuer_is_not_asked_about(world):
    box, a, _, _ = world
    asked = len(a.posted)
    token = issuer.sign(a.keys[0], issuer.claims("alice", iss=a.url))
    assert login(box, token)[0] and len(a.posted) == asked


def test_inactive_is_remembered_shortly(world):
    box, a, b, _ = world
    mark = box.mark()
    assert not login(box, "opaque-token-two")[0]
    eventually(lambda: "verdict=inactive" in box.log_since(mark))
    asked = len(a.posted) + len(b.posted)
    assert login(box, "opaque-token-two")[1]["status"] == "401"
    assert len(a.posted) + len(b.posted) == asked
    a.known["opaque-token-two"] = active("alice")
    eventually(lambda: login(box, "opaque-token-two")[0], timeout=8)


def test_the_next_issuer_is_asked(world):
    box, _, b, _ = world
    b.known["opaque-token-b"] = active("bob", iss=b.url)
    assert login(box, "opaque-token-b", "bob")[0]
    body = urllib.parse.parse_qs(b.posted[-1][2])
    assert body["client_id"] == ["mail server"] and body["client_secret"] == ["pass word%&"]
    assert "Authorization" not in b.posted[-1][1]


def test_claims_are_judged_all_the_same(world):
    box, _, b, _ = world
    for name, claims in {"aud": active("alice", aud="other"), "iss": active("alice", iss="https://evil.example"),
                         "exp": active("alice", exp=1), "user": active("bob"), "array": active(["alice"])}.items():
        b.known["opaque-bad-" + name] = claims
        assert not login(box, "opaque-bad-" + name)[0], name


def test_always_asks_about_good_jwts_too(world):
    box, _, _, c = world
    token = issuer.sign(c.keys[0], issuer.claims("alice", iss=c.url))
    assert not login(box, token)[0]
    token = issuer.sign(c.keys[0], issuer.claims("alice", iss=c.url, jti="2"))
    c.known[token] = active("somebody-else")
    assert login(box, token)[0]
    body = urllib.parse.parse_qs(c.posted[-1][2])
    assert body["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
    box.secret(body["client_assertion"][0])
    checked = jwt.JWT(jwt=body["client_assertion"][0], key=SIGNER, algs=["ES256"])
    said = json.loads(checked.claims)
    assert said["iss"] == said["sub"] == "mail server" and said["aud"] == c.url + "/introspect"
    assert 0 < said["exp"] - time.time() <= 60 and said["jti"]
    # a forged one isn't worth a question
    asked = len(c.posted)
    assert not login(box, token[:-8] + "AAAAAAAA")[0] and len(c.posted) == asked


def test_a_failing_endpoint_opens_the_breaker(world):
    box, a, b, c = world
    box.allow("could not be introspected")
    nonsense = [(500, b"{}"), (200, b"<html>"), (200, b"{}"), (401, b"{}"), (200, b'{"active":"true"}'), (500, b"")]
    answers = iter(nonsense * 50)
    c.answers["/introspect"] = lambda _: next(answers) + ({},)
    mark, asked = box.mark(), len(c.posted)
    for n in range(8):
        token = issuer.sign(c.keys[0], issuer.claims("alice", iss=c.url, jti="f%d" % n))
        ok, why = login(box, token)
        assert not ok and why["status"] == "500"
    # three failures, and then hardly any: nobody waits for what is broken
    assert 3 <= len(c.posted) - asked <= 5
    eventually(lambda: box.log_since(mark).count("could not be introspected") == 1)
    c.answers["/introspect"] = lambda handler: introspect(c, handler)
    token = issuer.sign(c.keys[0], issuer.claims("alice", iss=c.url, jti="over"))
    c.known[token] = active("alice")
    eventually(lambda: login(box, token)[0], timeout=15)
    eventually(lambda: "are introspected again" in box.log_since(mark))
