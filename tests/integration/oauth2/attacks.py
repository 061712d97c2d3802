"""Forged and malformed tokens, each with the verdict that it must get. Made with python3-jwcrypto and by hand."""
import hashlib
import hmac
import json
import time

import issuer
from issuer import b64, claims, raw, sign

RSA = issuer.key("RS256", "rsa")
EC = issuer.key("ES256", "ec")
ED = issuer.key("EdDSA", "ed")
K1 = issuer.key("ES256K", "k256")
WEAK = issuer.jwk.JWK.generate(kty="RSA", size=1024, kid="weak")
OTHER = issuer.key("ES256", "ec")  # the same kid, another key
ENC = issuer.jwk.JWK.generate(kty="RSA", size=2048, kid="enc", use="enc")
ONLY384 = issuer.jwk.JWK.generate(kty="RSA", size=2048, kid="rs384", alg="RS384")
SECOND = "https://second.example.org"
SECOND_KEY = issuer.key("ES256", "second")

FILES = {
    "first.json": issuer.jwks(RSA, EC, ED, K1, WEAK, ENC, ONLY384),
    "second.json": issuer.jwks(SECOND_KEY),
    "issuers.conf": """
[%s]
keys = {files}/first.json
audience = mail imap
client = thunderbird
scope = mail openid
require = realm_access.roles mail-user
amr = mfa otp
max_age = 1d
user = {email}
user_domain = example.org

[%s]
keys = {files}/second.json
audience = mail
type = at+jwt
""" % (issuer.NAME, SECOND)}


def good(**more):
    base = dict(user="alice@example.org", azp="thunderbird", scope="openid mail", realm_access={"roles": ["mail-user"]}, amr=["pwd", "otp"])
    base.update(more)
    return claims(**base)


def signed_raw(key, header, payload):
    """An ES256 signature over exactly these bytes."""
    return sign(key, payload, header=header)


def hs(secret, payload, alg="HS256", **header):
    head = dict(alg=alg, typ="at+jwt", **header)
    signing = b64(json.dumps(head)) + "." + b64(json.dumps(payload))
    digest = getattr(hashlib, "sha" + alg[2:])
    return signing + "." + b64(hmac.new(secret, signing.encode(), digest).digest())


def tampered(token):
    head, payload, signature = token.split(".")
    changed = json.loads(issuer.base64.urlsafe_b64decode(payload + "=="))
    changed["email"] = "bob@example.org"
    return ".".join([head, b64(json.dumps(changed)), signature])


def flip(token, at):
    other = "A" if token[at] != "A" else "B"
    return token[:at] + other + token[at + 1:]


def table():
    now = int(time.time())
    ok = sign(EC, good())
    head, payload, signature = ok.split(".")
    pem = RSA.export_to_pem()
    es = lambda header=None, **c: sign(EC, good(**c), header=header)
    hdr = lambda **h: dict(alg="ES256", typ="at+jwt", kid="ec", **h)
    text = json.dumps(good())
    return {
        "a good one": (ok, "ok"),
        "good RS256": (sign(RSA, good(), "RS256"), "ok"),
        "good PS512": (sign(RSA, good(), "PS512"), "ok"),
        "good EdDSA": (sign(ED, good(), "EdDSA"), "ok"),
        "good, aud array": (es(aud=["other", "imap"]), "ok"),
        "good, no kid": (es(header=dict(alg="ES256", typ="at+jwt")), "ok"),
        # form
        "two parts": (head + "." + payload, "opaque"),
        "four parts": (ok + ".AAAA", "opaque"),
        "five parts": (ok + ".AAAA.AAAA", "encrypted"),
        "no signature": (head + "." + payload + ".", "signature"),
        "padding": (ok + "=", "encoding"),
        "plus in base64": (flip(ok, len(ok) - 5)[:-5] + "+AAAA", "encoding"),
        "trailing bits": (ok[:-1] + {"A": "B", "Q": "R", "g": "h", "w": "x"}[ok[-1]], "encoding"),
        "opaque": ("ya29.a0AfB_byC", "opaque"),
        "random": ("x" * 43, "opaque"),
        "header no JSON": (raw(b"{ \"alg\":ES256}", good()), "header-invalid"),
        "header array": (raw(b'["ES256"]', good()), "opaque"),
        "header twice alg": (raw(b'{"alg":"ES256","kid":"ec","alg":"none"}', good()), "duplicate-member"),
        "header deep": (raw(b'{"alg":"ES256","x":' + b"[" * 50 + b"]" * 50 + b"}", good()), "header-invalid"),
        "kid number": (raw(dict(alg="ES256", kid=7), good()), "header-invalid"),
        "kid huge": (raw(dict(alg="ES256", kid="k" * 600), good()), "header-invalid"),
        "claims twice": (signed_raw(EC, hdr(), text[:-1] + ',"email":"bob@example.org"}'), "duplicate-member"),
        "claims array": (signed_raw(EC, hdr(), "[1]"), "claims-invalid"),
        "claims no JSON": (signed_raw(EC, hdr(), "hello"), "claims-invalid"),
        "claims no UTF-8": (signed_raw(EC, hdr(), b'{"iss":"\xff"}'), "claims-invalid"),
        "claims deep": (signed_raw(EC, hdr(), text[:-1] + ',"x":' + "[" * 60 + "]" * 60 + "}"), "claims-invalid"),
        "crit": (raw(hdr(crit=["exp"]), good()), "critical-header"),
        "b64": (raw(hdr(b64=False, crit=["b64"]), good()), "critical-header"),
        "unknown crit": (raw(hdr(crit=["pix"], pix=1), good()), "critical-header"),
        # algorithm
        "none": (raw(dict(alg="none"), good(), b""), "alg-none"),
        "None": (raw(dict(alg="None"), good(), b""), "alg-none"),
        "nOnE with signature": (raw(dict(alg="nOnE", kid="ec"), good()), "alg-none"),
        "empty alg": (raw(dict(alg=""), good(), b""), "alg-none"),
        "no alg": (raw(dict(typ="at+jwt"), good()), "alg-missing"),
        "alg number": (raw(dict(alg=256), good()), "header-invalid"),
        "alg unknown": (raw(dict(alg="ES257"), good()), "alg-unknown"),
        "alg lower case": (raw(dict(alg="es256", kid="ec"), good()), "alg-unknown"),
        "HS256 with the RSA PEM": (hs(pem, good(), kid="rsa"), "alg-symmetric"),
        "HS512 with the RSA PEM": (hs(pem, good(), "HS512", kid="rsa"), "alg-symmetric"),
        "HS256 with the modulus": (hs(RSA.export_public().encode(), good(), kid="rsa"), "alg-symmetric"),
        "HS256 empty key": (hs(b"", good()), "alg-symmetric"),
        "ES256K not allowed": (sign(K1, good(), "ES256K"), "alg-refused"),
        # keys
        "embedded jwk": (sign(OTHER, good(), header=hdr(jwk=OTHER.export_public(as_dict=True))), "embedded-key"),
        "jku": (sign(OTHER, good(), header=hdr(jku="https://evil.example/jwks")), "embedded-key"),
        "x5u": (sign(OTHER, good(), header=hdr(x5u="https://evil.example/c.pem")), "embedded-key"),
        "x5c": (sign(OTHER, good(), header=hdr(x5c=["AAAA"])), "embedded-key"),
        "foreign key, our kid": (sign(OTHER, good()), "signature"),
        "foreign key, no kid": (sign(OTHER, good(), header=dict(alg="ES256", typ="at+jwt")), "signature"),
        "unknown kid": (sign(EC, good(), kid="nobody"), "key-unknown"),
        "kid with newline": (sign(EC, good(), kid="a\r\nError: forged line"), "key-unknown"),
        "kid as path": (sign(EC, good(), kid="../../etc/passwd"), "key-unknown"),
        "kid as SQL": (sign(EC, good(), kid="' OR 1=1 --"), "key-unknown"),
        "weak RSA": (sign(WEAK, good(), "RS256"), "key-unknown"),
        "encryption key": (sign(issuer.jwk.JWK(**{k: v for k, v in ENC.export(as_dict=True).items() if k != "use"}), good(), "RS256"), "key-unknown"),
        "alg of another type": (raw(dict(alg="RS256", kid="ec"), good(), b"x" * 256), "key-unsuitable"),
        "alg not the key's": (sign(issuer.jwk.JWK(**{k: v for k, v in ONLY384.export(as_dict=True).items() if k != "alg"}), good(), "RS256"), "key-unsuitable"),
        "tampered user": (tampered(ok), "signature"),
        "flipped signature": (flip(ok, len(ok) - 20), "signature"),
        "zero signature": (raw(hdr(), good(), b"\0" * 64), "signature"),
        "r = 0, s = 0 short": (raw(hdr(), good(), b"\0" * 8), "signature"),
        "DER signature": (raw(hdr(), good(), b"0\6\2\1\1\2\1\1"), "signature"),
        "long signature": (raw(hdr(), good(), b"\1" * 128), "signature"),
        "Ed25519 by the EC key": (raw(dict(alg="EdDSA", kid="ec"), good()), "key-unsuitable"),
        # issuer
        "no iss": (es(iss=None), "issuer-missing"),
        "iss array": (es(iss=[issuer.NAME]), "issuer-missing"),
        "iss with slash": (es(iss=issuer.NAME + "/"), "issuer-unknown"),
        "iss upper case": (es(iss=issuer.NAME.upper()), "issuer-unknown"),
        "iss foreign": (es(iss="https://evil.example"), "issuer-unknown"),
        "iss NUL": (es(iss=issuer.NAME + "\0x"), "issuer-missing"),
        "key of the other issuer": (sign(SECOND_KEY, good()), "key-unknown"),
        "other issuer, first's key": (es(iss=SECOND), "key-unknown"),
        "other issuer, kid of it": (sign(EC, good(iss=SECOND), kid="second"), "signature"),
        # claims
        "expired": (es(exp=now - 120), "expired"),
        "no exp": (es(exp=None), "expiry-missing"),
        "exp string": (es(exp=str(now + 600)), "claim-type"),
        "exp null": (signed_raw(EC, hdr(), json.dumps(dict(good(), exp=None))), "claim-type"),
        "exp array": (es(exp=[now + 600]), "claim-type"),
        "exp 1e400": (signed_raw(EC, hdr(), text.replace('"exp": %d' % json.loads(text)["exp"], '"exp": 1e400')), "claims-invalid"),
        "nbf future": (es(nbf=now + 600), "not-yet-valid"),
        "iat future": (es(iat=now + 600), "issued-in-future"),
        "too old": (es(iat=now - 90000), "too-old"),
        "no iat": (es(iat=None), "issue-time-missing"),
        "aud foreign": (es(aud="calendar"), "audience"),
        "aud missing": (es(aud=None), "audience-missing"),
        "aud prefix": (es(aud="mail2"), "audience"),
        "aud object": (es(aud={"mail": True}), "claim-type"),
        "aud array foreign": (es(aud=["a", "b"]), "audience"),
        "aud empty": (es(aud=[]), "audience"),
        "client foreign": (es(azp="evil"), "client"),
        "client missing": (es(azp=None), "client"),
        "azp and client_id disagree": (es(client_id="evil"), "client"),
        "one scope only": (es(scope="mail"), "scope"),
        "scope substring": (es(scope="mailx openid"), "scope"),
        "scope missing": (es(scope=None), "scope"),
        "role missing": (es(realm_access={"roles": ["other"]}), "claim-required"),
        "role null": (es(realm_access={"roles": [None]}), "claim-required"),
        "groups as object": (es(realm_access="mail-user"), "claim-required"),
        "no second factor": (es(amr=["pwd"]), "factor"),
        "amr missing": (es(amr=None), "factor"),
        "id_token by claims": (es(dict(alg="ES256", typ="JWT", kid="ec"), nonce="n", at_hash="x"), "id-token"),
        "id_token by nonce": (es(dict(alg="ES256", kid="ec"), nonce="n"), "id-token"),
        "logout token": (es(dict(alg="ES256", typ="logout+jwt", kid="ec")), "type-refused"),
        "security event": (es(dict(alg="ES256", typ="secevent+jwt", kid="ec")), "type-refused"),
        "typ strict at the second": (sign(SECOND_KEY, claims(iss=SECOND), header=dict(alg="ES256", typ="JWT", kid="second")), "type-refused"),
        "sender bound": (es(cnf={"jkt": "x"}), "sender-bound"),
        # user
        "no user": (es(email=None), "user-missing"),
        "user array": (es(email=["alice@example.org"]), "user-invalid"),
        "user with NUL": (es(email="alice@example.org\0.evil"), "user-invalid"),
        "user with newline": (es(email="alice@example.org\nx"), "user-invalid"),
        "unverified": (es(email_verified=False), "user-invalid"),
        "foreign domain": (es(email="alice@evil.example"), "user-domain"),
        "domain suffix": (es(email="alice@notexample.org"), "user-domain"),
        "no domain": (es(email="alice"), "user-domain"),
        "other user": (es(email="bob@example.org"), "user-mismatch"),
        "slash in user": (es(email="../alice@example.org"), "user-invalid"),
    }
