"""Proportional scaling in another process: every service gets the replicas that carry its own load.

    python scripts/policies/proportional.py [tcp://127.0.0.1:5555]
    topple run topologies/scaling/abcd-spike.yaml --policy tcp://127.0.0.1:5555

As `metric: requests` of an autoscaler would: replicas = ceil(rate / (capacity * target)), unchanged while that
is within a tenth of what there is. docs/policies.md describes the messages.
"""
import json
import math
import sys

import zmq


def decide(described, seen):
    replicas = {}
    for name, service in described.items():
        rate = seen[name]["arrivalRate"]
        if not service["scales"] or rate is None or service["capacity"] is None:
            continue
        wanted = math.ceil(rate / (service["capacity"] * service["target"]))
        if abs(wanted - seen[name]["desired"]) > 0.1 * seen[name]["desired"]:
            replicas[name] = wanted  # Topple keeps it between the service's min and max.
    return {"type": "decision", "replicas": replicas, "reason": "requests for each replica"}


socket = zmq.Context().socket(zmq.REP)
socket.bind(sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5555")
while True:
    message = json.loads(socket.recv())
    answer = {"type": "end"}
    if message["type"] == "hello":
        services = message["services"]
        answer = {"type": "hello", "protocol": 1, "name": "proportional"}
    elif message["type"] == "observation":
        answer = decide(services, message["services"])
    socket.send_string(json.dumps(answer))
