"""A second factor for alice: enrolment, refusals, one code one login."""
import json
import re

from pixtest import totp, totp_wait

PART = "auth-mfa"


def attempt(story, box, protocol, password, shown):
    """One login of alice; shows it, returns whether it succeeded."""
    client = {"IMAP": box.imap, "POP3": box.pop3, "submission": box.smtp}[protocol]()
    good = client.login_ok("alice", password)
    story.saw("%-10s alice, %-26s %s" % (protocol, shown + ":", "logged in" if good else "refused: " + plain(client.refusal)))
    return good


def plain(text):
    return re.sub(r"^b'|'$|^\(\d+, b'|'\)$", "", text)


def run(story, box):
    story.step("Alice gets a second factor")
    story.does("IMAP, POP3, submission: alice with her password; nobody is enrolled yet")
    for protocol in ("IMAP", "POP3", "submission"):
        story.expect(attempt(story, box, protocol, "pass", "password"), "alice's password was refused before she was enrolled")

    story.does("doveadm pix totp enroll -u alice   (on a terminal it shows the QR code too)")
    row = json.loads(box.doveadm("-f", "json", "pix", "totp", "enroll", "-u", "alice").stdout)[0]
    uri = row["uri"]
    secret = box.secret(re.search(r"secret=(\w+)", uri).group(1))
    story.saw("%s  %s" % (row["state"], uri.replace(secret, "•" * 8)))
    story.expect(attempt(story, box, "IMAP", "pass", "password"), "a pending enrolment refuses the password already")
    # The code of half a minute ago confirms (clocks differ), so that the current one is unused and nobody has to wait.
    totp_wait(15)
    story.admin(box, "pix", "totp", "confirm", "-u", "alice", input=totp(uri, offset=-1) + "\n")

    story.step("The password alone is refused; a code works once")
    code = totp(uri)
    for protocol in ("IMAP", "POP3", "submission"):
        story.expect(not attempt(story, box, protocol, "pass", "password alone"), "the password alone was accepted")
    story.expect(not attempt(story, box, "IMAP", "pass" + wrong(uri), "password and a wrong code"), "a wrong code was accepted")
    story.expect(attempt(story, box, "IMAP", "pass" + code, "password and code"), "the right code was refused")
    for protocol in ("IMAP", "POP3", "submission"):
        story.expect(not attempt(story, box, protocol, "pass" + code, "the same code again"), "a code was accepted twice")
    story.does("IMAP: bob, who is not enrolled, with his password")
    story.expect(box.imap().login_ok("bob", "pass"), "bob was refused")
    story.saw("IMAP       bob, password:                    logged in")
    story.admin(box, "pix", "mfa", "status", "-u", "alice")


def wrong(uri):
    """A code that is none of those near now."""
    near = {totp(uri, offset=offset) for offset in range(-3, 4)}
    return next(code for code in ("%06d" % number for number in range(10)) if code not in near)
