"""Services that call each other, in SimPy: written from the documentation, not from Topple's code."""

import random
from collections import deque

import simpy

from agreement import latency_metrics

SUCCESS, REJECTED, FAILED, TIMEOUT = "successes", "rejected", "failed", "timeout"


class Cores:
    """First come, first served."""

    def __init__(self, env, count):
        self.env, self.free, self.waiting = env, count, deque()
        self.work = 0.0

    def compute(self, duration):
        if self.free > 0:
            self.free -= 1
        else:
            turn = self.env.event()
            self.waiting.append(turn)
            yield turn
        yield self.env.timeout(duration)
        self.work += duration
        if self.waiting:
            self.waiting.popleft().succeed()
        else:
            self.free += 1


class SharedCores:
    """Processor sharing: all who compute share the cores evenly, none gets more than one."""

    def __init__(self, env, count):
        self.env, self.count, self.left, self.since = env, count, {}, 0.0
        self.work, self.change = 0.0, env.event()
        env.process(self.run())

    def speed(self):
        return min(1.0, self.count / len(self.left)) if self.left else 0.0

    def settle(self):
        done = (self.env.now - self.since) * self.speed()
        for key in self.left:
            self.left[key] -= done
        self.since = self.env.now

    def compute(self, duration):
        self.settle()
        finished = self.env.event()
        self.left[finished] = duration
        self.work += duration
        self.change.succeed()
        self.change = self.env.event()
        yield finished

    def run(self):
        while True:
            change = self.change
            if self.left:
                nearest = min(self.left, key=self.left.get)
                yield self.env.timeout(max(0.0, self.left[nearest]) / self.speed()) | change
                self.settle()
                for key in [key for key, left in self.left.items() if left <= 1e-12]:
                    del self.left[key]
                    key.succeed()
            else:
                yield change


class Replica:
    def __init__(self, env, service):
        self.service = service
        self.cores = service.cores_kind(env, service.cores)
        self.threads = service.threads
        self.busy = 0
        self.waiting = deque()


class Service:
    """`body(request)` is a generator of the service's steps; it returns an outcome."""

    def __init__(
        self, env, name, body, replicas=1, cores=1, threads=None, queue=None, held=True,
        cores_kind=Cores, priorities=False,
    ):  # fmt: skip
        self.env, self.name, self.body = env, name, body
        self.cores, self.threads, self.queue, self.held = cores, threads, queue, held
        self.cores_kind, self.priorities = cores_kind, priorities
        self.replicas = [Replica(env, self) for _ in range(replicas)]
        self.turn = 0
        self.latencies, self.outcomes = [], {SUCCESS: 0, REJECTED: 0, FAILED: 0}
        self.requests, self.present, self.area, self.last = 0, 0, 0.0, 0.0

    def count(self, change):
        self.area += self.present * (self.env.now - self.last)
        self.last = self.env.now
        self.present += change

    def serve(self, priority=0):
        """A process: takes a request, returns its outcome."""
        self.requests += 1
        replica = self.replicas[self.turn]
        self.turn = (self.turn + 1) % len(self.replicas)
        if self.threads is not None and replica.busy >= self.threads:
            if self.queue is not None and len(replica.waiting) >= self.queue:
                self.outcomes[REJECTED] += 1
                return REJECTED
        self.count(+1)
        arrived = self.env.now
        yield from self.take_thread(replica, priority)
        outcome = yield from self.body(Request(self, replica))
        self.give_thread_back(replica)
        self.count(-1)
        self.outcomes[outcome] += 1
        if outcome == SUCCESS:
            self.latencies.append(self.env.now - arrived)
        return outcome

    def take_thread(self, replica, priority=0):
        if self.threads is not None and replica.busy >= self.threads:
            turn = self.env.event()
            replica.waiting.append((priority, turn))
            yield turn
        else:
            replica.busy += 1

    def give_thread_back(self, replica):
        if not replica.waiting:
            replica.busy -= 1
            return
        index = 0
        if self.priorities:
            index = min(range(len(replica.waiting)), key=lambda i: (replica.waiting[i][0], i))
        _, turn = replica.waiting[index]
        del replica.waiting[index]
        turn.succeed()

    def metrics(self, duration):
        self.count(0)
        work = sum(replica.cores.work for replica in self.replicas)
        metrics = latency_metrics(self.name, self.latencies)
        metrics[f"{self.name} utilisation"] = work / duration / len(self.replicas) / self.cores
        metrics[f"{self.name} in system"] = self.area / duration
        metrics[f"{self.name} rejected"] = self.outcomes[REJECTED]
        return metrics


class Request:
    def __init__(self, service, replica):
        self.env, self.service, self.replica = service.env, service, replica

    def compute(self, duration):
        yield from self.replica.cores.compute(duration)

    def call(self, callee, latency, timeout=None, attempts=1, retried=(REJECTED,)):
        """One call at a time; returns the outcome of the last attempt."""
        for attempt in range(attempts):
            outcome = yield from attempt_call(self.env, callee, latency, timeout)
            if outcome == SUCCESS or outcome not in retried:
                break
        return outcome


def attempt_call(env, callee, latency, timeout):
    def there_and_back():
        yield env.timeout(latency)
        outcome = yield env.process(callee.serve())
        yield env.timeout(latency)
        return outcome

    answer = env.process(there_and_back())
    if timeout is None:
        return (yield answer)
    yield answer | env.timeout(timeout)
    return answer.value if answer.triggered else TIMEOUT


class Users:
    """Users of one service: what they see."""

    def __init__(self, env, name="users"):
        self.env, self.name, self.latencies = env, name, []
        self.seen = {SUCCESS: 0, REJECTED: 0, FAILED: 0, TIMEOUT: 0}
        self.requests, self.late = 0, 0

    def open(self, service, rate, greatest, timeout=None, priority=0):
        """A process: a Poisson stream of `rate(t)`, by thinning."""
        while True:
            yield self.env.timeout(random.expovariate(greatest))
            if random.random() * greatest < rate(self.env.now):
                self.env.process(self.ask(service, timeout, priority))

    def closed(self, service, think):
        """A process: one user who waits for the answer and then thinks."""
        while True:
            yield self.env.timeout(think())
            yield self.env.process(self.ask(service, None, 0))

    def ask(self, service, timeout, priority):
        self.requests += 1
        sent = self.env.now
        answer = self.env.process(service.serve(priority))
        if timeout is not None:
            yield answer | self.env.timeout(timeout)
            if not answer.triggered:
                self.seen[TIMEOUT] += 1
                yield answer
                self.late += 1
                return
        else:
            yield answer
        self.seen[answer.value] += 1
        if answer.value == SUCCESS:
            self.latencies.append(self.env.now - sent)

    def metrics(self):
        metrics = latency_metrics(self.name, self.latencies)
        metrics[f"{self.name} requests"] = self.requests
        for outcome in (REJECTED, FAILED, TIMEOUT):
            metrics[f"{self.name} {outcome}"] = self.seen[outcome]
        metrics[f"{self.name} late"] = self.late
        return metrics


def run(seed, duration, build):
    """`build(env)` returns the parts of a network, each with metrics."""
    random.seed(seed)
    env = simpy.Environment()
    users, services = build(env)
    env.run(until=duration)
    metrics = {}
    for part in users:
        metrics |= part.metrics()
    for service in services:
        metrics |= service.metrics(duration)
    return metrics
