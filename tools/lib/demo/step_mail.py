"""Real messages arrive and are read, unchanged."""
import email
import email.header
import email.policy
import glob
import os

PART = None
MAIL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "tests", "mail")


def read(name):
    with open(glob.glob(os.path.join(MAIL, name + "*.eml"))[0], "rb") as mail:
        return mail.read()


def wire(message):
    """As it goes over the wire: CRLF line ends."""
    return message.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def subject(raw):
    text = str(email.message_from_bytes(raw, policy=email.policy.compat32).get("Subject", ""))
    if "\ufffd" in text or not text.isascii():
        # Raw UTF-8 in the header (RFC 6532)
        line = next(line for line in raw.split(b"\r\n") if line.lower().startswith(b"subject:"))
        return line[8:].decode("utf-8", "replace").strip()
    try:
        return str(email.header.make_header(email.header.decode_header(text)))
    except (LookupError, UnicodeError, ValueError):
        return text


def run(story, box):
    story.step("Mail of every shape is delivered over LMTP and read over IMAP")
    names = sorted(os.path.basename(path)[:-4] for path in glob.glob(os.path.join(MAIL, "*.eml")))
    good = [name for name in names if "forged" not in name]
    story.does("LMTP: %d messages to bob (8bit, long lines, attachments, UTF-8 headers, malformed MIME …)" % len(good))
    for name in good:
        box.deliver(read(name), "bob")
    imap = box.imap("bob")
    count = 0
    for folder in [line.split(b' "/" ')[-1].decode() for line in imap.list()[1]]:
        imap.select(folder, readonly=True)
        for number in imap.search(None, "ALL")[1][0].split():
            body = imap.fetch(number, "(BODY.PEEK[])")[1][0][1]
            count += 1
            story.saw("%-14s %6d bytes  %s" % (folder.strip('"'), len(body), subject(body)[:60]))
            story.expect(any(body.endswith(after_return_path(wire(read(name)))) for name in good),
                         "a message came out changed: " + subject(body))
    story.expect(count == len(good), "%d of %d messages are there" % (count, len(good)))
    imap.logout()
    story.say("Each came out byte by byte as it went in, below the header lines that Dovecot puts on top.")


def after_return_path(raw):
    """LMTP replaces Return-Path."""
    if raw.lower().startswith(b"return-path:"):
        return raw.split(b"\r\n", 1)[1]
    return raw
