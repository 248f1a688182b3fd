import Testing
import Topology

@Suite("Errors in what a service says of its replicas and calls")
struct ServiceErrorTests {
    /// Lines of the service `a`, the column and the path of the error below `services.a`.
    private static func wrong(
        _ lines: String, _ line: Int, _ column: Int, _ path: String, _ message: String, fix: String
    ) -> WrongText {
        WrongText(
            Sample(
                top: "keyspaces: { k: { keys: 10 } }", service: lines, steps: "      - call: b\n"),
            "\(line):\(column) services.a\(path)", message, fix: fix)
    }

    static let wrongServing: [WrongText] = [
        wrong(
            "    scheduling: fcfs", 3, 17, ".scheduling", "not one of the choices",
            fix: "`first-come-first-served`, `processor-sharing`"),
        wrong("    schedulling: x", 3, 5, "", "unknown key `schedulling`", fix: "`scheduling`"),
        wrong("    cpuLimit: 5", 3, 15, ".cpuLimit", "has no unit", fix: "`5 cores`"),
        wrong("    cpuLimit: 5m", 3, 15, ".cpuLimit", "shorter than the 1 ms", fix: "10m"),
        wrong(
            "    cpuLimit: { quota: 5 ms, period: 2 s }", 3, 15, ".cpuLimit",
            "period is out of range",
            fix: "1 ms to 1 s"),
        wrong("    limits: { cpu: 1 }", 3, 5, "", "unknown key `limits`", fix: "`cpuLimit:`"),
        wrong("    slowdown: {}", 3, 15, ".slowdown", "nothing says", fix: "`universal`"),
        wrong(
            "    slowdown: { linear: -1 }", 3, 25, ".slowdown.linear", "negative", fix: "zero"),
        wrong(
            "    slowdown: { curve: [{ requests: 2, factor: 1 }, { requests: 2, factor: 3 }] }", 3,
            53, ".slowdown.curve[1]", "does not come after", fix: "in order"),
        wrong(
            "    slowdown: { curve: [{ requests: 2, factor: 0 }] }", 3, 48,
            ".slowdown.curve[0].factor", "out of range", fix: "0.001"),
        wrong(
            "    memory: { heap: 5 }", 3, 21, ".memory.heap", "has no unit", fix: "`5 MiB`"),
        wrong(
            "    memory: { base: 5 mb }", 3, 21, ".memory.base", "`mb` is not a unit", fix: "`5 MB`"
        ),
        wrong(
            "    memory: { base: 5 MiB, limit: 4 MiB }", 3, 35, ".memory.limit", "not above `base`",
            fix: "more"),
        wrong(
            "    speedSpread: 400%", 3, 18, ".speedSpread", "out of range", fix: "0% to 300%"),
        wrong(
            "    oddReplicas: [{ replica: 1 }]", 3, 30, ".oddReplicas[0].replica",
            "there is no replica 1", fix: "from 0 to 0"),
        wrong(
            "    threads: 1\n    queue: { discipline: fiffo }", 4, 26, ".queue.discipline",
            "not one of the choices", fix: "`fifo`"),
        wrong(
            "    threads: 1\n    queue: { discipline: adaptive-lifo }", 4, 26, ".queue.discipline",
            "needs a number", fix: "{ adaptive-lifo: 50 }"),
        wrong(
            "    threads: 1\n    queue: { wait: { target: 9 s } }", 4, 20, ".queue.wait",
            "`target` is above `interval`", fix: "shorter"),
        wrong("    queue: { wait: 1 s }", 3, 12, ".queue", "never fills", fix: "add `threads:`"),
        wrong(
            "    admission: { bucket: { token: { rate: 0 req/s } } }", 3, 43,
            ".admission.bucket.token.rate", "zero", fix: "above"),
        wrong(
            "    admission: { limit: { vegas: {}, initial: 9, maximum: 5 } }", 3, 25,
            ".admission.limit", "not between", fix: "order"),
        wrong(
            "    admission: { limit: { vegas: { alpha: 9 } } }", 3, 34, ".admission.limit.vegas",
            "`alpha` is above", fix: "`beta`"),
        wrong(
            "    admission: { shedding: { cpu: 120 } }", 3, 35, ".admission.shedding.cpu",
            "out of range", fix: "0% to 100%"),
        wrong(
            "    lifeCycle: { readiness: { periodSeconds: 5 } }", 3, 31, ".lifeCycle.readiness",
            "unknown key `periodSeconds`", fix: "`period:`"),
        wrong(
            "    lifeCycle: { readiness: { period: 1 us } }", 3, 39, ".lifeCycle.readiness.period",
            "too short", fix: "1 ms"),
        wrong(
            "    lifeCycle: { crashBackoff: { first: 9 min } }", 3, 32, ".lifeCycle.crashBackoff",
            "`first` is above `cap`", fix: "longer"),
        wrong(
            "    readiness: {}", 3, 5, "", "unknown key `readiness`", fix: "lifeCycle: { readiness"),
        wrong(
            "    caches: { c: { keyspace: kk, capacity: 1 } }", 3, 30, ".caches.c.keyspace",
            "there is no keyspace `kk`", fix: "write `k`"),
        wrong(
            "    caches: { c: { keyspace: k, capacity: 20000000 } }", 3, 43, ".caches.c.capacity",
            "out of range", fix: "16777216"),
        wrong(
            "    replicas: 60000\n    caches: { c: { keyspace: k, capacity: 1000, shared: false } }",
            4, 13, ".caches", "together hold 60000000 keys", fix: "less"),
        wrong(
            "    locks: { l: { keyspace: k, mode: x } }", 3, 38, ".locks.l.mode",
            "not one of the choices", fix: "`optimistic`"),
        wrong(
            "    locks: { l: { keyspace: k, mode: optimistic, wait: 1 s } }", 3, 56,
            ".locks.l.wait", "nobody waits", fix: "`mode: exclusive`"),
        wrong(
            "    locks: { l: { keyspace: k, lockTimeout: 1 s } }", 3, 32, ".locks.l",
            "unknown key `lockTimeout`", fix: "`wait:`"),
        wrong(
            "    replication: { lag: 1 s }", 3, 18, ".replication", "nobody to replicate to",
            fix: "replicas: 2"),
        wrong(
            "    balancing: by-key", 3, 16, ".balancing", "have no key", fix: "keyspace"),
    ]

    @Test("Serving, data and life cycle", arguments: wrongServing)
    func serving(_ wrong: WrongText) { wrong.check() }

    private static func policy(
        _ text: String, _ column: Int, _ path: String, _ message: String, fix: String
    ) -> WrongText {
        // The policy begins in column 20.
        wrong("    calls: { b: { \(text) } }", 3, column, ".calls.b\(path)", message, fix: fix)
    }

    static let wrongPolicies: [WrongText] = [
        policy("retry: {}", 19, "", "unknown key `retry`", fix: "`retries:`"),
        policy("retries: 3", 28, ".retries", "a mapping is wanted", fix: "`attempts`"),
        policy("retries: {}", 28, ".retries", "`attempts` is missing", fix: "attempts"),
        policy(
            "retries: { attempts: 0 }", 40, ".retries.attempts", "out of range", fix: "from 1"),
        policy(
            "retries: { attempts: 2, on: [timeot] }", 48, ".retries.on[0]", "not one of",
            fix: "`timeout`"),
        policy(
            "retries: { attempts: 2, backoff: { base: 2 min } }", 52, ".retries.backoff",
            "`base` is above", fix: "longer"),
        policy(
            "budget: { ratio: 20% }", 36, ".budget.ratio", "a mapping is wanted", fix: "`ratio`"),
        policy(
            "budget: { concurrent: 1, share: {} }", 27, ".budget", "exclude each other",
            fix: "exactly one"),
        policy(
            "hedge: { quantile: 100% }", 38, ".hedge.quantile", "out of range", fix: "99.9999%"),
        policy(
            "breaker: { consecutive: 5 }", 28, ".breaker", "`openFor` is missing", fix: "openFor"),
        policy(
            "pool: { size: 1 }, bulkhead: { size: 1 }", 48, ".bulkhead", "exclude each other",
            fix: "keep one"),
        policy(
            "bulkhead: { size: 1, setup: 1 s }", 40, ".bulkhead", "unknown key `setup`", fix: "pool"
        ),
        policy("pool: { size: 0 }", 33, ".pool.size", "out of range", fix: "from 1"),
        policy(
            "throttle: { multiplier: 0.5 }", 43, ".throttle.multiplier", "out of range",
            fix: "from 1"),
        policy(
            "ejection: { most: 120 }", 37, ".ejection.most", "out of range", fix: "0% to 100%"),
        policy("balancing: p2c", 30, ".balancing", "not one of", fix: "`two-choices`"),
        policy(
            "balancing: { weighted: [1, 2] }", 17, "", "2 weights for the 1 replicas",
            fix: "each replica"),
        policy(
            "balancing: { weighted: [0] }", 42, ".balancing.weighted", "all weights are zero",
            fix: "above zero"),
        wrong(
            "    calls: { c: {} }", 3, 17, ".calls.c", "there is no service `c`", fix: "add it"),
        wrong(
            "    calls: { a: {} }", 3, 17, ".calls.a", "`a` never calls `a`", fix: "remove"),
        wrong(
            "    retries: {}", 3, 5, "", "unknown key `retries`", fix: "calls: { SERVICE"),
    ]

    @Test("Calls", arguments: wrongPolicies)
    func calls(_ wrong: WrongText) { wrong.check() }

    private static func step(
        _ text: String, _ column: Int, _ path: String, _ message: String, fix: String
    ) -> WrongText {
        WrongText(
            Sample(
                top: "keyspaces: { k: { keys: 10 } }",
                service: """
                        caches: { c: { keyspace: k, capacity: 1 } }
                        locks: { l: { keyspace: k } }
                    """, steps: "      - \(text)\n"),
            "6:\(column) services.a.steps[0]\(path)", message, fix: fix)
    }

    static let wrongSteps: [WrongText] = [
        step("sleep: 1 s", 9, "", "unknown key `sleep`", fix: "`delay:`"),
        step("fail: 5", 15, ".fail", "more than 100%", fix: "`5%`"),
        step(
            "parallel: { calls: [b, b], need: 3 }", 42, ".parallel.need", "out of range",
            fix: "1 to 2"),
        step("parallel: { need: 1 }", 19, ".parallel", "`calls` is missing", fix: "calls"),
        step(
            "choose: { by: size, calls: [b] }", 23, ".choose.by", "not one of the choices",
            fix: "`replicas`"),
        step(
            "choose: { by: replicas, calls: [b] }", 41, ".choose.calls[0]",
            "`a` does not know which replicas of `b` are ready",
            fix: "`calls: { b: { balancing: least-requests } }`"),
        step(
            "sometimes: { steps: [] }", 20, ".sometimes", "`probability` is missing",
            fix: "probability"),
        step(
            "repeat: { times: 0, steps: [] }", 26, ".repeat.times", "out of range", fix: "from 1"),
        step("cache: { cache: d, onMiss: [] }", 25, ".cache.cache", "no cache `d`", fix: "`c`"),
        step(
            "cache: { cache: c, onMiss: [{ cache: { cache: c, onMiss: [] } }] }", 55,
            ".cache.onMiss[0].cache.cache", "while it is filled", fix: "another cache"),
        step(
            "lock: { lock: l, steps: [{ lock: { lock: l, steps: [] } }] }", 50,
            ".lock.steps[0].lock.lock", "taken by the request that holds it", fix: "for ever"),
        step("send: { service: b, timeout: 1 s }", 29, ".send", "unknown key", fix: "`call:`"),
    ]

    @Test("Steps", arguments: wrongSteps)
    func steps(_ wrong: WrongText) {
        // An unknown kind leaves the step without one, which is said, too.
        if wrong.message.contains("unknown key `sleep`") {
            #expect(errors(wrong.text).contains { $0.remedy.contains(wrong.fix) })
        } else {
            wrong.check()
        }
    }

    @Test("Loops in loops are counted before they are written out")
    func loops() {
        var text = "[{ delay: 1 ms }]"
        for _ in 0..<12 { text = "[{ repeat: { times: 65535, steps: \(text) } }]" }
        let found = errors(
            "services: { a: { steps: \(text) } }\narrivals: { u: { to: a, rate: 1 req/s } }")
        #expect(found.first?.message.contains("too many steps once every `repeat`") == true)
        let fine = "[{ repeat: { times: 65535, steps: [{ delay: 1 ms }] } }]"
        let many = (0..<40).map { "e\($0): \(fine)" }.joined(separator: ", ")
        let twice = errors(
            """
            services:
              a: { endpoints: { \(many) } }
              b: { endpoints: { \(many) } }
            arrivals: { u: { to: a.e0, rate: 1 req/s } }
            """)
        #expect(twice.map(\.line) == [3])
        #expect(twice.first?.message.contains("more than 4000000 steps") == true)
    }
}
