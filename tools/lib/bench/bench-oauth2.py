"""Logins with tokens through the auth socket, against the host's own local validation."""
import base64
import json
import os
import socket
import sys
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "tests", "integration", "oauth2"))

from common import Result, bench, cpu_seconds, settle, with_parts  # noqa: E402
from pixtest import HOST, Sandbox  # noqa: E402

LOGINS = 1500
WINDOW = 40
ISSUER = "https://issuer.example.org"
OTHERS = ["audit", "archive", "sort", "session", "auth-mfa"]

PEER = {
    "2.3": """
auth_mechanisms = plain login xoauth2
passdb {
  driver = oauth2
  mechanisms = xoauth2
  args = {files}/oauth2.conf
}
passdb {
  driver = static
  args = password=pass
}
""",
    "2.4": """
auth_mechanisms = plain xoauth2
oauth2 {
  introspection_mode = local
  oauth2_local_validation {
    dict fs {
      fs posix {
        prefix = {files}/keys/
      }
    }
  }
}
""",
}


def mint(keys, alg, number):
    import issuer
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": "mail", "sub": "alice", "email": "alice", "jti": "%s-%d" % (alg, number),
              "exp": now + 3600, "nbf": now - 10, "iat": now - 10}
    return issuer.sign(keys[alg], claims, alg, typ="JWT")


class Auth:
    """The client side of the auth protocol: many logins in flight on one connection."""

    def __init__(self, box):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(box.path("run", "auth-client"))
        self.file = self.sock.makefile("rb")
        self.sock.sendall(b"VERSION\t1\t2\nCPID\t%d\n" % (os.getpid() + int(time.time() * 1000) % 100000))
        while not self.file.readline().startswith(b"DONE"):
            pass
        self.id = 0

    def logins(self, tokens):
        """Logs in with each; raises unless all succeed."""
        sent = answered = 0
        while answered < len(tokens):
            batch = b""
            while sent < len(tokens) and sent - answered < WINDOW:
                self.id += 1
                resp = base64.b64encode(b"user=alice\1auth=Bearer " + tokens[sent].encode() + b"\1\1")
                batch += b"AUTH\t%d\tXOAUTH2\tservice=imap\tsecured\tno-penalty\tnologin\tresp=%s\n" % (self.id, resp)
                sent += 1
            if batch:
                self.sock.sendall(batch)
            line = self.file.readline()
            if not line.startswith(b"OK\t"):
                raise RuntimeError("the login failed: %r" % line[:200])
            answered += 1

    def close(self):
        self.sock.close()


def auth_cost(box, tokens):
    settle(box)
    before = cpu_seconds(box, "auth")
    client = Auth(box)
    start = time.monotonic()
    client.logins(tokens)
    seconds = time.monotonic() - start
    client.close()
    return cpu_seconds(box, "auth") - before, seconds


def sandboxes(keys):
    import issuer
    files = {"keys.json": issuer.jwks(*keys.values()),
             "oauth2.conf": "introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={files}/keys/\nusername_attribute = email\n"}
    for alg in ("RS256", "ES256"):
        files["keys/default/%s/%s" % (alg, keys[alg]["kid"])] = keys[alg].export_to_pem()
    peer = Sandbox(up=False, plain=True, files=files, conf=PEER[HOST])
    peer.write("oauth2.conf", files["oauth2.conf"].replace("{files}", peer.files))
    sets = {"pix_oauth2_issuer": ISSUER, "pix_oauth2_keys": "{files}/keys.json", "pix_oauth2_user": "{email}"}
    # like for like: the peer knows no revocation
    suite = Sandbox(up=False, without=OTHERS, files=files, sets=dict(sets, pix_oauth2_revocation="none"))
    asking = Sandbox(up=False, without=OTHERS, files=files, sets=sets)
    return peer, suite, asking


def ratio(rounds, side, tokens):
    """CPU seconds of auth for each side: {name: total}; tokens(turn) makes the tokens of a turn."""
    total = {name: 0 for name in side}
    rate = {name: 0 for name in side}
    for turn in range(rounds + 1):
        names = sorted(side) if turn % 2 else sorted(side, reverse=True)
        for name in names:
            cpu, seconds = auth_cost(side[name], tokens(turn, name))
            if turn:
                total[name] += cpu
                rate[name] = max(rate[name], LOGINS / seconds)
    return total, rate


@bench("oauth2")
def oauth2(rounds):
    """Logins with fresh and repeated tokens: auth-oauth2 against introspection_mode=local, CPU of auth."""
    import issuer
    keys = {alg: issuer.key(alg, "k-" + alg.lower()) for alg in ("RS256", "ES256", "EdDSA")}
    peer, suite, asking = sandboxes(keys)
    fresh = {alg: [mint(keys, alg, n) for n in range(LOGINS * (rounds + 1))] for alg in keys}
    with peer.up(), suite.up(), asking.up():
        side = {"peer": peer, "suite": suite}
        spent = {}
        for alg, goal in (("RS256", 2), ("ES256", 1.3)):
            total, rate = ratio(rounds, side, lambda turn, _, alg=alg: fresh[alg][turn * LOGINS:(turn + 1) * LOGINS])
            spent[alg] = total["suite"]
            yield Result("oauth2", "fresh %s: logins per CPU second of auth, suite / peer" % alg, total["peer"] / total["suite"],
                         floor=0.8, goal=goal, better="higher", peer_cpu=total["peer"], suite_cpu=total["suite"],
                         note="peer %.0f us, suite %.0f us a login; %.0f and %.0f logins/s%s" % (
                             total["peer"] * 1e6 / LOGINS / rounds, total["suite"] * 1e6 / LOGINS / rounds,
                             rate["peer"], rate["suite"], with_parts(suite)))
        total, rate = ratio(rounds, {"suite": suite}, lambda turn, _: fresh["EdDSA"][turn * LOGINS:(turn + 1) * LOGINS])
        yield Result("oauth2", "fresh EdDSA / fresh ES256 (CPU of auth; the peer has no EdDSA)", total["suite"] / spent["ES256"],
                     floor=2, goal=1, note="%.0f us a login" % (total["suite"] * 1e6 / LOGINS / rounds))
        again = [fresh["RS256"][0]] * LOGINS
        total, rate = ratio(rounds, side, lambda turn, _: again)
        yield Result("oauth2", "the same RS256 token again: logins per CPU second of auth, suite / peer", total["peer"] / total["suite"],
                     floor=1, goal=4, better="higher", note="peer %.0f us, suite %.0f us a login; %.0f and %.0f logins/s" % (
                         total["peer"] * 1e6 / LOGINS / rounds, total["suite"] * 1e6 / LOGINS / rounds, rate["peer"], rate["suite"]))
        total, _ = ratio(rounds, {"without": suite, "asking": asking}, lambda turn, _: again)
        yield Result("oauth2", "asking pix-identity about revocation: us of auth's CPU a login",
                     (total["asking"] - total["without"]) * 1e6 / LOGINS / rounds, floor=40, goal=5,
                     note="without %.0f us, asking %.0f us a login" % (total["without"] * 1e6 / LOGINS / rounds,
                                                                   total["asking"] * 1e6 / LOGINS / rounds))
