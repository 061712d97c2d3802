"""The collector alone: records a CPU second, bytes a record on disk, search."""
import os
import random
import struct
import time

from common import Result, bench, cpu_seconds
from pixtest import Sandbox, audit

RECORDS = int(os.environ.get("PIX_BENCH_AUDIT_RECORDS", "1000000"))
USERS = 20000
PARTS = ["mfa", "oauth2", "session", "identity", "archive", "sort"]


def generate(first, count, rnd):
    """Frames of records as mail processes send them: sessions of some ten records, a heavy user, and users of whom a few
    records are all there is."""
    out = bytearray()
    t = int(time.time() * 1e6)
    for seq in range(first, first + count):
        session = seq // 12
        # of each session: the owner is heavy in one of ten
        owner = "heavy" if session % 10 == 0 else "user%d" % (session * 7919 % USERS)
        if seq % 500000 == 250000:
            owner = "rare"
        text = ('{"kind":"mail.bind","t":%d,"session":"%016x","owner":"%s@example.org","ip":"198.51.%d.%d",'
                '"mailbox":"INBOX","mailbox_guid":"%032x","uidvalidity":1700000000,"uids":"%d","count":1,"section":"BODY[]",'
                '"msgid":"<%x.%x@mail.example.com>"}'
                % (t + seq, session * 0x9e3779b97f4a7c15 % 2 ** 64, owner, session % 200, session % 251,
                   session * 0x9e3779b97f4a7c15f39cc0605cedc835 % 2 ** 128, seq % 100000, seq, rnd.getrandbits(40))).encode()
        out += struct.pack(">IBQ", len(text) + 8, 0x72, seq) + text
    return out


def disk(folder):
    total = 0
    for path, _dirs, files in os.walk(folder):
        total += os.lstat(path).st_blocks * 512
        total += sum(os.lstat(os.path.join(path, name)).st_blocks * 512 for name in files)
    return total


def ask(conn, **filters):
    """Median of five answers, in milliseconds, and the number of records found."""
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        answer = conn.request("search", **filters)
        times.append((time.perf_counter() - begin) * 1000)
        assert "total" in answer, answer
    return sorted(times)[2], answer["total"]


@bench("audit")
def collector(rounds):
    """Generated records over one socket into the log: CPU of the collector, disk, latency of searches."""
    with Sandbox(without=PARTS) as box:
        socket = os.path.join(box.env["PIX_DIR"], "run", "pix-audit")
        rnd = random.Random(1)
        spent, rss = 0.0, []
        pid = box.pids("pix-audit")[0]
        with audit.Producer(socket, timeout=300) as conn:
            for first in range(1, RECORDS + 1, 100000):
                data = generate(first, min(100000, RECORDS + 1 - first), rnd)
                before = cpu_seconds(box, "pix-audit")
                conn.sock.sendall(data)
                conn.send("f")
                conn.wait(min(first + 99999, RECORDS))
                spent += cpu_seconds(box, "pix-audit") - before
                with open("/proc/%d/statm" % pid) as f:
                    rss.append(int(f.read().split()[1]) * 4096 >> 20)
        yield Result("audit", "records a CPU second into the log, %d records" % RECORDS, RECORDS / spent, floor=60000,
                     goal=100000, better="higher", note="%.1f s CPU; memory %d to %d MB" % (spent, rss[0], max(rss)))
        with audit.admin(os.path.join(box.env["PIX_DIR"], "run", "pix-audit-admin")) as conn:
            conn.request("flush")
            bytes_ = disk(box.env["PIX_AUDIT_DIR"])
            yield Result("audit", "bytes a record on disk, with hashes, index and journal", bytes_ / RECORDS, goal=200,
                         floor=400, note="%d MB" % (bytes_ >> 20))
            ms, total = ask(conn, owner="rare@example.org", limit=100)
            yield Result("audit", "search of a rare user, ms", ms, goal=10, note="%d of %d records" % (total, RECORDS))
            ms, total = ask(conn, owner="heavy@example.org", limit=100,
                            since=int((time.time() - 30 * 86400) * 1e6))
            yield Result("audit", "search of a heavy user's month, ms", ms, goal=1000,
                         note="%d of %d records" % (total, RECORDS))
