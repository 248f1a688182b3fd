import Kernel
import Model
import Testing
import Topology

@Suite("Decoding of faults")
struct FaultDecodingTests {
    private func model(_ fault: String) throws -> ModelDescription {
        let sample = Sample(
            top: """
                zones: 2
                keyspaces: { k: { keys: 10 } }
                faults: { f: { \(fault) } }
                """,
            service: """
                    replicas: 4
                    caches: { one: { keyspace: k, capacity: 1 }, two: { keyspace: k, capacity: 1 } }
                    calls: { b: { timeout: 1 s, retries: { attempts: 3 } } }
                """, steps: "      - call: b\n")
        return try TopologyFile.parse(text: sample.text, name: "t.yaml", baseDirectory: "").model
    }

    private let a = ServiceID(0)
    private let b = ServiceID(1)

    @Test("Every effect")
    func effects() throws {
        var changed = CallPolicy()
        changed.retry = RetryPolicy(attempts: 1)
        let second = Distribution(.deterministic(value: 1))
        let effects: [(String, FaultEffect)] = [
            ("kill: { service: a }, at: 1 s", .kill(a, .all)),
            ("restart: { service: a, replicas: 2 }, at: 1 s", .restart(a, .count(2))),
            (
                "down: { services: [b, a], replicas: { zone: 1 } }, from: 1 s",
                .down([a, b], .zone(1, of: 2))
            ),
            ("down: { services: all }, from: 1 s", .down([a, b], .all)),
            ("zoneDown: 0, from: 1 s", .down([a, b], .zone(0, of: 2))),
            (
                "slow: { service: a, replicas: 50%, factor: 10 }, from: 1 s",
                .slow(a, .share(0.5), factor: 10)
            ),
            (
                "errors: { service: a, replicas: [3, 0], probability: 20% }, from: 1 s",
                .errors(a, .list([0, 3]), probability: 0.2)
            ),
            (
                "latency: { from: a, to: b, added: 1 s }, from: 1 s",
                .latency(from: a, to: b, added: second)
            ),
            (
                "loss: { from: a, to: b, probability: 1% }, from: 1 s",
                .loss(from: a, to: b, probability: 0.01)
            ),
            ("partition: { between: [a], and: [b] }, from: 1 s", .partition([a], [b])),
            ("flush: { service: a }, at: 1 s", .flush(a, cache: nil)),
            ("flush: { service: a, cache: two }, at: 1 s", .flush(a, cache: 1)),
            ("cores: { service: a, cores: 0 cores }, from: 1 s", .cores(a, 0)),
            (
                "change: { from: a, to: b, calls: { retries: { attempts: 1 }, timeout: 9 s } }, from: 1 s",
                .policy(from: a, to: b, changed, timeout: .seconds(9))
            ),
        ]
        for (text, effect) in effects {
            let fault = try model(text).faults[0]
            #expect(fault.effect == effect)
            #expect(fault.name == "f")
            #expect(fault.schedule == .window(from: .start + .seconds(1), until: nil))
        }
    }

    @Test("Every schedule")
    func schedules() throws {
        func schedule(_ text: String) throws -> FaultSchedule {
            try model("slow: { service: a, factor: 2 }, " + text).faults[0].schedule
        }
        #expect(
            try schedule("from: 0 s, until: 5 s")
                == .window(from: .start, until: .start + .seconds(5)))
        #expect(
            try schedule("every: { wait: { exponential: 60 s }, lasting: 2 s }")
                == .random(
                    wait: Distribution(.exponential(mean: 60)),
                    lasting: Distribution(.deterministic(value: 2))))
        #expect(
            try schedule("when: { metric: queue, above: 100, holding: 1 s, lasting: 10 s }")
                == .condition(
                    FaultCondition(metric: .queue, isAbove: true, bound: 100),
                    holding: .seconds(1), lasting: .seconds(10)))
        #expect(
            try schedule("when: { metric: readyReplicas, below: 2 }")
                == .condition(
                    FaultCondition(metric: .readyReplicas, isAbove: false, bound: 2),
                    holding: .zero, lasting: nil))
        #expect(
            try model("kill: { service: a }, every: { wait: 10 s }").faults[0].schedule
                == .random(
                    wait: Distribution(.deterministic(value: 10)),
                    lasting: Distribution(.deterministic(value: 0))))
    }
}
