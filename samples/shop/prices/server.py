"""What things cost: asks "stock" how many there are and counts its visits in Redis."""

import hashlib
import json
import os
import signal
import socket
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, urlparse

PORT = int(os.environ.get("PORT", "5000"))
ANSWERED_BY = os.environ.get("ANSWERED_BY") or socket.gethostname()
PRICES = {"apple": 3, "pear": 4}
stopping = threading.Event()


def count(name):
    """One more visit of a service, by Redis."""
    with socket.create_connection(("redis", 6379)) as connection:
        connection.sendall(f"INCR visits:{name}\r\n".encode())
        return int(connection.makefile("rb").readline()[1:])


def mounted(path):
    """The text of a mounted file; nothing where it is not mounted."""
    try:
        return Path(path).read_text()
    except OSError:
        return None


def seal(key):
    """Shows which key is in use without showing the key."""
    return key and hashlib.sha256(key.encode()).hexdigest()[:12]


def audit(item):
    """The number of the entry that the pod's other container made; nothing while that is not there."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:7000/{quote(item)}", timeout=2) as response:
            return int(response.read())
    except OSError:
        return None


def price_of(item):
    with urllib.request.urlopen(f"http://stock:8080/?item={item}") as response:
        stock = json.load(response)
    greeting = os.environ.get("GREETING")
    api_key = os.environ.get("API_KEY")
    visits = count("prices")
    price = PRICES.get(item, 1)
    answer = {
        "service": "prices",
        "answeredBy": ANSWERED_BY,
        "greeting": greeting,
        "currency": mounted("/etc/shop/currency"),
        "keySeal": seal(api_key),
        "keyFileSeal": seal(mounted("/etc/keys/api-key")),
        "item": item,
        "price": price,
        "visits": visits,
        "audit": audit(item),
        "stock": stock,
    }
    return answer  # breakpoint: `stock`, `visits` and `price` are known


class InFlight:
    """Counts the requests under way, so that none is cut off at the end."""

    def __init__(self):
        self.count = 0
        self.changed = threading.Condition()

    def __enter__(self):
        with self.changed:
            self.count += 1

    def __exit__(self, *_):
        with self.changed:
            self.count -= 1
            self.changed.notify_all()

    def wait(self):
        with self.changed:
            self.changed.wait_for(lambda: self.count == 0)


in_flight = InFlight()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        with in_flight:
            url = urlparse(self.path)
            if url.path == "/healthz":
                self.reply(200, b"ok\n")
            elif url.path == "/who":
                self.reply(200, ANSWERED_BY.encode())
            else:
                try:
                    item = parse_qs(url.query).get("item", ["apple"])[0]
                    self.reply(200, json.dumps(price_of(item)).encode(), "application/json")
                except (OSError, ValueError) as error:
                    self.reply(502, json.dumps({"service": "prices", "error": str(error)}).encode())

    def do_POST(self):
        """Sends the body back while it arrives."""
        with in_flight:
            chunked = "chunked" in self.headers.get("transfer-encoding", "")
            length = self.headers.get("content-length", "0")
            self.begin(200, ("transfer-encoding", "chunked") if chunked else ("content-length", length))
            for piece in self.chunks() if chunked else self.pieces(int(length)):
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            if chunked:
                self.wfile.write(b"0\r\n\r\n")

    def pieces(self, left):
        while left > 0:
            piece = self.rfile.read1(min(left, 65536))
            if not piece:
                raise ConnectionError("The body ended early.")
            left -= len(piece)
            yield piece

    def chunks(self):
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers

    def reply(self, status, body, kind="text/plain"):
        self.begin(status, ("content-type", kind), ("content-length", str(len(body))))
        self.wfile.write(body)

    def begin(self, status, *headers):
        self.send_response(status)
        for header in headers:
            self.send_header(*header)
        # Clients that keep their connections open move on before this process ends.
        if stopping.is_set():
            self.send_header("connection", "close")
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    server = Server(("0.0.0.0", PORT), Handler)
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    print(f"prices listens on {PORT}", flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # In turns, so that Ctrl+C is heard on Windows too.
    while not stopping.wait(1):
        pass
    # As a good citizen: Services go on routing here for a moment after SIGTERM.
    time.sleep(3)
    server.shutdown()
    server.server_close()
    in_flight.wait()


if __name__ == "__main__":
    main()
