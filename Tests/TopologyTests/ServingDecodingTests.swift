import Kernel
import Model
import Testing
import Topology

/// The only service called `a` of a file with these lines in it.
private func service(
    _ lines: String, steps: String = "      - compute: 10 ms\n", top: String = ""
) throws -> ServiceDescription {
    let text = Sample(top: top, service: lines, steps: steps).text
    return try TopologyFile.parse(text: text, name: "t.yaml", baseDirectory: "").model.services[0]
}

@Suite("Decoding of how replicas serve")
struct ServingDecodingTests {
    @Test("Without any of it, everything is as in a plain service")
    func defaults() throws {
        let plain = try service("")
        #expect(plain.serving == ServingDescription())
        #expect(plain.admission == nil && plain.lifeCycle == nil && plain.replication == nil)
        #expect(plain.caches.isEmpty && plain.locks.isEmpty && plain.policies.isEmpty)
        #expect(!plain.honoursDeadlines)
    }

    @Test("Scheduling, speeds and error work")
    func cores() throws {
        let serving = try service(
            """
                replicas: 3
                scheduling: processor-sharing
                speedSpread: 10%
                oddReplicas: [{ replica: 0, speed: 0.1 }, { replica: 2, errors: 100% }]
                errorWork: { exponential: 5 ms }
            """
        ).serving
        #expect(serving.scheduling == .processorSharing)
        #expect(serving.speedSpread == 0.1)
        #expect(
            serving.oddReplicas == [
                OddReplica(replica: 0, speed: 0.1), OddReplica(replica: 2, errorRate: 1),
            ])
        #expect(serving.errorWork == Distribution(.exponential(mean: 0.005)))
    }

    @Test(
        "CPU limits as Kubernetes and as Linux write them",
        arguments: [
            ("500m", 50), ("0.5 cores", 50), ("2 cores", 200), ("{ quota: 50 ms }", 50),
            ("{ quota: 50 ms, period: 100 ms }", 50),
        ])
    func cpuLimits(_ text: String, _ milliseconds: Int64) throws {
        let limit = try service("    cpuLimit: \(text)").serving.cpuLimit
        #expect(limit == CPULimit(quota: .milliseconds(milliseconds)))
    }

    @Test("Slowdown with concurrency")
    func slowdown() throws {
        func slowdown(_ text: String) throws -> Slowdown? {
            try service("    slowdown: \(text)").serving.slowdown
        }
        #expect(try slowdown("{ linear: 1% }") == .linear(slope: 0.01))
        #expect(
            try slowdown("{ universal: { contention: 0.02, coherence: 0.0001 } }")
                == .universal(contention: 0.02, coherence: 0.0001))
        #expect(
            try slowdown("{ curve: [{ requests: 1, factor: 1 }, { requests: 10, factor: 4 }] }")
                == .curve([
                    SlowdownPoint(requests: 1, factor: 1), SlowdownPoint(requests: 10, factor: 4),
                ]))
    }

    @Test("Memory and the garbage collector")
    func memory() throws {
        var expected = MemoryDescription()
        expected.base = 100 * 0x1p20
        expected.perRequest = 0x1p20
        expected.garbagePerRequest = 2e6
        expected.heap = 0x1p29
        expected.pause = .milliseconds(5)
        expected.pausePerByte = 1e5 / 0x1p20
        expected.limit = 0x1p30
        let memory = try service(
            """
                memory:
                  { base: 100 MiB, perRequest: 1 MiB, garbagePerRequest: 2 MB, heap: 512 MiB,
                    pause: 5 ms, pausePerMiB: 0.1 ms, limit: 1 GiB }
            """
        ).serving.memory
        #expect(memory == expected)
    }

    @Test("Queues, plain and with a discipline and a limit of the wait")
    func queues() throws {
        func queue(_ text: String) throws -> ServiceDescription {
            try service("    threads: 5\n    queue: \(text)")
        }
        #expect(try queue("100").queueLimit == 100)
        let disciplines: [(String, QueueDiscipline)] = [
            ("fifo", .fifo), ("lifo", .lifo),
            ("{ adaptive-lifo: 50 }", .adaptiveLIFO(threshold: 50)),
            ("priority", .priority), ("earliest-deadline", .earliestDeadline), ("fair", .fair),
        ]
        for (text, discipline) in disciplines {
            let service = try queue("{ length: 7, discipline: \(text) }")
            #expect(service.serving.discipline == discipline && service.queueLimit == 7)
        }
        #expect(try queue("{ wait: 200 ms }").serving.waitLimit == .fixed(.milliseconds(200)))
        #expect(
            try queue("{ wait: { exponential: 20 ms } }").serving.waitLimit
                == .patience(Distribution(.exponential(mean: 0.02))))
        #expect(
            try queue("{ wait: {} }").serving.waitLimit
                == .controlledDelay(target: .milliseconds(5), interval: .milliseconds(100)))
    }

    @Test("Admission: buckets, shedding and adaptive limits")
    func admission() throws {
        func admission(_ text: String) throws -> AdmissionDescription {
            try #require(try service("    admission: \(text)").admission)
        }
        #expect(
            try admission("{ bucket: { token: { rate: 100 req/s, burst: 20 } } }").bucket
                == BucketDescription(kind: .token, rate: 100, burst: 20))
        #expect(
            try admission("{ bucket: { leaky: { rate: 60 req/min } } }").bucket
                == BucketDescription(kind: .leaky, rate: 1, burst: 1))
        #expect(
            try admission("{ shedding: { queue: 50, headroom: 50% } }").shedding
                == SheddingDescription(signal: .queue, threshold: 50, headroom: 0.5))
        #expect(
            try admission("{ shedding: { cpu: 80%, memory: 5 s } }").shedding
                == SheddingDescription(signal: .cpu, threshold: 0.8, memory: .seconds(5)))
        #expect(
            try admission("{ shedding: { requests: 10 } }").shedding
                == SheddingDescription(signal: .requests, threshold: 10))
        #expect(
            try admission("{ limit: { aimd: {}, initial: 5, minimum: 2, maximum: 50 } }").limit
                == AdaptiveLimitDescription(
                    algorithm: .additiveIncrease(backoff: 0.9, timeout: .seconds(5)), initial: 5,
                    minimum: 2, maximum: 50))
        #expect(
            try admission("{ limit: { vegas: { alpha: 2, beta: 4 } } }").limit
                == AdaptiveLimitDescription(algorithm: .vegas(alpha: 2, beta: 4)))
        #expect(
            try admission("{ limit: { vegas: {} } }").limit
                == AdaptiveLimitDescription(algorithm: .vegas(alpha: nil, beta: nil)))
        #expect(
            try admission("{ limit: { gradient: {} } }").limit
                == AdaptiveLimitDescription(algorithm: .gradient(tolerance: 1.5, smoothing: 0.2)))
    }

    @Test("The life of replicas, with Kubernetes' defaults")
    func lifeCycle() throws {
        #expect(try service("    lifeCycle: {}").lifeCycle == LifeCycleDescription())
        var expected = LifeCycleDescription()
        expected.scheduling = Distribution(.deterministic(value: 1))
        expected.imagePull = Distribution(.uniform(low: 2, high: 5))
        expected.start = Distribution(.deterministic(value: 3))
        expected.warmUp = WarmUpDescription(speed: 0.2, time: .seconds(30))
        expected.readiness = ProbeDescription(period: .seconds(5), failures: 2)
        expected.liveness = ProbeDescription(
            initialDelay: .seconds(20), timeout: .seconds(2), successes: 1,
            work: Distribution(.deterministic(value: 0.001)))
        expected.grace = .seconds(10)
        expected.crashBackoff = .seconds(1)
        expected.crashBackoffCap = .seconds(8)
        expected.crashReset = .seconds(60)
        expected.discovery = .milliseconds(500)
        expected.startsCold = true
        let lifeCycle = try service(
            """
                lifeCycle:
                  scheduling: 1 s
                  imagePull: { uniform: [2 s, 5 s] }
                  start: 3 s
                  warmUp: { speed: 20%, time: 30 s }
                  readiness: { period: 5 s, failures: 2 }
                  liveness: { initialDelay: 20 s, timeout: 2 s, work: 1 ms }
                  grace: 10 s
                  crashBackoff: { first: 1 s, cap: 8 s, reset: 1 min }
                  discovery: 500 ms
                  startsCold: true
            """
        ).lifeCycle
        #expect(lifeCycle == expected)
    }

    @Test("Keyspaces, caches, locks, shards and replication")
    func data() throws {
        let text = Sample(
            top: "keyspaces: { users: { keys: 10 }, items: { keys: 1000, zipf: 0.9 } }",
            service: """
                    replicas: 2
                    honoursDeadlines: true
                    caches:
                      items: { keyspace: items, capacity: 100, ttl: 60 s, eviction: lfu, shared: false, singleFlight: true, warm: 50% }
                      users: { keyspace: users, capacity: 10 }
                    locks: { rows: { keyspace: items, mode: optimistic }, all: { keyspace: users, wait: 50 ms } }
                    replication: { lag: 50 ms, apply: 1 ms, keyspace: items }
                """,
            steps: """
                      - cache: { cache: users, onMiss: [{ call: b }] }
                      - lock: { lock: all, steps: [{ compute: 1 ms }] }

                """
        ).text
        let model = try TopologyFile.parse(text: text, name: "t.yaml", baseDirectory: "").model
        #expect(
            model.keyspaces == [
                KeyspaceDescription(name: "users", count: 10),
                KeyspaceDescription(name: "items", count: 1000, exponent: 0.9),
            ])
        let service = model.services[0]
        #expect(
            service.caches == [
                CacheDescription(
                    name: "items", keyspace: 1, capacity: 100, timeToLive: .seconds(60),
                    eviction: .leastFrequentlyUsed, isShared: false, isSingleFlight: true, warm: 0.5
                ),
                CacheDescription(name: "users", keyspace: 0, capacity: 10),
            ])
        #expect(
            service.locks == [
                LockDescription(name: "rows", keyspace: 1, mode: .optimistic),
                LockDescription(
                    name: "all", keyspace: 0, mode: .exclusive, wait: .milliseconds(50)),
            ])
        #expect(
            service.replication
                == ReplicationDescription(
                    lag: Distribution(.deterministic(value: 0.05)),
                    apply: Distribution(.deterministic(value: 0.001)), keyspace: 1))
        #expect(service.honoursDeadlines)
        guard case .cached(1, let misses) = service.endpoints[0].steps[0],
            case .locked(1, let inside) = service.endpoints[0].steps[1]
        else {
            Issue.record("\(service.endpoints[0].steps)")
            return
        }
        #expect(misses.flatMap(\.calls).map(\.target) == [ServiceID(1)])
        #expect(inside == [.compute(Distribution(.deterministic(value: 0.001)))])
    }

    @Test("Endpoints that say more than their steps")
    func endpoints() throws {
        let text = """
            keyspaces: { items: { keys: 10 } }
            services:
              a:
                balancing: by-key
                endpoints:
                  read: { keyspace: items, steps: [{ compute: 1 ms }] }
                  write: { keyspace: items, write: true, answersEarly: true, steps: [] }
            arrivals: { u: { to: a.read, rate: 1 req/s } }
            """
        let model = try TopologyFile.parse(text: text, name: "t.yaml", baseDirectory: "").model
        let endpoints = model.services[0].endpoints
        #expect(model.services[0].balancing == .byKey)
        #expect(endpoints.map(\.keyspace) == [0, 0])
        #expect(endpoints.map(\.isWrite) == [false, true])
        #expect(endpoints.map(\.answersEarly) == [false, true])
    }
}
