"""Sessions as the session plugin and pix-identity see them."""
import json

from .sandbox import HOST


def passdbs(fields):
    out = []
    for kind, values in fields.items():
        pairs = {"userdb_" + name: value for name, value in values.items()}
        if HOST == "2.4":
            out.append("passdb static_%s {\n  driver = static\n  static_password = pass\n  username_filter = %s-*\n  fields {\n%s  }\n}\n"
                       % (kind, kind, "".join("    %s = %s\n" % pair for pair in pairs.items())))
        else:
            out.append("passdb {\n  driver = static\n  username_filter = %s-*\n  args = password=pass %s\n}\n"
                       % (kind, " ".join("%s=%s" % pair for pair in pairs.items())))
    return "".join(out)


def rows(sandbox, *words):
    return sandbox.doveadm_json("pix", "session", "list", *words)


def bye(imap, timeout=5):
    """What the server says unasked before it closes."""
    imap.sock.settimeout(timeout)
    said = b""
    while True:
        line = imap.readline()
        if not line:
            return said.decode()
        said += line


def ask(sandbox, socket_name, cmd, who="vmail", ticket=None, **args):
    """One raw request on a socket of pix-identity, by default as the mail's uid."""
    code = """
import json, socket, struct, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(5)
s.connect(sys.argv[1])
def send(kind, obj):
    data = json.dumps(obj).encode()
    s.sendall(struct.pack(">I", len(data)) + kind + data)
def read():
    head = b""
    while len(head) < 5:
        part = s.recv(5 - len(head))
        if not part: return None
        head += part
    size = struct.unpack(">I", head[:4])[0]
    data = b""
    while len(data) < size: data += s.recv(size - len(data))
    return head[4:].decode(), json.loads(data)
send(b"H", dict({"protocol": "pix-identity", "version_min": 1, "version_max": 1}, **({"ticket": sys.argv[4]} if sys.argv[4] else {})))
first = read()
if first and first[0] == "H":
    send(b"Q", dict(json.loads(sys.argv[3]), id=1, cmd=sys.argv[2]))
    first = read()
print(json.dumps(first))
"""
    path = "/run/dovecot/" + socket_name
    done = sandbox.exec("python3", "-c", code, path, cmd, json.dumps(args), ticket or "", user=who, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr
