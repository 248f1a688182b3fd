import Testing
import Topology

/// A wrong text, where the error is, and what it says.
struct WrongText: Sendable, CustomTestStringConvertible {
    var text: String
    var place: String
    var message: String
    var fix: String
    var testDescription: String { message }

    init(_ sample: Sample, _ place: String, _ message: String, fix: String) {
        self.init(sample.text, place, message, fix: fix)
    }

    init(_ text: String, _ place: String, _ message: String, fix: String) {
        self.text = text
        self.place = place
        self.message = message
        self.fix = fix
    }

    /// The only error of the text says so, there.
    func check() {
        let found = errors(text)
        #expect(found.count == 1, "\(found)")
        guard let first = found.first else { return }
        #expect("\(first.line):\(first.column) \(first.path)" == place)
        #expect(first.message.contains(message), "\(first.message)")
        #expect(first.remedy.contains(fix), "\(first.remedy)")
    }
}

@Suite("Errors name line, column, field and remedy")
struct ErrorPlacesTests {
    @Test("The sample is right")
    func sampleParses() {
        #expect(errors(Sample().text).isEmpty)
        #expect(errors(Sample(top: "network: { latency: 1 ms }").text).isEmpty)
    }

    static let wrongQuantities: [WrongText] = [
        ("10", "`10` has no unit", "`10 ms`"), ("10 sec", "`sec` is not a unit", "`10 s`"),
        ("10 mss", "`mss` is not a unit", "`10 ms`"), ("-1 ms", "`-1 ms` is negative", "above"),
        ("nan ms", "not a number", "such as"), (".inf", "not a number", "such as"),
        ("1e999 ms", "too large", "smaller"), ("20000 h", "too long", "`10000 h`"),
        ("ms", "not a number", "such as"), ("true", "not a number", "such as"),
        ("[1 ms]", "a list where", "`250 ms`"), ("1..5 ms", "is not a unit", "the units are"),
        ("5 req/s", "`req/s` is not a unit of time", "the units are"),
        ("{ exponential: 0 ms }", "not longer than zero", "above zero"),
    ].map { value, message, fix in
        let path = value.hasPrefix("{") ? "4:33 services.a.steps[0].compute.exponential" : nil
        return WrongText(
            Sample(steps: "      - compute: \(value)\n"),
            path ?? "4:18 services.a.steps[0].compute", message, fix: fix)
    }

    @Test("Times", arguments: wrongQuantities)
    func times(_ wrong: WrongText) { wrong.check() }

    static let wrongRates: [WrongText] = [
        ("80", "has no unit", "`80 req/s`"), ("80 rps", "not a unit of rate", "`80 req/s`"),
        ("-80 req/s", "negative", "above"), ("1e10 req/s", "too high", "1e9"),
        ("{ base: 1 req/s, spike: 2 req/s, from: 9 s, until: 3 s }", "not before", "later"),
        ("{ base: 1 req/s, from: 1 s, until: 3 s }", "`spike` is missing", "add `spike:`"),
        (
            "{ csv: x.csv, points: [{ at: 0 s, rate: 1 req/s }] }", "exclude each other",
            "exactly one"
        ),
        ("0 req/s", "nobody ever arrives", "above zero"),
    ].map { value, message, fix in
        let place =
            message.hasPrefix("nobody") ? "8:3 arrivals" : "10:11 arrivals.users.rate"
        return WrongText(Sample(rate: value), place, message, fix: fix)
    }

    @Test("Rates", arguments: wrongRates)
    func rates(_ wrong: WrongText) { wrong.check() }

    static let wrongKeys: [WrongText] = [
        WrongText(
            Sample(top: "servicse: 1"), "11:1 ", "unknown key `servicse`", fix: "`services`"),
        WrongText(
            Sample(service: "    replica: 2"), "3:5 services.a", "unknown key `replica`",
            fix: "`replicas`"),
        WrongText(
            Sample(service: "    zzz: 2"), "3:5 services.a", "unknown key `zzz`",
            fix: "remove it; the keys here are `replicas`"),
        WrongText(
            Sample(steps: "      - call: { service: b, latency: 1 ms }\n"),
            "4:29 services.a.steps[0].call", "unknown key `latency`", fix: "network: { edges"),
        WrongText(
            Sample(service: "    cores: 2"), "3:12 services.a.cores", "has no unit",
            fix: "`2 cores`"),
        WrongText(
            Sample(service: "    cores: 2.5 cores"), "3:12 services.a.cores", "not a whole number",
            fix: "from 1 to 65535"),
        WrongText(
            Sample(service: "    replicas: 65536"), "3:15 services.a.replicas", "out of range",
            fix: "from 0 to 65535"),
        WrongText(
            Sample(service: "    replicas: 0"), "3:15 services.a.replicas", "answers nobody",
            fix: "at least 1"),
        WrongText(
            Sample(service: "    threads: 5 threads"), "3:14 services.a.threads", "has the unit",
            fix: "the number alone"),
        WrongText(
            Sample(service: "    queue: 5"), "3:12 services.a.queue", "never fills",
            fix: "add `threads:`"),
        WrongText(
            Sample(service: "    balancing: randm"), "3:16 services.a.balancing",
            "not one of the choices", fix: "`random`"),
        WrongText(
            Sample(service: "    threads: { count: 5, heldDuringCalls: yes }"),
            "3:43 services.a.threads.heldDuringCalls", "not yes or no", fix: "`true`"),
        WrongText(
            Sample(steps: "      - compute: 1 ms\n        call: b\n"), "4:9 services.a.steps[0]",
            "`compute` and `call` exclude each other", fix: "exactly one"),
        WrongText(
            Sample(steps: "      - {}\n"), "4:9 services.a.steps[0]", "nothing says what this is",
            fix: "`compute`, `call`, `parallel`, `choose`"),
        WrongText(
            Sample(steps: "      - compute:\n"), "4:9 services.a.steps[0]",
            "nothing says what this is", fix: "`compute`"),
        WrongText(
            Sample(steps: "      - call: { service: b, timeout: 0 ms }\n"),
            "4:38 services.a.steps[0].call.timeout", "not longer than zero", fix: "`1 ns`"),
        WrongText(
            Sample(steps: "      - call: { service: b, probability: 30 }\n"),
            "4:42 services.a.steps[0].call.probability", "more than 100%", fix: "`30%`"),
        WrongText(
            Sample(steps: "      - choose: [{ service: b, weight: 0 }]\n"),
            "4:40 services.a.steps[0].choose[0].weight", "out of range", fix: "above"),
        WrongText(
            Sample(steps: "      - parallel: []\n"), "4:19 services.a.steps[0].parallel",
            "0 values", fix: "a list of calls"),
        WrongText(Sample(top: "name: a b"), "11:7 name", "not a name", fix: "letters"),
        WrongText(Sample(top: "seed: -1"), "11:7 seed", "negative", fix: "zero"),
        WrongText(Sample(top: "duration: 0 s"), "11:11 duration", "not longer", fix: "1 ns"),
        WrongText(
            Sample(arrivals: "    process: poison\n"), "11:14 arrivals.users.process",
            "not one of the choices", fix: "`poisson`"),
    ]

    @Test("Keys and choices", arguments: wrongKeys)
    func keys(_ wrong: WrongText) { wrong.check() }

    static let wrongNames: [WrongText] = [
        WrongText(
            Sample(steps: "      - call: bb\n"), "4:15 services.a.steps[0].call",
            "there is no service `bb`", fix: "write `b`"),
        WrongText(
            Sample(steps: "      - call: b.x\n"), "4:15 services.a.steps[0].call",
            "service `b` has no endpoint `x`", fix: "`default`"),
        WrongText(
            Sample(steps: "      - call: { service: b, endpoint: defualt }\n"),
            "4:39 services.a.steps[0].call.endpoint", "has no endpoint `defualt`",
            fix: "write `default`"),
        WrongText(
            """
            services:
              a:
                endpoints:
                  x: []
                  y: []
            arrivals: { u: { to: a, rate: 1 req/s } }
            """, "6:22 arrivals.u.to", "several endpoints", fix: "such as `a.x`"),
        WrongText(
            """
            services:
              a.b: { steps: [] }
            arrivals: { u: { to: x, rate: 1 req/s } }
            """, "2:3 services", "`a.b` is not a name", fix: "letters"),
        WrongText(
            Sample(top: "colocate: [[a, b, a]]"), "11:19 colocate[0][2]", "named twice",
            fix: "each once"),
        WrongText(
            Sample(top: "network: { edges: [{ from: a, to: b, latency: 1 ms }] }"),
            "11:47 network.edges[0].latency", "`a` never calls `b`", fix: "remove this edge"),
    ]

    @Test("Names", arguments: wrongNames)
    func names(_ wrong: WrongText) {
        // A bad name of a service makes what refers to it fail too.
        if wrong.message.contains("is not a name") {
            #expect(errors(wrong.text).contains { $0.message.contains(wrong.message) })
        } else {
            wrong.check()
        }
    }

    static let wrongDistributions: [WrongText] = [
        ("{ uniform: [5 ms, 1 ms] }", "4:18 services.a.steps[0].compute", "above the second"),
        ("{ uniform: [5 ms] }", "4:29 services.a.steps[0].compute.uniform", "1 values where 2"),
        ("{ normal: 5 ms }", "", "unknown key `normal`"),
        (
            "{ erlang: { shape: 0, mean: 1 ms } }",
            "4:37 services.a.steps[0].compute.erlang.shape", "out of range"
        ),
        (
            "{ gamma: { shape: 0, mean: 1 ms } }",
            "4:36 services.a.steps[0].compute.gamma.shape", "out of range"
        ),
        (
            "{ lognormal: { median: 1 ms } }", "4:31 services.a.steps[0].compute.lognormal",
            "`sigma` is missing"
        ),
        (
            "{ lognormal: { mean: 1 ms } }", "4:31 services.a.steps[0].compute.lognormal",
            "`cv` is missing"
        ),
        (
            "{ pareto: { shape: 1, low: 2 ms, high: 1 ms } }",
            "4:28 services.a.steps[0].compute.pareto", "`low` is not below `high`"
        ),
        (
            "{ hyperexponential: [{ probability: 50%, mean: 1 ms }] }",
            "4:18 services.a.steps[0].compute", "add up to 50%"
        ),
        ("{ empirical: [] }", "4:31 services.a.steps[0].compute.empirical", "0 values"),
        (
            "{ empirical: none.csv }", "4:31 services.a.steps[0].compute.empirical",
            "no such file"
        ),
    ].map { value, place, message in
        WrongText(Sample(steps: "      - compute: \(value)\n"), place, message, fix: "")
    }

    @Test("Distributions", arguments: wrongDistributions)
    func distributions(_ wrong: WrongText) {
        if wrong.place.isEmpty {
            #expect(errors(wrong.text).contains { $0.message.contains(wrong.message) })
        } else {
            wrong.check()
        }
    }

    @Test("All errors of a file come at once, in the order of the file")
    func allAtOnce() {
        let text = Sample(
            top: "colour: red", service: "    replicas: -1\n    cores: 2",
            steps: "      - compute: 10\n      - call: nobody\n", rate: "80 rps"
        ).text
        #expect(errors(text).map(\.line) == [3, 4, 6, 7, 13, 14])
    }

    @Test("A description is what compilers print, a hundred at most")
    func descriptions() throws {
        let steps = String(repeating: "      - compute: 10\n", count: 150)
        let error = try #require(throws: TopologyError.self) {
            try TopologyFile.parse(
                text: Sample(steps: steps).text, name: "t.yaml", baseDirectory: "")
        }
        #expect(error.count == 150)
        let lines = error.description.split(separator: "\n")
        #expect(lines.count == 201)
        #expect(lines[0] == "t.yaml:4:18: error: services.a.steps[0].compute: `10` has no unit")
        #expect(lines[1] == "  fix: write a time with its unit, such as `10 ms`")
        #expect(lines[200] == "... and 50 more errors")
    }
}
