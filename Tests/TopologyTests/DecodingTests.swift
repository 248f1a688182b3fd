import Foundation
import Kernel
import Model
import Testing
import Topology

@Suite("Decoding")
struct DecodingTests {
    private func parse(_ text: String) throws -> TopologyFile {
        try TopologyFile.parse(text: text, name: "dir/my file.yaml", baseDirectory: "")
    }

    private func compute(_ value: String) throws -> Distribution {
        let file = try parse(Sample(steps: "      - compute: \(value)\n").text)
        guard case .compute(let time) = file.model.services[0].endpoints[0].steps[0] else {
            throw CancellationError()
        }
        return time
    }

    @Test("Defaults are those of the documentation")
    func defaults() throws {
        let file = try parse(Sample().text)
        #expect(file.name == "my-file")
        #expect(file.duration == .seconds(600))
        #expect(file.seed == nil)
        let service = file.model.services[0]
        #expect(service.replicas == 1 && service.cores == 1 && service.threads == nil)
        #expect(service.queueLimit == nil && service.holdsThreadDuringCalls)
        #expect(service.balancing == .roundRobin)
        #expect(service.endpoints.map(\.name) == ["default"])
        #expect(service.arrivals[0].process == .poisson && service.arrivals[0].timeout == nil)
    }

    @Test("Units and spellings of numbers")
    func quantities() throws {
        let spellings = [
            "1500 us", "1500 µs", "1.5ms", "1_500_000 ns", "1.5e-3 s", "0.0015 s", "+1.5 ms",
            "\"1.5 ms\"", "{ constant: 1.5 ms }",
        ]
        for spelling in spellings {
            #expect(try compute(spelling) == Distribution(.deterministic(value: 0.0015)))
        }
        #expect(try Quantity.duration("2 h") == .seconds(7200))
        #expect(try Quantity.rate("120 req/min") == 2)
    }

    @Test("Every distribution")
    func distributions() throws {
        #expect(
            try compute("{ exponential: 20 ms, atLeast: 0.5 ms }")
                == Distribution(.exponential(mean: 0.02), offset: .microseconds(500)))
        #expect(
            try compute("{ uniform: [1 ms, 5 ms] }")
                == Distribution(.uniform(low: 0.001, high: 0.005)))
        #expect(
            try compute("{ erlang: { shape: 4, mean: 20 ms } }")
                == Distribution(.erlang(shape: 4, mean: 0.02)))
        #expect(
            try compute("{ gamma: { shape: 0.5, mean: 20 ms } }")
                == Distribution(.gamma(shape: 0.5, mean: 0.02)))
        #expect(
            try compute("{ lognormal: { median: 8 ms, sigma: 0.7 } }")
                == Distribution(.lognormal(median: 0.008, sigma: 0.7)))
        #expect(
            try compute("{ weibull: { shape: 0.7, scale: 8 ms } }")
                == Distribution(.weibull(shape: 0.7, scale: 0.008)))
        #expect(
            try compute("{ pareto: { shape: 1.5, low: 4 ms, high: 400 ms } }")
                == Distribution(.boundedPareto(shape: 1.5, low: 0.004, high: 0.4)))
        let branches = [
            Distribution.Branch(probability: 0.9, mean: 0.005),
            Distribution.Branch(probability: 0.1, mean: 0.05),
        ]
        let hyper =
            "{ hyperexponential: [{ probability: 90%, mean: 5 ms }, { probability: 0.1, mean: 50 ms }] }"
        #expect(try compute(hyper) == Distribution(.hyperexponential(branches: branches)))
        #expect(
            try compute("{ empirical: [1 ms, 2 ms] }")
                == Distribution(.empirical(values: [0.001, 0.002])))
    }

    @Test("A lognormal by mean and coefficient of variation has that mean", arguments: [0, 0.3, 2])
    func lognormalMoments(_ variation: Double) throws {
        let time = try compute("{ lognormal: { mean: 10 ms, cv: \(variation) } }")
        guard case .lognormal(let median, let sigma) = time.shape else {
            Issue.record("not lognormal")
            return
        }
        #expect(abs(median * exp(sigma * sigma / 2) - 0.01) < 1e-15)
        #expect(abs(sigma * sigma - log(1 + variation * variation)) < 1e-14)
    }

    @Test("Rates over time")
    func rates() throws {
        func points(_ rate: String) throws -> [[Double]] {
            try parse(Sample(rate: rate).text).model.services[0].arrivals[0].profile.points.map {
                [$0.instant.seconds, $0.rate]
            }
        }
        #expect(try points("60 req/min") == [[0, 1]])
        #expect(
            try points("{ base: 1 req/s, spike: 3 req/s, from: 60 s, until: 180 s }")
                == [[60, 1], [60, 3], [180, 3], [180, 1]])
        #expect(
            try points("{ ramp: { from: 1 req/s, to: 3 req/s, start: 1 s, end: 2 s } }")
                == [[1, 1], [2, 3]])
        #expect(
            try points("{ steps: [{ at: 0 s, rate: 1 req/s }, { at: 5 s, rate: 2 req/s }] }")
                == [[0, 1], [5, 1], [5, 2]])
        #expect(
            try points("{ points: [{ at: 0 s, rate: 1 req/s }, { at: 5 s, rate: 2 req/s }] }")
                == [[0, 1], [5, 2]])
    }

    @Test("Steps and calls")
    func calls() throws {
        let steps = """
                  - call: { service: b, timeout: 250 ms, probability: 30%, optional: true }
                  - parallel: [b, { service: b.default, timeout: 1 s }]
                  - choose: [{ service: b, weight: 2 }, b]

            """
        let file = try parse(Sample(top: "network: { latency: 2 ms }", steps: steps).text)
        let latency = Distribution(.deterministic(value: 0.002))
        let plain = CallDescription(
            target: ServiceID(1), requestLatency: latency, responseLatency: latency)
        var first = plain
        first.timeout = .milliseconds(250)
        first.probability = 0.3
        first.isOptional = true
        var second = plain
        second.timeout = .seconds(1)
        #expect(
            file.model.services[0].endpoints[0].steps == [
                .call([first]), .call([plain, second]),
                .oneOf([WeightedCall(weight: 2, call: plain), WeightedCall(weight: 1, call: plain)]
                ),
            ])
    }

    @Test("JSON is YAML, and Windows line ends and a byte order mark are fine")
    func otherSpellings() throws {
        let json = """
            {"services": {"a": {"steps": [{"compute": "1 ms"}]}},
             "arrivals": {"u": {"to": "a", "rate": "1 req/s"}}}
            """
        #expect(try parse(json).model.services.count == 1)
        let windows = Sample().text.replacingOccurrences(of: "\n", with: "\r\n")
        #expect(try parse(windows).model == parse(Sample().text).model)
        #expect(try parse("\u{FEFF}" + Sample().text).model == parse(Sample().text).model)
    }

    @Test("The hash depends on the text and on companion files, and on nothing else")
    func hashes() throws {
        let one = try parse(Sample().text)
        #expect(try one.topologyHash == parse(Sample().text).topologyHash)
        #expect(try one.topologyHash != parse(Sample().text + "# x\n").topologyHash)
        try Repository.withTemporaryDirectory { directory in
            var seen: Set<String> = []
            for value in ["1", "2", "1"] {
                try "ms\n\(value)\n".write(
                    toFile: directory + "/t.csv", atomically: true, encoding: .utf8)
                let text = Sample(steps: "      - compute: { empirical: t.csv }\n").text
                let file = try TopologyFile.parse(
                    text: text, name: "t.yaml", baseDirectory: directory)
                #expect(file.companionFiles.map(\.name) == ["t.csv"])
                seen.insert(file.topologyHash)
            }
            #expect(seen.count == 2)
        }
    }

    @Test("The hash is SHA-256 of the length and the text, as any other program computes it")
    func knownHash() throws {
        let text = """
            services: { a: { steps: [] } }
            arrivals: { u: { to: a, rate: 1 req/s } }

            """
        #expect(
            try parse(text).topologyHash
                == "cd854eaa758e0cce21d54c80b1038b1f64936bbff67b51301b21b72672b68cc2")
    }
}
