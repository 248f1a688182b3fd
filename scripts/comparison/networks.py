"""The networks that are compared, each as a topology and as models of other simulators."""

import math
from dataclasses import dataclass
from random import expovariate, random
from typing import Callable

import ciw
from ciw.dists import Deterministic, Exponential, Gamma, HyperExponential, Lognormal

import with_ciw
import with_simpy
from with_simpy import FAILED, SUCCESS, Service, SharedCores, Users

LATENCY = 0.0005


@dataclass
class Network:
    name: str
    about: str
    topology: str
    duration: float
    metrics: list[str]
    # By simulator: seed and duration to metrics of one run. Metrics it does not have are left out.
    references: dict[str, Callable[[int, float], dict[str, float]]]


def latency(*names):
    return [f"{name} {key}" for name in names for key in ("count", "mean", "p50", "p90", "p99")]


def load(*names):
    return [f"{name} {key}" for name in names for key in ("utilisation", "in system")]


def exponential(mean):
    return lambda: expovariate(1 / mean)


def calling(compute, callee, **call):
    """The steps: compute, then call; a call that fails fails the request."""

    def body(request):
        if compute:
            yield from request.compute(compute())
        if callee:
            outcome = yield from request.call(callee, LATENCY, **call)
            return SUCCESS if outcome == SUCCESS else FAILED
        return SUCCESS

    return body


# Three in a row


def chain_in_simpy(seed, duration):
    def build(env):
        back = Service(env, "back", calling(exponential(0.007), None), cores=1)
        middle = Service(env, "middle", calling(exponential(0.030), back), cores=4)
        front = Service(env, "front", calling(exponential(0.015), middle), cores=2)
        users = Users(env)
        env.process(users.open(front, lambda t: 90, 90))
        return [users], [front, middle, back]

    return with_simpy.run(seed, duration, build)


def chain_in_ciw(seed, duration):
    return with_ciw.run(
        seed, duration, ["front", "middle", "back"],
        hops={"middle": 2 * LATENCY, "back": 2 * LATENCY},
        arrival_distributions=[Exponential(90), None, None],
        service_distributions=[Exponential(1 / 0.015), Exponential(1 / 0.030), Exponential(1 / 0.007)],
        number_of_servers=[2, 4, 1],
        routing=[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]],
    )  # fmt: skip


# A queue that is full now and then


def finite_queue_in_simpy(seed, duration):
    def build(env):
        server = Service(env, "server", calling(exponential(0.020), None), cores=2, threads=2, queue=3)
        users = Users(env)
        env.process(users.open(server, lambda t: 120, 120))
        return [users], [server]

    return with_simpy.run(seed, duration, build)


def finite_queue_in_ciw(seed, duration):
    return with_ciw.run(
        seed, duration, ["server"],
        arrival_distributions=[Exponential(120)],
        service_distributions=[Exponential(50)],
        number_of_servers=[2],
        queue_capacities=[3],
        routing=[[0.0]],
    )  # fmt: skip


# Routing, and other distributions


def lognormal(mean, cv):
    sigma = math.sqrt(math.log(1 + cv * cv))
    return Lognormal(math.log(mean) - sigma * sigma / 2, sigma)


def routing_in_ciw(seed, duration):
    return with_ciw.run(
        seed, duration, ["entry", "left", "right", "store"],
        hops={"left": 2 * LATENCY, "right": 2 * LATENCY, "store": 2 * LATENCY},
        arrival_distributions=[Exponential(110), None, None, None],
        service_distributions=[
            Gamma(2, 0.006), lognormal(0.025, 1.0), HyperExponential([100, 25], [0.9, 0.1]),
            Deterministic(0.012),
        ],
        number_of_servers=[2, 3, 1, 1],
        routing=[[0.0, 2 / 3, 1 / 3, 0.0], [0.0, 0.0, 0.0, 0.3], [0.0, 0.0, 0.0, 1.0], [0.0] * 4],
    )  # fmt: skip


# Users who give up


def impatient_in_simpy(seed, duration):
    def build(env):
        server = Service(env, "server", calling(exponential(0.018), None), cores=2)
        users = Users(env)
        env.process(users.open(server, lambda t: 85, 85, timeout=0.080))
        return [users], [server]

    return with_simpy.run(seed, duration, build)


# The founding example: threads that are held, full queues, time-outs, a spike


def spike_in_simpy(seed, duration):
    def build(env):
        def service(name, cores, threads, queue, compute, callee, timeout):
            body = calling(exponential(compute), callee, timeout=timeout)
            return Service(env, name, body, replicas=2, cores=cores, threads=threads, queue=queue)

        d = service("d", 1, 20, 50, 0.012, None, None)
        c = service("c", 2, 40, 100, 0.010, d, 0.250)
        b = service("b", 2, 60, 100, 0.008, c, 0.500)
        a = service("a", 2, 100, 200, 0.005, b, 1.0)
        users = Users(env, "shoppers")
        rate = lambda t: 240 if 60 <= t < 180 else 80  # noqa: E731
        env.process(users.open(a, rate, 240, timeout=2.0))
        return [users], [a, b, c, d]

    return with_simpy.run(seed, duration, build)


# Retries


def retries_in_simpy(seed, duration):
    def build(env):
        server = Service(env, "server", calling(exponential(0.020), None), cores=2, threads=2, queue=2)
        clients = Service(env, "clients", calling(None, server, attempts=3))
        users = Users(env)
        env.process(users.open(clients, lambda t: 90, 90))
        return [users], [clients, server]

    return with_simpy.run(seed, duration, build)


# Users who wait


def closed_in_simpy(seed, duration):
    def build(env):
        back = Service(env, "back", calling(exponential(0.012), None), cores=1)
        front = Service(env, "front", calling(exponential(0.010), back), cores=2)
        users = Users(env)
        for _ in range(12):
            env.process(users.closed(front, exponential(0.100)))
        return [users], [front, back]

    return with_simpy.run(seed, duration, build)


# Processor sharing


def sharing_in_ciw(seed, duration):
    return with_ciw.run(
        seed, duration, ["server"],
        arrival_distributions=[Exponential(90)],
        service_distributions=[HyperExponential([100, 1 / 0.06], [0.9, 0.1])],
        number_of_servers=[float("inf")],
        ps_thresholds=[2],
        routing=[[0.0]],
        node_class=ciw.PSNode,
    )  # fmt: skip


def sharing_in_simpy(seed, duration):
    def draw():
        return expovariate(100 if random() < 0.9 else 1 / 0.06)

    def build(env):
        server = Service(env, "server", calling(draw, None), cores=2, cores_kind=SharedCores)
        users = Users(env)
        env.process(users.open(server, lambda t: 90, 90))
        return [users], [server]

    return with_simpy.run(seed, duration, build)


# Priorities


def priority_in_simpy(seed, duration):
    def build(env):
        body = calling(exponential(0.020), None)
        server = Service(env, "server", body, cores=2, threads=2, priorities=True)
        urgent, batch = Users(env, "urgent"), Users(env, "batch")
        env.process(urgent.open(server, lambda t: 30, 30, priority=0))
        env.process(batch.open(server, lambda t: 50, 50, priority=1))
        return [urgent, batch], [server]

    return with_simpy.run(seed, duration, build)


def priority_in_ciw(seed, duration):
    return with_ciw.run(
        seed, duration, ["server"], users={"Urgent": "urgent", "Batch": "batch"},
        arrival_distributions={"Urgent": [Exponential(30)], "Batch": [Exponential(50)]},
        service_distributions={"Urgent": [Exponential(50)], "Batch": [Exponential(50)]},
        priority_classes={"Urgent": 0, "Batch": 1},
        number_of_servers=[2],
        routing={"Urgent": [[0.0]], "Batch": [[0.0]]},
    )  # fmt: skip


NETWORKS = [
    Network(
        "chain", "three services in a row, M/M/c", "chain.yaml", 200,
        latency("users", "front", "middle", "back") + load("front", "middle", "back"),
        {"ciw": chain_in_ciw, "simpy": chain_in_simpy},
    ),
    Network(
        "finite-queue", "M/M/2/5", "finite-queue.yaml", 400,
        latency("users", "server") + load("server") + ["server rejected"],
        {"ciw": finite_queue_in_ciw, "simpy": finite_queue_in_simpy},
    ),
    Network(
        "routing", "calls by chance, M/G/c", "routing.yaml", 200,
        latency("users"), {"ciw": routing_in_ciw},
    ),
    Network(
        "impatient", "time-outs and late answers", "impatient.yaml", 400,
        latency("users", "server") + load("server") + ["users timeout", "users late"],
        {"simpy": impatient_in_simpy},
    ),
    Network(
        "spike", "threads held during calls, full queues, time-outs, a spike of load",
        "../../topologies/spike-abcd.yaml", 240,
        # The 99th percentiles lie where full queues begin, and vary too much to compare.
        [metric for metric in latency("shoppers", "a", "b", "c", "d") if "p99" not in metric]
        + load("a", "b", "c", "d")
        + [f"{name} rejected" for name in "abcd"]
        + ["shoppers rejected", "shoppers failed", "shoppers timeout", "shoppers requests"],
        {"simpy": spike_in_simpy},
    ),
    Network(
        "retries", "calls tried again when rejected", "retries.yaml", 300,
        latency("users", "server") + load("server") + ["server rejected", "users failed"],
        {"simpy": retries_in_simpy},
    ),
    Network(
        "closed", "users who wait for their answer", "closed.yaml", 300,
        latency("users", "front", "back") + load("front", "back"),
        {"simpy": closed_in_simpy},
    ),
    Network(
        "sharing", "processor sharing", "sharing.yaml", 200,
        latency("users") + load("server"),
        {"ciw": sharing_in_ciw, "simpy": sharing_in_simpy},
    ),
    Network(
        "priority", "two classes of priority", "priority.yaml", 900,
        latency("urgent", "batch") + load("server"),
        {"ciw": priority_in_ciw, "simpy": priority_in_simpy},
    ),
]  # fmt: skip
