"""Holds every log of a sandbox against what must never stand in one."""
import base64
import os
import re
import urllib.parse

BAD = re.compile(
    r"Panic|Fatal|\bBUG\b|leaked|Error:.*Internal|Raw backtrace|killed with signal (?!9\b|15\b)"
    r"|AddressSanitizer|LeakSanitizer|runtime error:|UndefinedBehavior"
    r"|Symbol not found|undefined symbol")


def of_ours(name, text):
    """The errors in a valgrind log that have code of the suite on their stack."""
    for block in re.split(r"(?m)^==\d+== *\n", text):
        if re.search(r"(?m)^==\d+== +(at|by) 0x", block) and re.search(r"[ (/](lib\w*)?pix[-_]\w+", block):
            yield "%s:\n%s" % (name, block[:3000])


class LogGuard:
    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.secrets = set()
        self.allowed = []
        self.checked = False

    def logs(self):
        folder = self.sandbox.path("log")
        if not os.path.isdir(folder):
            return
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), errors="replace") as log:
                yield name, log.read()

    def forms(self):
        """Each secret as text, in base64 at each of the three offsets, and percent-encoded."""
        for secret in self.secrets:
            yield secret
            yield urllib.parse.quote(secret, safe="")
            for lead in range(3):
                # Without the characters that the neighbours share.
                text = base64.b64encode(b"\0" * lead + secret.encode()).decode().rstrip("=")
                text = text[(0, 2, 3)[lead]:-1]
                if len(text) >= 8:
                    yield text

    def findings(self):
        forms = set(self.forms())
        for name, text in self.logs():
            if name.startswith("valgrind."):
                yield from of_ours(name, text)
            for line in text.splitlines():
                if BAD.search(line) and not any(pattern.search(line) for pattern in self.allowed):
                    yield "%s: %s" % (name, line[:400])
                for form in forms:
                    if form in line:
                        yield "%s: a secret is in this line: %s" % (name, line.replace(form, "<SECRET>")[:400])

    def check(self):
        """Raise AssertionError with the lines that must not be there. The second call does nothing."""
        if self.checked:
            return
        self.checked = True
        found = list(self.findings())
        assert not found, "the log holds what it must not:\n" + "\n".join(found[:20])
