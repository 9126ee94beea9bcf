"""Answers every GET with a list of books; the port comes from PORT."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Books(BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"[{"title": "A book"}]\n"
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("", int(os.environ.get("PORT", "9090"))), Books).serve_forever()
