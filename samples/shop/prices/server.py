"""What things cost: asks "stock" how many there are and counts its visits in Redis."""

import json
import os
import signal
import socket
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

PORT = int(os.environ.get("PORT", "5000"))
ANSWERED_BY = os.environ.get("ANSWERED_BY") or socket.gethostname()
PRICES = {"apple": 3, "pear": 4}
stopping = threading.Event()


def count(name):
    """One more visit of a service, by Redis."""
    with socket.create_connection(("redis", 6379)) as connection:
        connection.sendall(f"INCR visits:{name}\r\n".encode())
        return int(connection.recv(64)[1:])


def price_of(item):
    with urllib.request.urlopen(f"http://stock:8080/?item={item}") as response:
        stock = json.load(response)
    visits = count("prices")
    price = PRICES.get(item, 1)
    answer = {"service": "prices", "answeredBy": ANSWERED_BY, "item": item, "price": price, "visits": visits, "stock": stock}
    return answer  # breakpoint: `stock`, `visits` and `price` are known


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        url = urlparse(self.path)
        if url.path == "/healthz":
            return self.reply(200, b"ok\n")
        if url.path == "/who":
            return self.reply(200, ANSWERED_BY.encode())
        try:
            item = parse_qs(url.query).get("item", ["apple"])[0]
            self.reply(200, json.dumps(price_of(item)).encode())
        except OSError as error:
            self.reply(502, json.dumps({"service": "prices", "error": str(error)}).encode())

    def do_POST(self):
        self.reply(200, self.rfile.read(int(self.headers.get("content-length", "0"))))

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        if stopping.is_set():
            self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    server = Server(("0.0.0.0", PORT), Handler)

    def stop(*_):
        # The way of a good citizen: Services go on routing here for a moment after SIGTERM.
        stopping.set()
        threading.Timer(3, server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    print(f"prices listens on {PORT}", flush=True)
    # Not in the main thread: the handler of SIGTERM has to run while the server waits.
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    while serving.is_alive():
        serving.join(0.5)


if __name__ == "__main__":
    main()
