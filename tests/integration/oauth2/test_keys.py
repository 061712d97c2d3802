"""Keys from a provider: discovery, rotation, and providers that are down, slow, lying or restarted."""
import concurrent.futures
import json
import time

import pytest

import issuer
from pixtest import clients, eventually
from provider import Provider


@pytest.fixture
def provider():
    with Provider() as p:
        p.keys = [issuer.key("ES256", "k1")]
        yield p


@pytest.fixture
def box(new_sandbox, provider):
    return new_sandbox(without=["audit", "archive", "sort"], sets={
        "pix_oauth2_issuer": provider.url, "pix_oauth2_keys": "discovery", "pix_oauth2_user": "{email}",
        "pix_oauth2_http_timeout": "2s"})


def mint(box, provider, key, user="alice", **more):
    return box.secret(issuer.sign(key, issuer.claims(user, iss=provider.url, **more)))


def login(box, text, user="alice"):
    imap = clients.Imap(box)
    ok = imap.sasl("OAUTHBEARER", clients.bearer("OAUTHBEARER", user, text))[0] == "OK"
    challenge = imap.challenge
    imap.shutdown()
    return ok, json.loads(challenge) if challenge else None


def test_discovery_and_rotation(box, provider):
    assert login(box, mint(box, provider, provider.keys[0]))[0]
    assert provider.seen[:2] == ["/.well-known/openid-configuration", "/jwks"]
    # what a client is told names the discovery document
    assert login(box, mint(box, provider, provider.keys[0], exp=1))[1]["openid-configuration"] == \
        provider.url + "/.well-known/openid-configuration"
    fetched = len(provider.seen)
    for _ in range(5):
        assert login(box, mint(box, provider, provider.keys[0]))[0]
    assert len(provider.seen) == fetched
    old, new = provider.keys[0], issuer.key("ES256", "k2")
    provider.keys = [new]
    # an unknown key makes for one fetch; tokens under the old key go on for a while
    assert login(box, mint(box, provider, new))[0]
    assert login(box, mint(box, provider, old))[0]
    assert provider.seen.count("/jwks") == 2


def test_rotation_under_load_fails_nobody(box, provider):
    assert login(box, mint(box, provider, provider.keys[0]))[0]
    stop = time.time() + 8
    failed, done = [], [0]
    rotations = []

    def hammer():
        while time.time() < stop:
            ok, why = login(box, mint(box, provider, provider.keys[-1]))
            done[0] += 1
            if not ok:
                failed.append(why)

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(hammer) for _ in range(5)]
        for n in range(3):
            time.sleep(2)
            provider.keys = provider.keys[-1:] + [issuer.key("ES256", "r%d" % n)]
            rotations.append(n)
        for job in jobs:
            job.result()
    assert not failed and done[0] > 20
    # single flight: some fetches a rotation, not one a login
    assert provider.seen.count("/jwks") <= 2 + 2 * len(rotations)


def test_unknown_keys_do_not_flood_the_provider(box, provider):
    assert login(box, mint(box, provider, provider.keys[0]))[0]
    before = provider.seen.count("/jwks")
    stranger = issuer.key("ES256", "stranger")
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda n: login(box, mint(box, provider, stranger, jti=str(n))), range(30)))
    assert not any(ok for ok, _ in answers)
    assert provider.seen.count("/jwks") - before <= 5
    assert "verdict=key-unknown" in box.log()


def test_a_provider_that_is_down_locks_nobody_out(box, provider):
    box.allow("could not be fetched")
    token = mint(box, provider, provider.keys[0])
    assert login(box, token)[0]
    provider.stop()
    box.restart()
    start = time.time()
    assert login(box, token)[0]
    assert time.time() - start < 2
    # a key that nobody could know is our trouble, not the token's fault
    ok, why = login(box, mint(box, provider, issuer.key("ES256", "k9")))
    assert not ok and why["status"] == "temporarily_unavailable"
    eventually(lambda: box.log().count("could not be fetched") == 1)
    for _ in range(5):
        login(box, mint(box, provider, issuer.key("ES256", "k9")))
    assert box.log().count("could not be fetched") == 1
    provider.start()
    new = issuer.key("ES256", "k3")
    provider.keys = [new]
    eventually(lambda: login(box, mint(box, provider, new))[0], timeout=20)
    eventually(lambda: "were fetched again" in box.log())


def test_without_any_keys_tokens_wait_and_passwords_do_not(new_sandbox, provider):
    provider.delay = 1
    box = new_sandbox(without=["audit", "archive", "sort"], sets={
        "pix_oauth2_issuer": provider.url, "pix_oauth2_keys": provider.url + "/jwks", "pix_oauth2_user": "{email}"})
    token = mint(box, provider, provider.keys[0])
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        parked = [pool.submit(login, box, token) for _ in range(3)]
        start = time.time()
        assert clients.Imap(box).login_ok("bob", "pass")
        assert time.time() - start < 0.9
        assert all(job.result()[0] for job in parked)
    assert provider.seen.count("/jwks") == 1


LIES = {
    "another issuer": lambda p: {"issuer": "https://evil.example", "jwks_uri": p.url + "/jwks"},
    "plain http elsewhere": lambda p: {"issuer": p.url, "jwks_uri": "http://127.0.0.2:%d/jwks" % p.port},
    "no object": lambda p: [],
}


def test_lies_change_nothing(box, provider):
    box.allow("could not be fetched")
    good = provider.keys[0]
    assert login(box, mint(box, provider, good))[0]
    path = "/.well-known/openid-configuration"
    # whoever believes the document gets a key that fits
    evil = issuer.key("ES256", "evil")
    provider.keys = [good, evil]
    for name, lie in LIES.items():
        provider.answers[path] = lambda _, lie=lie: (200, json.dumps(lie(provider)).encode(), {})
        assert not login(box, mint(box, provider, evil))[0], name
        assert login(box, mint(box, provider, good))[0], name
    del provider.answers[path]


BROKEN = {
    "html": b"<html>maintenance</html>",
    "empty set": b'{"keys":[]}',
    "only secrets": json.dumps({"keys": [{"kty": "oct", "k": "AAAA", "kid": "k1"}]}).encode(),
    "duplicate members": b'{"keys":[],"keys":[]}',
    "too large": b'{"keys":["' + b"A" * 600000 + b'"]}',
    "deep": b"[" * 100000,
    "weak": json.dumps({"keys": [{"kty": "RSA", "kid": "k1", "e": "AQAB", "n": issuer.b64(b"\xc1" + b"\x11" * 127)}]}).encode(),
    "nothing": b"",
    "error": b'{"error":"x"}',
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_broken_key_set_keeps_the_last_good_one(shared, name):
    box, provider = shared
    good = provider.keys[0]
    assert login(box, mint(box, provider, good))[0]
    provider.answers["/jwks"] = lambda _: (500 if name == "error" else 200, BROKEN[name], {})
    assert not login(box, mint(box, provider, issuer.key("ES256", "x" + name[:2])))[0]
    assert login(box, mint(box, provider, good))[0]
    del provider.answers["/jwks"]


@pytest.fixture(scope="module")
def shared(new_sandbox):
    with Provider() as provider:
        provider.keys = [issuer.key("ES256", "k1")]
        box = new_sandbox(without=["audit", "archive", "sort"], sets={
            "pix_oauth2_issuer": provider.url, "pix_oauth2_keys": provider.url + "/jwks", "pix_oauth2_user": "{email}"})
        box.allow("could not be fetched")
        yield box, provider


def test_a_redirect_is_not_followed(new_sandbox, provider):
    provider.answers["/old"] = lambda _: (302, b"", {"Location": provider.url + "/jwks"})
    box = new_sandbox(without=["audit", "archive", "sort"], sets={
        "pix_oauth2_issuer": provider.url, "pix_oauth2_keys": provider.url + "/old", "pix_oauth2_user": "{email}"})
    box.allow("could not be fetched")
    assert not login(box, mint(box, provider, provider.keys[0]))[0]
    assert "/jwks" not in provider.seen


def test_a_slow_provider_is_given_up(new_sandbox, provider):
    provider.delay = 4
    box = new_sandbox(without=["audit", "archive", "sort"], sets={
        "pix_oauth2_issuer": provider.url, "pix_oauth2_keys": provider.url + "/jwks", "pix_oauth2_user": "{email}",
        "pix_oauth2_http_timeout": "1s"})
    box.allow("could not be fetched")
    start = time.time()
    ok, why = login(box, mint(box, provider, provider.keys[0]))
    assert not ok and why["status"] == "temporarily_unavailable" and time.time() - start < 3.5


def test_a_key_file_is_read_again(new_sandbox):
    first, second = issuer.key("ES256", "a"), issuer.key("ES256", "b")
    box = new_sandbox(without=["audit", "archive", "sort"], files={"k.json": issuer.jwks(first)}, sets={
        "pix_oauth2_issuer": issuer.NAME, "pix_oauth2_keys": "{files}/k.json", "pix_oauth2_user": "{email}"})
    mint_as = lambda key: box.secret(issuer.sign(key, issuer.claims()))
    assert login(box, mint_as(first))[0]
    time.sleep(1.1)
    box.write("k.json", issuer.jwks(second))
    time.sleep(1.1)
    assert login(box, mint_as(second))[0]
    # taken out is gone
    assert not login(box, mint_as(first))[0]
    box.allow("could not be read")
    time.sleep(1.1)
    box.write("k.json", "rubbish")
    time.sleep(1.1)
    assert login(box, mint_as(second))[0]
