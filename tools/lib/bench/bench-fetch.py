"""What the whole suite costs reading."""
from common import Result, bench, compare, message, with_parts
from pixtest import Lmtp, Sandbox

MAILS = 500


def fill(box):
    with Lmtp(box) as lmtp:
        for number in range(MAILS):
            lmtp.deliver(message(8192, number), "reader")


def bodies(box, _turn):
    """One command a message, as clients that open mails do."""
    for _ in range(4):
        imap = box.imap("reader")
        imap.select()
        for number in range(1, MAILS + 1):
            imap.fetch(str(number), "(FLAGS BODY.PEEK[])")
        imap.logout()


def sync(box, _turn):
    """A client that brings its list up to date: many messages a command, no body."""
    for _ in range(12):
        imap = box.imap("reader")
        imap.select()
        imap.fetch("1:*", "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)")
        imap.fetch("1:*", "(UID BODY.PEEK[HEADER.FIELDS (SUBJECT FROM DATE MESSAGE-ID)])")
        imap.logout()


@bench("fetch")
def fetch(rounds):
    """FETCH over IMAP: suite with every part against plain Dovecot, CPU ratio."""
    with Sandbox(plain=True) as plain, Sandbox() as suite:
        fill(plain)
        fill(suite)
        for work, figure in ((bodies, "FETCH BODY[] one by one, suite / plain Dovecot (CPU)"),
                             (sync, "FETCH of envelopes and headers, suite / plain Dovecot (CPU)")):
            ratio, note, detail = compare(plain, suite, work, rounds)
            yield Result("fetch", figure, ratio, floor=1.35, goal=1.10, note=note + with_parts(suite), **detail)
