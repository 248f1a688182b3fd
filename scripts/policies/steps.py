"""A short random search over the step API: which load a replica shall have, in requests a second.

    topple step topologies/scaling/abcd-spike.yaml --bind tcp://127.0.0.1:5556 --duration "10 min"
    python scripts/policies/steps.py [tcp://127.0.0.1:5556] [--tries 8] [--price 0.001]

Each try runs the topology once with proportional scaling at a random target and adds up the cost: error-seconds
plus the price of replica-seconds. docs/policies.md describes the messages.
"""
import argparse
import json
import math
import random

import zmq


class Environment:
    """A client of `topple step`: one request, one reply."""

    def __init__(self, endpoint):
        self.socket = zmq.Context().socket(zmq.REQ)
        self.socket.setsockopt(zmq.RCVTIMEO, 60_000)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(endpoint)

    def request(self, kind, **fields):
        self.socket.send_string(json.dumps({"type": kind, **fields}))
        reply = json.loads(self.socket.recv())
        if reply["type"] == "error":
            raise SystemExit(f"{reply['message']}\n  fix: {reply['fix']}")
        return reply


def episode(environment, target, price, seed):
    """Runs once with so many requests a second for each replica; returns the cost and the last state."""
    state = environment.request("reset", seed=seed)
    scaled = [name for name, service in state["hello"]["services"].items() if service["scales"]]
    cost = state["reward"]["errorSeconds"] + price * state["reward"]["replicaSeconds"]
    while not state["done"]:
        rates = {name: state["services"][name]["arrivalRate"] for name in scaled}
        replicas = {name: math.ceil(rate / target) for name, rate in rates.items() if rate is not None}
        state = environment.request("advance", replicas=replicas)
        cost += state["reward"]["errorSeconds"] + price * state["reward"]["replicaSeconds"]
    return cost, state


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("endpoint", nargs="?", default="tcp://127.0.0.1:5556")
    parser.add_argument("--tries", type=int, default=8)
    parser.add_argument("--price", type=float, default=0.001, help="error-seconds for a replica-second")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    environment = Environment(arguments.endpoint)
    draw = random.Random(arguments.seed)
    results = []
    for _ in range(arguments.tries):
        target = round(draw.uniform(40, 180), 1)
        cost, state = episode(environment, target, arguments.price, arguments.seed)
        figures = state["figures"]
        print(
            f"{target:6.1f} req/s a replica: cost {cost:8.3f}, error-seconds {figures['errorSeconds']:7.2f}, "
            f"replica-seconds {figures['replicaSeconds']:9.0f}, digest {state['digest']}"
        )
        results.append((cost, target))
    cost, target = min(results)
    print(f"best: {target} req/s a replica, cost {cost:.3f}")
    environment.request("close")


if __name__ == "__main__":
    main()
