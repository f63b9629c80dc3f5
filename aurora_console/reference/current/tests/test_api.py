"""The core as it runs: a process of its own, asked over HTTP."""

import json
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRIMES = [{"input": n, "output": p} for n, p in enumerate((2, 3, 5, 7, 11, 13, 17), 1)]


class ApiTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        cls.url = f"http://127.0.0.1:{port}"
        cls.data = Path(folder.name)
        cls.core = subprocess.Popen(
            [sys.executable, "-B", "aurora_core.py", "--port", str(port), "--data", folder.name],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        cls.addClassCleanup(cls.stop)
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline and cls.core.poll() is None:
            try:
                urllib.request.urlopen(f"{cls.url}/health", timeout=2).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("the core did not answer")

    @classmethod
    def stop(cls):
        cls.core.send_signal(signal.SIGTERM)
        assert cls.core.wait(timeout=10) == 0, "the core did not stop cleanly"

    def ask(self, path, body=None):
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, data), timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def test_health_and_status(self):
        self.assertEqual(self.ask("/health")[1]["status"], "ok")
        status, body = self.ask("/api/status")
        self.assertEqual((status, body["service"]), (200, "core"))

    def test_synthesize_solves_explains_and_keeps(self):
        examples = [{"input": 1, "output": 3}, {"input": 2, "output": 5}, {"input": 3, "output": 7}]
        for _ in range(2):
            status, body = self.ask("/api/synthesize", {"examples": examples})
            self.assertEqual((status, body["solved"], body["program"]), (200, True, "add(add(x, x), 1)"))
            self.assertTrue(body["steps"])
            self.assertGreater(body["nodes"], 0)
        solved = self.ask("/api/solved")[1]["solved"]
        self.assertEqual([s["program"] for s in solved].count("add(add(x, x), 1)"), 1)
        self.assertTrue((self.data / "solved.db").exists())

    def test_a_hard_task_holds_nobody_up(self):
        answers = []
        ask = threading.Thread(
            target=lambda: answers.append(self.ask("/api/synthesize", {"examples": PRIMES, "seconds": 1}))
        )
        ask.start()
        while ask.is_alive() and not self.ask("/api/status")[1]["searching"]:
            time.sleep(0.01)
        self.assertEqual(self.ask("/health")[0], 200)
        self.assertTrue(ask.is_alive(), "health was answered only after the search")
        ask.join()
        self.assertFalse(answers[0][1]["solved"])
        self.assertIn("not found within", answers[0][1]["reason"])

    def test_bad_input_is_refused_with_a_reason(self):
        for path, body, status in (
            ("/api/synthesize", b"{", 400),
            ("/api/synthesize", [], 400),
            ("/api/synthesize", {}, 400),
            ("/api/synthesize", {"examples": [{"input": 1, "output": None}]}, 400),
            ("/api/synthesize", {"examples": PRIMES, "seconds": 11}, 400),
            ("/api/synthesize", {"examples": PRIMES, "costs": {"none": 1}}, 400),
            ("/api/synthesize", b" " * 70_000, 413),
            ("/api/chat", {"message": 3}, 400),
            ("/api/chat", {"message": '1->"a", "b"->2'}, 400),
            ("/api/solved?after=x", None, 400),
            ("/exchange", {"id": 1, "payload": 1, "to": "http://example.com"}, 400),
        ):
            with self.subTest(f"{path} {str(body)[:40]}"):
                answer = self.ask(path, body)
                self.assertEqual(answer[0], status)
                self.assertTrue(answer[1]["error"])

    def test_chat(self):
        self.assertIn("add(x, 1)", self.ask("/api/chat", {"message": "1->2, 5->6"})[1]["reply"])
        self.assertIn("x plus 1", self.ask("/api/chat", {"message": "explain 1->2, 5->6"})[1]["reply"])
        self.assertIn("I am well", self.ask("/api/chat", {"message": "status"})[1]["reply"])
        self.assertIn("do not understand", self.ask("/api/chat", {"message": "sing"})[1]["reply"])

    def test_manager_counts(self):
        def health():
            routes = self.ask("/api/manager")[1]["routes"]
            return next(route for route in routes if route["path"] == "/health")

        before = health()["calls"]
        self.ask("/health")
        self.assertEqual((health()["calls"], health()["state"]), (before + 1, "ready"))

    def test_page_has_the_chat_and_no_outside_assets(self):
        with urllib.request.urlopen(f"{self.url}/", timeout=5) as answer:
            page = answer.read().decode()
        self.assertIn('<form id="chat">', page)
        self.assertNotIn("://", page)

    def test_exchange_answers_and_passes_on(self):
        self.assertEqual(
            self.ask("/exchange", {"id": 7, "payload": "hi"}), (200, {"id": 7, "from": "core", "echo": "hi"})
        )
        reply = self.ask("/exchange", {"id": 7, "payload": "hi", "to": self.url})[1]
        self.assertEqual(reply, {"id": 7, "via": "core", "reply": {"id": 7, "from": "core", "echo": "hi"}})


if __name__ == "__main__":
    unittest.main()
