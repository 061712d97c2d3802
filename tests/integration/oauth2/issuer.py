"""An issuer of tokens for the tests: mints with python3-jwcrypto, independent of what is tested."""
import base64
import json
import time

from jwcrypto import jwk, jws

NAME = "https://issuer.example.org"


def b64(data):
    if isinstance(data, str):
        data = data.encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def key(kind="ES256", kid="k1"):
    """A fresh key for an algorithm."""
    kinds = {"RS": dict(kty="RSA", size=2048), "PS": dict(kty="RSA", size=2048), "ES256": dict(kty="EC", crv="P-256"),
             "ES384": dict(kty="EC", crv="P-384"), "ES512": dict(kty="EC", crv="P-521"), "ES256K": dict(kty="EC", crv="secp256k1"),
             "Ed448": dict(kty="OKP", crv="Ed448"), "EdDSA": dict(kty="OKP", crv="Ed25519")}
    args = dict(kinds.get(kind) or kinds[kind[:2]])
    if kid is not None:
        args["kid"] = kid
    return jwk.JWK.generate(**args)


def claims(user="alice", **more):
    """Claims of a good token; a value of None takes a claim out."""
    now = int(time.time())
    out = dict(iss=NAME, aud="mail", sub="sub-" + user, email=user, exp=now + 600, nbf=now - 5, iat=now - 5)
    out.update(more)
    return {name: value for name, value in out.items() if value is not None}


def jwks(*keys):
    return json.dumps({"keys": [k.export_public(as_dict=True) for k in keys]})


def sign(key, payload, alg="ES256", header=None, **more):
    """A compact JWS. payload: dict, str or bytes. header replaces the whole header, more adds to it."""
    if isinstance(payload, dict):
        payload = json.dumps(payload)
    if header is None:
        header = dict(alg=alg, typ="at+jwt")
        if key.get("kid"):
            header["kid"] = key["kid"]
        header.update(more)
        header = {name: value for name, value in header.items() if value is not None}
    token = jws.JWS(payload)
    token.allowed_algs = [alg, "ES256K", "EdDSA"] + jws.default_allowed_algs
    token.add_signature(key, alg, json.dumps(header))
    return token.serialize(compact=True)


def raw(header, payload, signature=b"x" * 64):
    """A token put together by hand."""
    parts = [p if isinstance(p, (str, bytes)) else json.dumps(p) for p in (header, payload)]
    return ".".join(b64(p) for p in parts) + "." + b64(signature)
