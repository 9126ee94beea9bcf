import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BOOKS = ["The Left Hand of Darkness", "The Dispossessed"]


class Catalog(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"books": BOOKS}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
ThreadingHTTPServer(("", int(os.environ.get("PORT", "8080"))), Catalog).serve_forever()
