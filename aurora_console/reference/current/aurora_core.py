"""Aurora's core: program synthesis over HTTP.

python aurora_core.py --port 5000 --data data
"""

from __future__ import annotations

import argparse
import signal
from pathlib import Path
from types import FrameType

import uvicorn

from aurora_api.app import Core, create_app


class _Server(uvicorn.Server):
    """A server whose searches give up as soon as it is asked to stop."""

    def __init__(self, config: uvicorn.Config, core: Core) -> None:
        super().__init__(config)
        self._core = core

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop on a signal."""
        self._core.stopping.set()
        super().handle_exit(sig, frame)


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description="Aurora's core")
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the database")
    options = parser.parse_args()
    app = create_app(options.data)
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=options.port,
        access_log=False,
        timeout_graceful_shutdown=3,
    )
    # uvicorn raises the signal again once it has shut down; a stop that was asked for is a success.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    server = _Server(config, app.state.core)
    server.run()
    if not server.started:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
