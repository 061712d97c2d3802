"""Tokens log in, over every protocol; a session ends with its token."""
import time

from jwcrypto import jwk, jwt
from pixtest import bearer

PART = "auth-oauth2"


def mint(key, user, lifetime, **more):
    now = int(time.time())
    claims = {"iss": "https://sso.example.org", "aud": "mail", "sub": "u-4711", "preferred_username": user,
              "iat": now - 90, "nbf": now - 90, "exp": now + lifetime}
    claims.update(more)
    token = jwt.JWT(header={"alg": "ES256", "typ": "at+jwt", "kid": "demo"}, claims=claims)
    token.make_signed_token(key)
    return token.serialize()


def ended(imap):
    """What the server says unasked, until it closes."""
    imap.sock.settimeout(20)
    said = b""
    while line := imap.readline():
        said += line
    return said.decode().strip()


def run(story, box):
    story.step("A token logs in, and the session ends with it")
    with open(box.path("oauth2", "issuer.key"), "rb") as pem:
        key = jwk.JWK.from_pem(pem.read())
    good = box.secret(mint(key, "carol", 600))
    story.does("IMAP AUTHENTICATE OAUTHBEARER: carol, a token of https://sso.example.org, ES256, good for ten minutes")
    imap = box.imap()
    typ, text = imap.sasl("OAUTHBEARER", bearer("OAUTHBEARER", "carol", good))
    story.saw("S: %s %s" % (typ, text.rpartition("] ")[2]))
    story.expect(typ == "OK", "the token was refused")
    imap.logout()

    story.does("the same token for another mailbox, then one that a stranger signed, then one for another service")
    stranger = jwk.JWK.generate(kty="EC", crv="P-256")
    for user, token in (("dave", good), ("carol", mint(stranger, "carol", 600)), ("carol", mint(key, "carol", 600, aud="wiki"))):
        imap = box.imap()
        typ, text = imap.sasl("XOAUTH2", bearer("XOAUTH2", user, box.secret(token)))
        story.saw("S: + %s" % (imap.challenge or b"").decode())
        story.saw("S: %s %s" % (typ, text))
        story.expect(typ == "NO", "a token was accepted that must not be")

    story.does("POP3 and submission, XOAUTH2: the good token")
    pop3, smtp = box.pop3(), box.smtp()
    answer = pop3.sasl("XOAUTH2", bearer("XOAUTH2", "carol", good))
    code, text = smtp.sasl("XOAUTH2", bearer("XOAUTH2", "carol", good))
    story.saw("S: %s" % answer.decode())
    story.saw("S: %d %s" % (code, text.decode()))
    story.expect(answer.startswith(b"+OK") and code == 235, "a token was refused")

    story.does("IMAP: a token that expired 56 s ago (clocks differ: 60 s are granted), then IDLE")
    imap = box.imap()
    begun = time.monotonic()
    typ, _ = imap.sasl("OAUTHBEARER", bearer("OAUTHBEARER", "carol", box.secret(mint(key, "carol", -56))))
    story.expect(typ == "OK", "the short token was refused")
    imap.select()
    imap.send(imap._new_tag() + b" IDLE\r\n")
    story.saw("S: " + imap.readline().decode().strip())
    said = ended(imap)
    story.saw("S: %s   (%.1f s after the login)" % (said, time.monotonic() - begun))
    story.expect("BYE" in said, "the session did not end")
