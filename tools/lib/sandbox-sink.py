"""The first process of a sandbox: it holds the mount namespace and is the SMTP server behind submission.

Usage: sandbox-sink.py PORT FOLDER READY-FILE. Each accepted message becomes FOLDER/<number>.eml, with
the envelope in front as X-Sink-From and X-Sink-To lines.
"""
import os
import signal
import socketserver
import sys
import threading


class Sink(socketserver.StreamRequestHandler):
    lock = threading.Lock()
    count = 0

    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.sender, self.to = None, []
        self.say("220 sink.example.org ESMTP")
        while True:
            line = self.rfile.readline(65536)
            if not line:
                return
            words = line.strip().decode("utf-8", "replace")
            verb = words.upper()
            if verb.startswith("EHLO"):
                for word in ("sink.example.org", "PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "DSN"):
                    self.say("250-" + word)
                self.say("250 SIZE 104857600")
            elif verb.startswith("MAIL FROM:"):
                self.sender, self.to = words[10:], []
                self.say("250 2.1.0 ok")
            elif verb.startswith("RCPT TO:"):
                self.to.append(words[8:])
                self.say("250 2.1.5 ok")
            elif verb == "DATA":
                self.data()
            elif verb == "RSET":
                self.sender, self.to = None, []
                self.say("250 2.0.0 ok")
            elif verb == "QUIT":
                self.say("221 2.0.0 bye")
                return
            elif verb.startswith(("HELO", "NOOP", "VRFY")):
                self.say("250 2.0.0 ok")
            else:
                self.say("502 5.5.1 what?")

    def data(self):
        if self.sender is None or not self.to:
            self.say("503 5.5.1 no recipients")
            return
        self.say("354 go on")
        lines = []
        while True:
            line = self.rfile.readline()
            if not line:
                return
            if line in (b".\r\n", b".\n"):
                break
            lines.append(line[1:] if line.startswith(b".") else line)
        with Sink.lock:
            Sink.count += 1
            number = Sink.count
        envelope = ["X-Sink-From: " + self.sender] + ["X-Sink-To: " + to for to in self.to]
        path = os.path.join(FOLDER, "%05d.eml" % number)
        with open(path + ".tmp", "wb") as out:
            out.write("\r\n".join(envelope).encode() + b"\r\n" + b"".join(lines))
        os.rename(path + ".tmp", path)
        self.say("250 2.0.0 taken as %05d" % number)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


PORT, FOLDER, READY = int(sys.argv[1]), sys.argv[2], sys.argv[3]
Sink.count = max([int(name[:5]) for name in os.listdir(FOLDER) if name.endswith(".eml")], default=0)
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
server = Server(("127.0.0.1", PORT), Sink)
with open(READY, "w") as ready:
    ready.write("%d\n" % os.getpid())
server.serve_forever()
