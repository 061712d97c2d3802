"""A private Dovecot with the suite (tools/sandbox) as a Python object."""
import base64
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import urllib.request

from . import clients
from .guard import LogGuard

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
HOST = os.environ.get("PIX_IN_ROOT", "2.3")
TOOL = os.path.join(TOP, "tools", "sandbox")


class SandboxError(Exception):
    """tools/sandbox failed; .output has what it said."""

    def __init__(self, output):
        super().__init__(output)
        self.output = output


def run(*argv, input=None, check=True, timeout=60, env=None):
    """Run a command; returns CompletedProcess with text. A failure shows its output."""
    if isinstance(input, bytes):
        input = input.decode()
    done = subprocess.run([str(arg) for arg in argv], input=input, stdin=None if input is not None else subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", timeout=timeout,
                          env=None if env is None else dict(os.environ, **env))
    if check and done.returncode != 0:
        raise SandboxError("%s: exit code %d\n%s%s" % (os.path.basename(str(argv[0])) + " " + str(argv[1:3]),
                                                       done.returncode, done.stdout[-4000:], done.stderr[-4000:]))
    return done


class Sandbox:
    """Use as `with Sandbox(sets={...}, conf="...") as box:`, or through the fixtures of conftest.py.

    sets: --set KEY=VALUE pairs; conf: text appended to the configuration; plain: without the suite;
    without: parts that are left out; format: sdbox, mdbox or maildir; args: more words for `up`;
    files: {name: text} written below DIR/files before the start, so that conf can name them by
    {files}/name; `{dir}` in conf and in the values of sets is replaced as well.
    """

    def __init__(self, sets=None, conf="", plain=False, without=(), format=None, host=HOST, directory=None, files=None,
                 args=(), up=True):
        self.owned = directory is None
        self.dir = directory or tempfile.mkdtemp(prefix="pix-")
        self.host = host
        self.env = {}
        self.guard = LogGuard(self)
        self.words = ["--host", host]
        self.kept = os.path.join(self.dir, "box")
        os.chmod(self.dir, 0o755)
        if files:
            os.makedirs(self.files, exist_ok=True)
            for name, text in files.items():
                self.write(name, text)
        for key, value in (sets or {}).items():
            self.words += ["--set", "%s=%s" % (key, self._fill(str(value)))]
        if conf:
            path = os.path.join(self.dir, "appended.conf")
            with open(path, "w") as out:
                out.write(self._fill(conf))
            self.words += ["--conf", path]
        if plain:
            self.words.append("--plain")
        for part in without:
            self.words += ["--without", part]
        if format:
            self.words += ["--mail-format", format]
        self.words += list(args)
        if files:
            self.words += ["--bind", self.files]
        if up:
            try:
                self.up()
            except SandboxError:
                if self.owned:
                    shutil.rmtree(self.dir, ignore_errors=True)
                raise

    @property
    def files(self):
        """A folder outside the sandbox's own, visible inside under the same path."""
        return os.path.join(self.dir, "files")

    def _fill(self, text):
        return text.replace("{dir}", self.kept).replace("{files}", self.files)

    def write(self, name, text, mode=0o644):
        """Write a file below .files; returns its path."""
        path = os.path.join(self.files, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(text if isinstance(text, bytes) else text.encode())
        os.chmod(path, mode)
        return path

    # -- life

    def up(self):
        done = run(TOOL, "up", self.kept, *self.words, check=False, timeout=120, env={"PIX_NO_BUILD": "1"})
        if os.path.exists(os.path.join(self.kept, "env")):
            with open(os.path.join(self.kept, "env")) as lines:
                for line in lines:
                    key, _, value = line.rstrip("\n").partition("=")
                    self.env[key] = value.strip('"')
        if done.returncode != 0:
            self.guard.checked = True
            raise SandboxError(done.stdout + done.stderr)
        return self

    def down(self):
        run(TOOL, "down", self.kept, check=False)

    def restart(self):
        run(TOOL, "restart", self.kept)

    def reload(self):
        run(TOOL, "reload", self.kept)

    def close(self):
        """Stop, hold the log against the guard, and remove everything."""
        self.down()
        try:
            self.guard.check()
        finally:
            if self.owned:
                shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            self.guard.checked = True
        self.close()

    # -- what it is

    def port(self, name):
        return int(self.env["PIX_%s_PORT" % name])

    def path(self, *parts):
        return os.path.join(self.kept, *parts)

    @property
    def parts(self):
        return self.env.get("PIX_PARTS", "").split()

    def log(self):
        """The text of Dovecot's log."""
        with contextlib.suppress(FileNotFoundError):
            with open(self.env["PIX_LOG"], errors="replace") as log:
                return log.read()
        return ""

    def mark(self):
        """A place in the log, for log_since()."""
        return len(self.log())

    def log_since(self, mark):
        return self.log()[mark:]

    def ssl_context(self):
        return clients.trusting(self.env["PIX_CA_FILE"])

    def secret(self, *texts):
        """This text must never show in a log of the sandbox. Returns the (last) text."""
        for text in texts:
            self.guard.secrets.add(text)
        return texts[-1]

    def allow(self, pattern):
        """Log lines that match this regular expression are expected; the guard passes them by."""
        self.guard.allowed.append(re.compile(pattern))

    # -- doing things inside

    def exec(self, *argv, user=None, input=None, check=True, timeout=60):
        words = ["--user", user] if user else []
        return run(TOOL, "exec", *words, self.kept, *argv, input=input, check=check, timeout=timeout)

    def doveadm(self, *args, input=None, check=True, timeout=60):
        """Returns CompletedProcess."""
        return run(TOOL, "doveadm", self.kept, *args, input=input, check=check, timeout=timeout)

    def doveadm_json(self, *args, input=None):
        """The rows of `doveadm -f json …`."""
        out = self.doveadm("-f", "json", *args, input=input).stdout
        return json.loads(out) if out.strip() else []

    def http(self, command, key=None, **params):
        """One command over the doveadm HTTP API: returns its rows; an error of it raises SandboxError."""
        auth = base64.b64encode((key or self.env["PIX_DOVEADM_API_KEY"]).encode()).decode()
        request = urllib.request.Request(
            "http://127.0.0.1:%d/doveadm/v1" % self.port("DOVEADM_HTTP"),
            data=json.dumps([[command, params, "tag1"]]).encode(),
            headers={"Content-Type": "application/json", "Authorization": "X-Dovecot-API " + auth})
        with urllib.request.urlopen(request, timeout=60) as answer:
            kind, rows, _tag = json.loads(answer.read())[0]
        if kind != "doveadmResponse":
            raise SandboxError(json.dumps(rows))
        return rows

    def pids(self, name=None):
        """Process ids of the sandbox, all or those of a program (comm or the service in its title)."""
        space = os.readlink("/proc/%s/ns/mnt" % self._holder())
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                if os.readlink("/proc/%s/ns/mnt" % pid) != space or pid == self._holder():
                    continue
                with open("/proc/%s/cmdline" % pid, "rb") as cmdline:
                    title = cmdline.read().split(b"\0")[0].decode(errors="replace")
                if not title:
                    continue
                if name is None or os.path.basename(title.split(" ")[0]) == name:
                    found.append(int(pid))
        return sorted(found)

    def _holder(self):
        with open(self.path("sandbox", "holder")) as holder:
            return holder.read().strip()

    def kill(self, name, sig=signal.SIGTERM):
        """Send a signal to every process of a program; returns how many there were."""
        pids = self.pids(name)
        for pid in pids:
            os.kill(pid, sig)
        return len(pids)

    # -- clients

    def imap(self, user=None, password="pass", **kw):
        client = clients.Imap(self, **kw)
        if user:
            client.login(user, password)
        return client

    def imaps(self, user=None, password="pass"):
        client = clients.Imap.tls(self)
        if user:
            client.login(user, password)
        return client

    def pop3(self, user=None, password="pass"):
        client = clients.Pop3(self)
        if user:
            client.user(user)
            client.pass_(password)
        return client

    def smtp(self, user=None, password="pass"):
        client = clients.Smtp(self)
        if user:
            client.login(user, password)
        return client

    def deliver(self, message, to="alice", sender="sender@example.com"):
        """Deliver over LMTP; raises when a recipient is refused."""
        with clients.Lmtp(self) as lmtp:
            refused = lmtp.deliver(message, to, sender)
        if refused:
            raise SandboxError("LMTP refused: %r" % refused)

    def sink(self):
        """The messages that submission sent on, as bytes, oldest first."""
        folder = self.env["PIX_SINK_DIR"]
        out = []
        for name in sorted(os.listdir(folder)):
            if name.endswith(".eml"):
                with open(os.path.join(folder, name), "rb") as mail:
                    out.append(mail.read())
        return out
