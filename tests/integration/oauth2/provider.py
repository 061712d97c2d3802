"""An issuer's HTTP server on loopback whose answers the test scripts: good, slow, lying, down. It runs outside the
sandbox, which shares the network."""
import http.server
import json
import threading
import time


class Provider:
    """with Provider() as p: p.url is the issuer. Set p.keys, or p.answers[path] = function(handler) -> (status, body, headers)."""

    def __init__(self):
        self.keys = []
        self.answers = {}
        self.seen = []
        self.posted = []
        self.max_age = None
        self.delay = 0
        self.port = 0
        self.server = None
        self.start()

    @property
    def url(self):
        return "http://127.0.0.1:%d" % self.port

    def start(self):
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_GET(self):
                self.body = b""
                if length := int(self.headers.get("Content-Length") or 0):
                    self.body = self.rfile.read(length)
                path = self.path.split("?")[0]
                provider.seen.append(path)
                if self.command == "POST":
                    provider.posted.append((path, dict(self.headers), self.body.decode()))
                if provider.delay:
                    time.sleep(provider.delay)
                status, body, headers = provider.answer(path, self)
                try:
                    self.send_response(status)
                    for pair in headers.items():
                        self.send_header(*pair)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass

            do_POST = do_GET

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 128

        self.server = Server(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def answer(self, path, handler):
        if path in self.answers:
            return self.answers[path](handler)
        headers = {"Content-Type": "application/json"}
        if path == "/.well-known/openid-configuration":
            return 200, json.dumps({"issuer": self.url, "jwks_uri": self.url + "/jwks",
                                    "introspection_endpoint": self.url + "/introspect"}).encode(), headers
        if path == "/jwks":
            if self.max_age is not None:
                headers["Cache-Control"] = "public, max-age=%d" % self.max_age
            keys = [k.export_public(as_dict=True) for k in self.keys]
            return 200, json.dumps({"keys": keys}).encode(), headers
        return 404, b"{}", headers

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
