import Kernel
import Model
import Testing
import Topology

private func parse(_ text: String) throws -> ModelDescription {
    try TopologyFile.parse(text: text, name: "t.yaml", baseDirectory: "").model
}

private let callingB = "      - call: b\n"

@Suite("Decoding of steps and calls")
struct CallDecodingTests {
    private let plain = CallDescription(
        target: ServiceID(1), requestLatency: Distribution(.deterministic(value: 0.0005)),
        responseLatency: Distribution(.deterministic(value: 0.0005)))

    @Test("Steps of every kind")
    func steps() throws {
        let text = Sample(
            steps: """
                      - parallel: { calls: [b, b], need: 1 }
                      - parallel: { calls: [b, b], need: first }
                      - parallel: { calls: [b, b], need: all }
                      - parallel: { calls: [b, b] }
                      - delay: { exponential: 10 ms }
                      - fail: 5%
                      - sometimes: { probability: 5%, steps: [{ compute: 1 ms }, { call: b }] }
                      - repeat: { times: 3, steps: [{ repeat: { times: 2, steps: [{ delay: 1 ms }] } }] }
                      - send: b
                      - send: { service: b, probability: 10% }

                """
        ).text
        let millisecond = Distribution(.deterministic(value: 0.001))
        var forgotten = plain
        forgotten.isForgotten = true
        var rare = forgotten
        rare.probability = 0.1
        #expect(
            try parse(text).services[0].endpoints[0].steps == [
                .gather([plain, plain], needed: 1), .gather([plain, plain], needed: 1),
                .call([plain, plain]), .call([plain, plain]),
                .delay(Distribution(.exponential(mean: 0.01))), .fail(probability: 0.05),
                .maybe(probability: 0.05, [.compute(millisecond), .call([plain])]),
                .repeated(3, [.repeated(2, [.delay(millisecond)])]), .call([forgotten]),
                .call([rare]),
            ])
    }

    @Test("Choices go by weight, or by ready replicas of which the caller is told")
    func choices() throws {
        let text = Sample(
            service: "    calls: { b: { balancing: random } }",
            steps: """
                      - choose: [b, { service: b, weight: 3 }]
                      - choose: { calls: [b] }
                      - choose: { by: replicas, calls: [b, { service: b, weight: 3 }] }

                """
        ).text
        let both = [WeightedCall(weight: 1, call: plain), WeightedCall(weight: 3, call: plain)]
        #expect(
            try parse(text).services[0].endpoints[0].steps == [
                .oneOf(both), .oneOf([both[0]]), .oneByReplicas(both),
            ])
        let pinned = text.replacing("balancing: random", with: "pool: { size: 1, pinned: true }")
        #expect(try parse(pinned).services[0].endpoints[0].steps.last == .oneByReplicas(both))
    }

    @Test("Forecasts take the replicas of the start for a choice by replicas")
    func expectedChoices() throws {
        let model = try parse(
            """
            services:
              a:
                calls: { b: { balancing: random }, c: { balancing: random } }
                steps: [{ choose: { by: replicas, calls: [{ service: b, weight: 2 }, c] } }]
              b: { replicas: 3, steps: [] }
              c: { replicas: 4, steps: [], scaling: { max: 9 } }
            arrivals: { u: { to: a, rate: 1 req/s } }
            """)
        #expect(
            LoadForecast.visitsPerRequest(to: ServiceID(0), endpoint: 0, in: model)
                == [1, 0.6, 0.4])
    }

    @Test("How a service calls another, in every way")
    func policies() throws {
        func policy(_ text: String) throws -> CallPolicy? {
            let sample = Sample(service: "    calls: { b: { \(text) } }", steps: callingB)
            return try parse(sample.text).services[0].policies[ServiceID(1)]
        }
        func expect(
            _ text: String, _ change: (inout CallPolicy) -> Void,
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            var expected = CallPolicy()
            change(&expected)
            #expect(try policy(text) == expected, sourceLocation: sourceLocation)
        }
        #expect(try policy("timeout: 1 s") == nil)
        try expect("retries: { attempts: 4 }") { $0.retry = RetryPolicy(attempts: 4) }
        try expect(
            "retries: { attempts: 4, backoff: { base: 1 s, factor: 3, cap: 9 s, jitter: equal }, on: [timeout, refused], within: 5 s }"
        ) {
            $0.retry = RetryPolicy(
                attempts: 4,
                backoff: BackoffDescription(
                    base: .seconds(1), factor: 3, cap: .seconds(9), jitter: .equal),
                on: [.timeout, .refused], within: .seconds(5))
        }
        try expect("budget: { ratio: {} }") {
            $0.budget = .ratio(0.2, minimum: 10, window: .seconds(10))
        }
        try expect("budget: { tokens: { maximum: 20, ratio: 0.5 } }") {
            $0.budget = .tokens(maximum: 20, ratio: 0.5)
        }
        try expect("budget: { bucket: {} }") { $0.budget = .bucket(capacity: 100, ratio: 0.1) }
        try expect("budget: { concurrent: 3 }") { $0.budget = .concurrent(3) }
        try expect("budget: { share: { share: 10%, window: 60 s } }") {
            $0.budget = .share(0.1, window: .seconds(60))
        }
        try expect("hedge: { after: 20 ms }") {
            $0.hedge = HedgePolicy(delay: .fixed(.milliseconds(20)))
        }
        try expect("hedge: { quantile: 95%, most: 2, cap: 5% }") {
            $0.hedge = HedgePolicy(delay: .quantile(0.95), most: 2, cap: 0.05)
        }
        try expect("breaker: { consecutive: 5, openFor: 30 s }") {
            $0.breaker = CircuitBreakerDescription(trip: .consecutive(5), openFor: .seconds(30))
        }
        try expect("breaker: { rate: { share: 50%, minimum: 9 }, openFor: 1 s, probes: 3 }") {
            $0.breaker = CircuitBreakerDescription(
                trip: .rate(0.5, window: .seconds(10), minimum: 9), openFor: .seconds(1), probes: 3)
        }
        try expect("bulkhead: { size: 25, queue: 0, wait: 0 s }") {
            $0.pool = PoolDescription(size: 25, queue: 0, wait: .zero)
        }
        try expect("pool: { size: 10, setup: 5 ms, idle: 60 s, order: least-recent, pinned: true }")
        {
            $0.pool = PoolDescription(
                size: 10, setup: Distribution(.deterministic(value: 0.005)), idle: .seconds(60),
                order: .leastRecent, isPinned: true)
        }
        try expect("throttle: { multiplier: 1.1 }") {
            $0.throttle = ThrottleDescription(multiplier: 1.1)
        }
        try expect("ejection: { consecutive: 3, most: 50% }") {
            $0.ejection = EjectionDescription(consecutive: 3, most: 0.5)
        }
        try expect("balancing: two-choices, propagateDeadline: true, cancel: true") {
            $0.balancing = .twoChoices
            $0.propagatesDeadline = true
            $0.cancels = true
        }
        try expect("balancing: { weighted: [2] }") { $0.balancing = .weighted([2]) }
        try expect("balancing: { subset: 3 }") { $0.balancing = .subset(3) }
    }

    @Test(
        "The file's `calls` hold for every edge; a service changes single parts; a call its time-out"
    )
    func inheritance() throws {
        let text = Sample(
            top: "calls: { timeout: 1 s, retries: { attempts: 3 }, budget: { concurrent: 2 } }",
            service: "    calls: { b: { retries: { attempts: 2 } } }",
            steps: "      - call: b\n      - call: { service: b, timeout: 5 s }\n      - send: b\n"
        ).text
        let service = try parse(text).services[0]
        #expect(
            service.endpoints[0].calls.map(\.timeout) == [.seconds(1), .seconds(5), nil])
        var expected = CallPolicy()
        expected.retry = RetryPolicy(attempts: 2)
        expected.budget = .concurrent(2)
        #expect(service.policies == [ServiceID(1): expected])
    }

    @Test("Shards cannot be left out")
    func ejectedShards() {
        func found(_ policy: String) -> [TopologyDiagnostic] {
            errors(
                """
                keyspaces: { k: { keys: 10 } }
                services:
                  a:
                    calls: { b: { \(policy) } }
                    steps: [{ call: b.read }]
                  b:
                    balancing: by-key
                    endpoints: { read: { keyspace: k, steps: [{ compute: 1 ms }] } }
                arrivals: { u: { to: a, rate: 1 req/s } }
                """)
        }
        let messages = found("ejection: {}").map(\.message)
        #expect(messages.contains { $0.contains("do not have their keys") })
        #expect(found("ejection: {}, balancing: ring-hash").isEmpty)
        #expect(found("timeout: 1 s").isEmpty)
    }

    @Test("A message queue is a service that answers early and calls its consumer again")
    func messageQueues() throws {
        let text = Sample(
            top: """
                queues:
                  orders: { consumers: b, inFlight: 10, length: 1000, ackTimeout: 5 s, maxDeliveries: 3, backoff: { base: 1 s } }
                network: { edges: [{ from: orders, to: b, latency: 2 ms }] }
                """, steps: "      - call: orders\n"
        ).text
        let queue = try parse(text).services[2]
        #expect(queue.name == "orders" && queue.threads == 10 && queue.queueLimit == 1000)
        #expect(queue.holdsThreadDuringCalls && queue.endpoints[0].answersEarly)
        let latency = Distribution(.deterministic(value: 0.002))
        let delivery = CallDescription(
            target: ServiceID(1), requestLatency: latency, responseLatency: latency,
            timeout: .seconds(5))
        #expect(queue.endpoints[0].steps == [.call([delivery])])
        var policy = CallPolicy()
        policy.retry = RetryPolicy(attempts: 3, backoff: BackoffDescription(base: .seconds(1)))
        #expect(queue.policies == [ServiceID(1): policy])
    }
}
