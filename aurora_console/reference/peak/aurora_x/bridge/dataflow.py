"""Shows that data flows: nexus finds the bridge, which makes a task, the core solves it, the bridge tells the result.

    python -m aurora_x.bridge.dataflow --nexus http://127.0.0.1:5005 --core http://127.0.0.1:5000

Exits 0 when the sentence names the program that it should, 1 otherwise.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from aurora_x.service import call

SENTENCE = "turn 1 into 2 and 5 into 6"
PROGRAM = "add(x, 1)"


async def flow(nexus: str, core: str) -> str:
    """Send SENTENCE the whole way and return the sentence that comes back; raises OSError or ValueError."""
    deadline = time.monotonic() + 10
    while not (found := (await call(f"{nexus}/discover?capability=translate"))["services"]):
        if time.monotonic() > deadline:
            raise ValueError("nexus knows no service that translates")
        await asyncio.sleep(0.1)
    bridge = found[0]["url"]
    task = (await call(f"{bridge}/translate", {"sentence": SENTENCE}))["task"]
    result = await call(f"{core}/api/synthesize", {"examples": task["examples"]})
    return str((await call(f"{bridge}/describe", {"task": task, "result": result}))["sentence"])


def main() -> int:
    """Print the way's two ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--nexus", required=True)
    parser.add_argument("--core", required=True)
    options = parser.parse_args()
    try:
        sentence = asyncio.run(flow(options.nexus.rstrip("/"), options.core.rstrip("/")))
    except (OSError, ValueError) as error:
        print(f"no data flow: {error}", file=sys.stderr)
        return 1
    print(f"{SENTENCE!r} came back as {sentence!r}")
    return 0 if PROGRAM in sentence else 1


if __name__ == "__main__":
    sys.exit(main())
