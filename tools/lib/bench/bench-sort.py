"""What sorting costs a delivery: the extension, and the shipped scripts."""
from common import Result, bench, compare, message, with_parts
from pixtest import Lmtp, Sandbox

MAILS = 300
USERS = 10
OTHERS = ["identity", "auth-mfa", "auth-oauth2", "session", "audit", "archive"]
RULES = 'require ["fileinto", "mailbox"];\n' + "".join(
    'if header :contains ["subject", "from"] "word-%d" { fileinto :create "Folder%d"; stop; }\n' % (n, n)
    for n in range(49))
LAST = {
    False: 'if header :contains "authentication-results" "dmarc=fail" { fileinto :create "Failed"; stop; }\n',
    True: 'if authresults "dmarc" "fail" { fileinto :create "Failed"; stop; }\n',
}


def script(box, extension):
    text = RULES + LAST[extension]
    if extension:
        text = 'require "vnd.pix.sort";\n' + text
    for number in range(USERS):
        box.doveadm("sieve", "put", "-u", "user%d" % number, "-a", "own", input=text)


def deliver(box, turn):
    with Lmtp(box) as lmtp:
        for number in range(MAILS):
            refused = lmtp.deliver(message(8192, turn * MAILS + number), "user%d" % (number % USERS))
            if refused:
                raise RuntimeError("LMTP refused: %r" % refused)


@bench("sort")
def sort(rounds):
    """LMTP delivery of 8 kB messages through 50 rules: with vnd.pix.sort against Pigeonhole alone, CPU ratio."""
    with Sandbox(plain=True) as plain, Sandbox(without=OTHERS) as suite:
        script(plain, False)
        script(suite, True)
        current = "/var/lib/dovecot-pix/sort/current"
        suite.exec("mv", current, current + ".away")
        ratio, note, detail = compare(plain, suite, deliver, rounds)
        yield Result("sort", "8 kB over LMTP, 50 rules and authresults / 50 rules of Pigeonhole (CPU)", ratio,
                     floor=1.15, goal=1.03, note=note + with_parts(suite), mails=MAILS * rounds, **detail)
        suite.exec("mv", current + ".away", current)
        ratio, note, detail = compare(plain, suite, deliver, rounds)
        yield Result("sort", "the same with the five shipped scripts in front (CPU)", ratio,
                     floor=1.6, goal=1.3, note=note + with_parts(suite), mails=MAILS * rounds, **detail)
