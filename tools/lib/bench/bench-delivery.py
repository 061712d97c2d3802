"""What the whole suite costs a delivery."""
from common import Result, bench, compare, message, with_parts
from pixtest import Lmtp, Sandbox

MAILS = 300


def deliver(box, turn):
    with Lmtp(box) as lmtp:
        for number in range(MAILS):
            refused = lmtp.deliver(message(8192, turn * MAILS + number), "user%d" % (number % 10))
            if refused:
                raise RuntimeError("LMTP refused: %r" % refused)


@bench("delivery")
def delivery(rounds):
    """LMTP delivery of 8 kB messages: suite with every part against plain Dovecot with Sieve, CPU ratio."""
    with Sandbox(plain=True) as plain, Sandbox() as suite:
        ratio, note, detail = compare(plain, suite, deliver, rounds)
        yield Result("delivery", "8 kB over LMTP, suite / plain Dovecot with Sieve (CPU)", ratio, floor=1.35, goal=1.10,
                     note=note + with_parts(suite), mails=MAILS * rounds, **detail)
