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

@Suite("Errors in users, faults and queues")
struct UserAndFaultErrorTests {
    private static func users(
        _ keys: String, _ column: Int, _ path: String, _ message: String, fix: String
    ) -> WrongText {
        WrongText(
            """
            services: { a: { endpoints: { x: [], y: [] } } }
            arrivals:
              u: { \(keys) }
            """, "3:\(column) arrivals\(path)", message, fix: fix)
    }

    static let wrongUsers: [WrongText] = [
        users("to: a.x", 6, ".u", "`rate` is missing", fix: "add `rate:`"),
        users("to: a.x, process: closed", 6, ".u", "`users` is missing", fix: "add `users:`"),
        users(
            "to: a.x, rate: 1 req/s, users: 5", 39, ".u.users", "means nothing to the process",
            fix: "`process: closed` or `process: paced`"),
        users(
            "to: a.x, process: closed, users: 5, rate: 1 req/s", 50, ".u.rate", "means nothing",
            fix: "`process: poisson`"),
        users(
            "to: a.x, process: closed, users: 2000000", 41, ".u.users", "out of range",
            fix: "1000000"),
        users(
            "to: a.x, process: paced, users: 2, think: 0 s", 50, ".u.think", "is zero",
            fix: "above zero"),
        users(
            "to: a.x, rate: 1 req/s, timeout: { constant: 0 s }", 41, ".u.timeout", "always zero",
            fix: "above zero"),
        users(
            "to: a.x, rate: 1 req/s, patience: 1 s", 32, ".u", "unknown key `patience`",
            fix: "`timeout:`"),
        users(
            "to: a.x, rate: 1 req/s, mix: { x: 1 }", 12, ".u.to", "and in `mix`",
            fix: "the service alone"),
        users(
            "to: a, rate: 1 req/s, mix: { z: 1 }", 40, ".u.mix.z", "no endpoint `z`",
            fix: "`x`"),
        users(
            "to: a, rate: 1 req/s, mix: { x: 0 }", 35, ".u.mix", "all weights are zero",
            fix: "above zero"),
        users(
            "to: a.x, rate: 1 req/s, priority: 16", 42, ".u.priority", "out of range",
            fix: "0 to 15"),
        users(
            "to: a.x, rate: 1 req/s, process: modulated, states: [{ factor: 1, stay: 1 s }]", 60,
            ".u.states", "1 values where 2", fix: "a list"),
        users(
            "to: a.x, rate: 1 req/s, retries: { attempts: 0 }", 53, ".u.retries.attempts",
            "out of range", fix: "from 1"),
        users(
            "to: a.x, rate: { diurnal: { mean: 1 req/s, amplitude: 2 } }", 62,
            ".u.rate.diurnal.amplitude", "out of range", fix: "0% to 100%"),
        users(
            "to: a.x, rate: { diurnal: { mean: 1 req/s, amplitude: 1, period: 1 ms } }", 34,
            ".u.rate.diurnal", "more than 2000 periods", fix: "longer"),
    ]

    @Test("Users", arguments: wrongUsers)
    func arrivals(_ wrong: WrongText) { wrong.check() }

    @Test("The users of all streams are counted together")
    func population() {
        let streams = (0..<3).map {
            "u\($0): { to: a, process: closed, users: 400000 }"
        }
        let found = errors(
            "services: { a: { steps: [] } }\narrivals: { \(streams.joined(separator: ", ")) }")
        #expect(found.map(\.message) == ["there are 1200000 users in all"])
    }

    private static func fault(
        _ keys: String, _ column: Int, _ path: String, _ message: String, fix: String
    ) -> WrongText {
        WrongText(
            Sample(
                top: "faults:\n  f: { \(keys) }", steps: "      - call: b\n"),
            "12:\(column) faults.f\(path)", message, fix: fix)
    }

    static let wrongFaults: [WrongText] = [
        fault("at: 1 s", 6, "", "nothing says what this is", fix: "`kill`"),
        fault("kill: { service: a }", 6, "", "nothing says when", fix: "`at`"),
        fault(
            "kill: { service: a }, from: 1 s", 36, ".from", "`kill` happens at an instant",
            fix: "write `at:`"),
        fault(
            "slow: { service: a, factor: 2 }, at: 1 s", 45, ".at", "goes on for a while",
            fix: "`from:`"),
        fault(
            "slow: { service: a, factor: 2 }, from: 1 s, every: { wait: 1 s }", 6, "",
            "`from` and `every` exclude", fix: "exactly one"),
        fault(
            "slow: { service: a, factor: 2 }, from: 2 s, until: 1 s", 59, ".until",
            "not after `from`", fix: "later"),
        fault(
            "kill: { service: a }, at: 2 s, until: 3 s", 46, ".until", "belongs to `from`",
            fix: "remove"),
        fault(
            "kill: { service: c }, at: 1 s", 25, ".kill.service", "no service `c`", fix: "add it"),
        fault(
            "kill: { service: a, replicas: 2 }, at: 1 s", 38, ".kill.replicas",
            "only 1 replicas", fix: "`all`"),
        fault(
            "kill: { service: a, replicas: [1] }, at: 1 s", 39, ".kill.replicas[0]",
            "out of range", fix: "from 0 to 0"),
        fault(
            "kill: { service: a, replicas: some }, at: 1 s", 38, ".kill.replicas",
            "not a number", fix: ""),
        fault("zoneDown: 1, from: 1 s", 18, ".zoneDown", "there is no zone 1", fix: "`zones: 3`"),
        fault(
            "latency: { from: b, to: a, added: 1 s }, from: 1 s", 17, ".latency",
            "`b` never calls `a`", fix: "from: a, to: b"),
        fault(
            "loss: { from: a, to: a, probability: 1% }, from: 1 s", 14, ".loss",
            "`a` never calls `a`", fix: "`a` calls `b`"),
        fault(
            "partition: { between: [a], and: [a] }, from: 1 s", 19, ".partition",
            "on both sides", fix: "once"),
        fault(
            "flush: { service: a }, at: 1 s", 26, ".flush.service", "has no caches", fix: "caches"),
        fault(
            "cores: { service: a, cores: 1 }, from: 1 s", 36, ".cores.cores", "has no unit",
            fix: "`1 cores`"),
        fault(
            "change: { from: a, to: b, calls: {} }, from: 1 s", 41, ".change.calls",
            "changes nothing", fix: "timeout"),
        fault(
            "change: { from: a, to: b, calls: { balancing: { weighted: [1, 1] } } }, from: 1 s",
            41, ".change.calls", "2 weights", fix: "each replica"),
        fault(
            "slow: { service: a, factor: 2 }, every: { wait: 1 s }", 48, ".every",
            "`lasting` is missing", fix: "lasting"),
        fault(
            "slow: { service: a, factor: 2 }, every: { wait: 1 us, lasting: 1 s }", 56,
            ".every.wait", "too short", fix: "1 ms"),
        fault(
            "loss: { from: a, to: b, probability: 1% }, when: { metric: queue, above: 1 }", 57,
            ".when", "hits several", fix: "`from:`"),
        fault(
            "slow: { service: a, factor: 2 }, when: { metric: utilisation, above: 90 }", 77,
            ".when.above", "never above 1", fix: "0.9"),
        fault(
            "slow: { service: a, factor: 2 }, when: { metric: queues, above: 90 }", 57,
            ".when.metric", "not one of", fix: "`queue`"),
        fault("policy: {}, at: 1 s", 8, "", "unknown key `policy`", fix: "`change:"),
    ]

    @Test("Faults", arguments: wrongFaults)
    func faults(_ wrong: WrongText) {
        // An unknown kind leaves the fault without one, which is said, too.
        if wrong.message.contains("unknown key") {
            #expect(errors(wrong.text).contains { $0.message.contains(wrong.message) })
        } else {
            wrong.check()
        }
    }

    @Test("Queues")
    func queues() {
        WrongText(
            Sample(top: "queues: { b: { consumers: a } }"), "11:14 queues.b",
            "there is a service `b` already", fix: "a name of its own"
        ).check()
        WrongText(
            Sample(top: "queues: { q: { consumers: q } }"), "11:14 queues.q",
            "calls never die out: q.default → q.default", fix: "remove it"
        ).check()
        WrongText(
            Sample(top: "queues: { q: { consumers: c } }"), "11:27 queues.q.consumers",
            "no service `c`", fix: "add it"
        ).check()
    }
}
