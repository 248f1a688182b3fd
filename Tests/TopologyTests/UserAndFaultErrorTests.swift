import Testing
import Topology

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
