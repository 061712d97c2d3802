"""How the demo talks: steps, what is done, what a client saw, and expectations that must hold."""
import shutil
import sys
import textwrap


class Failed(Exception):
    """A step did not go as it should."""


class Story:
    def __init__(self, pause):
        self.pause = pause
        self.number = 0
        self.width = min(110, shutil.get_terminal_size((100, 24)).columns)

    def step(self, title):
        if self.number and self.pause:
            try:
                input("\n    [Enter] ")
            except EOFError:
                self.pause = False
        self.number += 1
        print("\n%d. %s" % (self.number, title))
        sys.stdout.flush()

    def say(self, text):
        """Prose."""
        print(textwrap.fill(" ".join(text.split()), self.width, initial_indent="   ", subsequent_indent="   "))

    def does(self, text):
        """What is done."""
        self._mark(">", "\n".join(textwrap.wrap(text, self.width - 5, subsequent_indent="      ")))

    def saw(self, text):
        """What a client, or the administrator, saw."""
        self._mark("|", text)

    def _mark(self, mark, text):
        for line in text.rstrip("\n").split("\n"):
            print("   %s %s" % (mark, line if len(line) <= self.width - 5 else line[:self.width - 6] + "…"))
        sys.stdout.flush()

    def expect(self, truth, what):
        if not truth:
            raise Failed(what)

    def admin(self, box, *args, input=None, what="code", show=None, hide=(), check=True):
        """Run doveadm and show it. what: what comes on stdin; hide: texts shown as dots. Returns the output."""
        self.does("doveadm " + " ".join(args) + ("" if input is None else "   (%s on stdin)" % what))
        done = box.doveadm(*args, input=input, check=False)
        text = done.stdout + done.stderr
        for secret in hide:
            text = text.replace(secret, "•" * 8)
        lines = text.rstrip("\n").split("\n")
        if show is not None and len(lines) > show:
            lines = lines[:show] + ["… (%d lines more)" % (len(lines) - show)]
        if text.strip():
            self.saw("\n".join(lines))
        if check:
            self.expect(done.returncode == 0, "doveadm %s ended with exit code %d" % (args[0:2], done.returncode))
        return done.stdout
