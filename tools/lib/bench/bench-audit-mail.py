"""What recording costs the mail processes, against plain Dovecot and its own two means, mail_log and event_exporter."""
import contextlib

from common import Result, bench, cost, message, settle
from pixtest import HOST, Lmtp, Sandbox

OTHERS = ["identity", "auth-mfa", "auth-oauth2", "session", "archive", "sort"]
EVENTS = "event=imap_command_finished OR event=mail_opened OR event=mail_expunged OR event=mail_delivery_finished " \
    "OR event=auth_request_finished"
MAIL_LOG = {
    "2.3": "mail_plugins = $mail_plugins notify mail_log\n"
           "plugin {\n  mail_log_events = delete undelete expunge copy save mailbox_create mailbox_delete flag_change append\n}\n",
    "2.4": "mail_plugins {\n  notify = yes\n  mail_log = yes\n}\n"
           "mail_log_events = delete undelete expunge copy save mailbox_create mailbox_delete flag_change\n",
}
EXPORTER = {
    "2.3": "event_exporter log {\n  format = json\n  format_args = time-rfc3339\n  transport = log\n}\n"
           "metric audit {\n  exporter = log\n  filter = %s\n}\n" % EVENTS,
    "2.4": "event_exporter log {\n  format = json\n  time_format = rfc3339\n  driver = log\n}\n"
           "metric audit {\n  exporter = log\n  filter = %s\n}\n" % EVENTS,
}


def fill(box, count=300):
    with Lmtp(box) as lmtp:
        for number in range(count):
            lmtp.deliver(message(8192, number), "reader")


def fetch(box, turn):
    imap = box.imap("reader")
    imap.select()
    for number in range(2000):
        imap.fetch(str(number % 300 + 1), "(FLAGS BODY.PEEK[])")
    imap.logout()


def store(box, turn):
    imap = box.imap("reader")
    imap.select()
    for number in range(2000):
        imap.store(str(number % 300 + 1), "+FLAGS" if number // 300 % 2 == 0 else "-FLAGS", r"(\Flagged)")
    imap.logout()


def append(box, turn):
    imap = box.imap("writer%d" % turn)
    for number in range(300):
        imap.append("INBOX", None, None, message(8192, number))
    imap.logout()


def login(box, turn):
    for _ in range(60):
        box.imap("reader").logout()


def delivery(box, turn):
    with Lmtp(box) as lmtp:
        for number in range(300):
            lmtp.deliver(message(8192, number), "inbox%d" % turn)


@bench("audit")
def mail(rounds):
    """FETCH, STORE, APPEND, login and delivery: audit, mail_log and event_exporter against plain Dovecot, CPU ratio."""
    with contextlib.ExitStack() as stack:
        boxes = {
            "plain": stack.enter_context(Sandbox(plain=True)),
            "audit": stack.enter_context(Sandbox(without=OTHERS)),
            "mail_log": stack.enter_context(Sandbox(plain=True, conf=MAIL_LOG[HOST])),
            "event_exporter": stack.enter_context(Sandbox(plain=True, conf=EXPORTER[HOST])),
        }
        for box in boxes.values():
            fill(box)
            settle(box)
        for work, floor, goal in ((fetch, 1.35, 1.10), (store, 1.35, 1.10), (append, None, None), (login, None, None),
                                  (delivery, None, None)):
            spent = {name: [] for name in boxes}
            for turn in range(rounds + 1):
                names = list(boxes)
                for name in names[turn % 4:] + names[:turn % 4]:
                    seconds = cost(boxes[name], lambda box, turn=turn: work(box, turn))
                    if turn:
                        spent[name].append(seconds)
            total = {name: sum(values) for name, values in spent.items()}
            note = ", ".join("%s %.2f s (x %.2f)" % (name, total[name], total[name] / total["plain"]) for name in boxes)
            yield Result("audit", "%s with records / plain Dovecot (CPU)" % work.__name__.upper(), total["audit"] / total["plain"],
                         floor=floor, goal=goal, note=note, **spent)
