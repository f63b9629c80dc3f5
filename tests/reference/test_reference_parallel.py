from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.reference.conftest import Services, free_port, wait_for


def get(url: str) -> Any:
    return httpx.get(url, timeout=10).json()


def post(url: str, body: Any) -> Any:
    return httpx.post(url, json=body, timeout=30).json()


def start_learn(services: Services, core: str, data: Path, interval: str = "3600") -> str:
    options = ["--core", core, "--data", str(data), "--interval", interval]
    return services.start("aurora_x.learn", *options, port=free_port())


def test_learn_prefers_the_operators_of_solved_tasks(core: str, services: Services, tmp_path: Path) -> None:
    """Weights add up to 1, none is zero, and the costs learned are ones that the core takes."""
    post(f"{core}/api/chat", {"message": "1->3, 2->5, 3->7"})
    learn = start_learn(services, core, tmp_path / "learned")
    # The daemon learns at its start, too: whichever comes first counts the task, once.
    post(f"{learn}/learn", {})
    assert post(f"{learn}/learn", {}) == {"learned": 0, "learned_from": 1}
    learned = get(f"{learn}/weights")
    assert abs(sum(learned["weights"].values()) - 1) < 1e-9
    assert learned["weights"]["add"] == max(learned["weights"].values())
    assert min(learned["weights"].values()) > 0
    assert learned["weights"].keys() == {o["name"] for o in get(f"{core}/api/operators")["operators"]}
    assert json.loads((tmp_path / "learned" / "weights.json").read_text())["weights"] == learned["weights"]
    task = {"examples": [{"input": 2, "output": 4}, {"input": 3, "output": 6}], "costs": learned["costs"]}
    assert post(f"{core}/api/synthesize", task)["solved"]


def test_learn_keeps_what_it_learned_and_survives_a_damaged_file(core: str, services: Services, tmp_path: Path) -> None:
    """After a restart nothing is counted twice; a damaged file is learned anew."""
    post(f"{core}/api/chat", {"message": "1->2, 5->6"})
    post(f"{start_learn(services, core, tmp_path / 'learned')}/learn", {})
    assert services.stop_all() == [0]
    again = start_learn(services, core, tmp_path / "learned")
    assert post(f"{again}/learn", {}) == {"learned": 0, "learned_from": 1}
    assert services.stop_all() == [0, 0]
    (tmp_path / "learned" / "weights.json").write_text('{"counts": ')
    anew = start_learn(services, core, tmp_path / "learned")
    post(f"{anew}/learn", {})
    assert get(f"{anew}/health")["learned_from"] == 1


def test_learn_waits_for_a_core_that_is_not_there(services: Services, tmp_path: Path) -> None:
    """It is healthy, says what it lacks, and answers 503 when asked to learn now."""
    learn = start_learn(services, f"http://127.0.0.1:{free_port()}", tmp_path / "learned", "0.1")
    wait_for(lambda: "refused" in get(f"{learn}/health")["core"], "learn telling of the missing core")
    assert httpx.post(f"{learn}/learn").status_code == 503


def test_bridge_translates_there_and_back(core: str, services: Services) -> None:
    """A sentence becomes a typed task that the core solves; the result becomes a sentence."""
    nowhere = f"http://127.0.0.1:{free_port()}"
    bridge = services.start("aurora_x.bridge", "--core", core, "--nexus", nowhere, port=free_port())
    task = post(f"{bridge}/translate", {"sentence": 'turn "ab" into "ba", and "xyz" to "zyx"'})["task"]
    assert (task["takes"], task["gives"], len(task["examples"])) == ("str", "str", 2)
    result = post(f"{core}/api/synthesize", {"examples": task["examples"]})
    sentence = post(f"{bridge}/describe", {"task": task, "result": result})["sentence"]
    assert sentence.startswith("mirror(x) is a program from a text to a text")
    unsolved = result | {"solved": False, "reason": "not found within 2 s"}
    assert "not found within 2 s" in post(f"{bridge}/describe", {"task": task, "result": unsolved})["sentence"]
    for path, body in (
        ("translate", {"sentence": "make it nice"}),
        ("translate", {"sentence": '1 to 2, "a" to 3'}),
        ("translate", {}),
        ("describe", {"task": {}, "result": {}}),
        ("describe", {"task": task, "result": 1}),
    ):
        assert httpx.post(f"{bridge}/{path}", json=body).status_code == 400, (path, body)


def test_services_find_each_other_and_exchange_messages(core: str, services: Services, tmp_path: Path) -> None:
    """The bridge registers although nexus comes later; messages go from each to the next and come back."""
    nexus_port = free_port()
    nexus = f"http://127.0.0.1:{nexus_port}"
    options = ["--core", core, "--nexus", nexus, "--interval", "0.2"]
    bridge = services.start("aurora_x.bridge", *options, port=free_port())
    assert services.start("luminar_nexus", port=nexus_port) == nexus
    learn = start_learn(services, core, tmp_path / "learned")
    found = wait_for(lambda: get(f"{nexus}/discover?capability=translate")["services"], "the registration")
    assert [(service["name"], service["url"], service["health"]) for service in found] == [("bridge", bridge, "ok")]
    assert get(f"{nexus}/discover?capability=cook")["services"] == []
    for via, to, names in ((core, learn, ("core", "learn")), (bridge, nexus, ("bridge", "nexus"))):
        reply = post(f"{via}/exchange", {"id": "m1", "payload": {"n": [1]}, "to": to})
        assert reply == {"id": "m1", "via": names[0], "reply": {"id": "m1", "from": names[1], "echo": {"n": [1]}}}
    gone = httpx.post(f"{bridge}/exchange", json={"id": 1, "payload": 1, "to": f"http://127.0.0.1:{free_port()}"})
    assert gone.status_code == 502
    flow = [sys.executable, "-m", "aurora_x.bridge.dataflow", "--nexus", nexus, "--core", core]
    done = subprocess.run(flow, cwd=services.tree, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "add(x, 1)" in done.stdout
    assert services.stop_all() == [0, 0, 0]


def test_nexus_stops_naming_a_service_that_fell_silent(services: Services) -> None:
    """It is late first, and then forgotten."""
    nexus = services.start("luminar_nexus", "--ttl", "0.5", port=free_port())
    entry = {"name": "probe", "url": "http://127.0.0.1:9", "capabilities": ["look"]}
    assert post(f"{nexus}/register", entry) == {"registered": "probe", "ttl": 0.5}
    wait_for(lambda: [s["health"] for s in get(f"{nexus}/services")["services"]] == ["late"], "being late")
    assert get(f"{nexus}/discover?capability=look")["services"] == []
    wait_for(lambda: get(f"{nexus}/services")["services"] == [], "being forgotten")
    assert httpx.post(f"{nexus}/register", json=entry | {"url": "http://example.com"}).status_code == 400


def test_a_service_whose_port_is_taken_ends_with_an_error(core: str, services: Services, tmp_path: Path) -> None:
    """Nothing answers in its place."""
    port = core.rpartition(":")[2]
    command = [sys.executable, "-m", "aurora_x.learn", "--port", port, "--data", str(tmp_path / "learned")]
    done = subprocess.run(command, cwd=services.tree, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "address already in use" in done.stderr
