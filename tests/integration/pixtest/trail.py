"""What reached the audit log of a sandbox, for tests that compare it by meaning."""
import os

from . import audit
from .wait import eventually

# what differs from run to run
VOLATILE = {"t", "ct", "producer", "seq", "attest", "session", "ip", "mailbox_guid", "to_mailbox_guid", "uidvalidity", "port", "lip",
            "lport", "bytes_in", "bytes_out", "duration", "service", "receipt", "guid"}


class Trail:
    """The records that are written from now on."""

    def __init__(self, box):
        self.box = box
        self.log_dir = os.path.join(box.env["PIX_AUDIT_DIR"], "log")
        self.start = len(self._all())

    def _all(self):
        with audit.admin(os.path.join(self.box.env["PIX_DIR"], "run", "pix-audit-admin")) as conn:
            conn.request("flush")
        return audit.records(self.log_dir)

    def records(self):
        found = self._all()[self.start:]
        rejected = [r for r in found if r["kind"] in ("audit.reject", "audit.gap")]
        assert not rejected, rejected
        return found

    def of(self, *services, **fields):
        """Those of the services (all, without any) that have these values."""
        return [r for r in self.records() if (not services or r["service"] in services)
                and all(r.get(k) == v for k, v in fields.items())]

    def wait(self, *services, count=1, **fields):
        """Wait until there are `count` such records; returns them."""
        def enough():
            found = self.of(*services, **fields)
            assert len(found) >= count, "only %d of %d: %r" % (len(found), count, fields)
            return found
        return eventually(enough, timeout=15)


def brief(record):
    """(kind, {what is the same in each run})."""
    return record["kind"], {k: v for k, v in record.items() if k not in VOLATILE and k != "kind"}
