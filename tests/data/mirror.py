"""A web server on loopback that serves the files of a folder as http://127.0.0.1:PORT/HOW/FILE, well or
badly: HOW says how. Standard library only.

usage: mirror.py FOLDER

Prints its ports as one line "HTTP HTTPS" (0 without the openssl program, which makes a certificate
for "localhost" as FOLDER/certificate.pem), serves until its standard input ends, and writes a line
"HOW FILE RANGE" for each request to FOLDER/requests.
"""

import http.server
import os
import re
import select
import shutil
import ssl
import subprocess
import sys
import threading
import time

FOLDER = sys.argv[1]
STALL_AFTER = 600  # bytes; so few that their speed is soon forgotten
STALL_SECONDS = 60
PORTS = {}
WAYS = {}  # of serving a file, by HOW


def way(function):
    WAYS[function.__name__.replace("_", "-")] = function
    return function


class Mirror(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        how, _, name = self.path.lstrip("/").partition("/")
        asked = self.headers.get("Range") or "-"
        with open(os.path.join(FOLDER, "requests"), "a") as log:
            log.write(f"{how} {name} {asked}\n")
        path = os.path.join(FOLDER, os.path.basename(name))
        if how not in WAYS or not os.path.isfile(path):
            return self.say(404, b"there is no such file here")
        with open(path, "rb") as file:
            body = file.read()
        try:
            WAYS[how](self, name, body, asked)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True  # the client has had enough

    def say(self, status, body=b"", **headers):
        """Status, headers and body. A length is announced unless `length` says which, or None."""
        length = headers.pop("length", len(body))
        self.send_response(status)
        for header, value in headers.items():
            self.send_header(header.replace("_", "-"), value)
        if length is None:
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(length))
        self.close_connection = self.close_connection or length != len(body)
        self.end_headers()
        self.wfile.write(body)

    @way
    def good(self, name, body, asked):
        match = re.fullmatch(r"bytes=(\d+)-", asked)
        if not match:
            return self.say(200, body)
        start = int(match.group(1))
        if start >= len(body):
            return self.say(416, Content_Range=f"bytes */{len(body)}")
        self.say(206, body[start:], Content_Range=f"bytes {start}-{len(body) - 1}/{len(body)}")

    @way
    def no_ranges(self, name, body, asked):
        self.say(200, body)

    @way
    def refuses_ranges(self, name, body, asked):
        self.say(200, body) if asked == "-" else self.say(416)

    @way
    def wrong(self, name, body, asked):
        self.good(name, body[:-1] + bytes([body[-1] ^ 1]), asked)

    @way
    def short(self, name, body, asked):
        self.say(200, body[: len(body) // 2], length=len(body))

    @way
    def short_unannounced(self, name, body, asked):
        self.say(200, body[: len(body) // 2], length=None)

    @way
    def empty(self, name, body, asked):
        self.say(200, b"", length=None)

    @way
    def stall(self, name, body, asked):
        self.say(200, body[:STALL_AFTER], length=len(body))
        self.wfile.flush()
        select.select([self.connection], [], [], STALL_SECONDS)  # until the client has gone

    @way
    def slow(self, name, body, asked):
        """Whole, within two seconds or so."""
        self.say(200, b"", length=len(body))
        for at in range(0, len(body), max(1, len(body) // 20)):
            self.wfile.write(body[at : at + max(1, len(body) // 20)])
            time.sleep(0.1)
        self.close_connection = True

    @way
    def oversize(self, name, body, asked):
        self.say(200, body + b"x" * 1000)

    @way
    def oversize_unannounced(self, name, body, asked):
        self.say(200, body + b"x" * 1000, length=None)

    @way
    def smaller(self, name, body, asked):
        self.say(200, body[:-1])

    @way
    def to_http(self, name, body, asked):
        self.say(302, Location=f"http://127.0.0.1:{PORTS['http']}/good/{name}")

    @way
    def to_https(self, name, body, asked):
        self.say(302, Location=f"https://localhost:{PORTS['https']}/good/{name}")

    @way
    def to_file(self, name, body, asked):
        self.say(302, Location=f"file://{os.path.abspath(FOLDER)}/{name}")

    @way
    def in_circles(self, name, body, asked):
        self.say(302, Location=f"https://localhost:{PORTS['https']}/in-circles/{name}")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # clients that do not trust the certificate


def certificate():
    """Paths of a fresh certificate for localhost and its key; None without openssl."""
    if not shutil.which("openssl"):
        return None
    paths = [os.path.join(FOLDER, name) for name in ("certificate.pem", "key.pem")]
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-out", paths[0], "-keyout",
         paths[1]],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)  # fmt: skip
    return paths if made.returncode == 0 else None


def serve(tls=None):
    server = Server(("127.0.0.1", 0), Mirror)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


if __name__ == "__main__":
    PORTS["http"] = serve()
    tls = certificate()
    PORTS["https"] = serve(tls) if tls else 0
    print(f"{PORTS['http']} {PORTS['https']}\n", end="", flush=True)  # in one piece
    sys.stdin.read()
