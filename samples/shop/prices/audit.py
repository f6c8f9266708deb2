"""Notes what "prices" was asked for; answers on the pod's own localhost alone, as proxies and agents of a pod do."""

import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

entries = count(1)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = str(next(entries)).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
ThreadingHTTPServer(("127.0.0.1", 7000), Handler).serve_forever()
