import Foundation
import Kernel
import Model
import Testing
import Topology

/// The stream `u` of a file with two endpoints `a.x` and `a.y`.
private func stream(_ keys: String, directory: String = "") throws -> ArrivalDescription {
    let text = """
        services: { a: { endpoints: { x: [], y: [{ compute: 100 ms }] } } }
        arrivals: { u: { \(keys) } }
        """
    let file = try TopologyFile.parse(text: text, name: "t.yaml", baseDirectory: directory)
    return file.model.services[0].arrivals[0]
}

@Suite("Decoding of users")
struct UserDecodingTests {
    @Test("Mixes, priorities and users who try again")
    func commonKeys() throws {
        let users = try stream(
            "to: a, rate: 5 req/s, mix: { y: 3, x: 1 }, priority: 2, timeout: 1 s, "
                + "retries: { attempts: 3, delay: { exponential: 2 s }, persistence: 80% }")
        #expect(
            users.mix == [
                WeightedEndpoint(weight: 3, endpoint: 1), WeightedEndpoint(weight: 1, endpoint: 0),
            ])
        #expect(users.endpoint == 1 && users.priority == 2)
        #expect(users.retries == 2 && users.persistence == 0.8)
        #expect(users.retryDelay == Distribution(.exponential(mean: 2)))
        #expect(users.timeout == .constant(.seconds(1)))
    }

    @Test("Patience that varies")
    func patience() throws {
        let users = try stream("to: a.x, rate: 5 req/s, timeout: { exponential: 2 s }")
        #expect(users.timeout == Distribution(.exponential(mean: 2)))
    }

    @Test("Every process")
    func processes() throws {
        let modulated = try stream(
            "to: a.x, process: modulated, rate: 5 req/s, "
                + "states: [{ factor: 1, stay: 60 s }, { factor: 500%, stay: 5 s }]")
        #expect(modulated.process == .modulated)
        #expect(
            modulated.states == [
                ModulationState(factor: 1, stay: .seconds(60)),
                ModulationState(factor: 5, stay: .seconds(5)),
            ])
        let closed = try stream("to: a.x, process: closed, users: 100, think: 1 s")
        #expect(closed.process == .closed && closed.population == 100)
        #expect(closed.think == Distribution(.deterministic(value: 1)))
        let paced = try stream("to: a.x, process: paced, users: 7, think: { exponential: 2 s }")
        #expect(paced.process == .paced && paced.population == 7)
        let sessions = try stream(
            "to: a.x, process: sessions, rate: 2 req/s, think: 3 s, requestsPerSession: 4.5")
        #expect(sessions.process == .sessions && sessions.requestsPerSession == 4.5)
        #expect(sessions.profile == RateProfile(constant: 2))
    }

    @Test("A trace comes from a file, which belongs to the hash")
    func traces() throws {
        try Repository.withTemporaryDirectory { directory in
            func write(_ text: String) throws {
                try text.write(
                    toFile: directory + "/t.csv", atomically: true, encoding: .utf8)
            }
            try write("time_s\n0.5\n1\n1\n")
            let trace = try stream("to: a.x, process: trace, trace: t.csv", directory: directory)
            #expect(trace.trace.map(\.seconds) == [0.5, 1, 1])
            try write("time_s\n2\n1\n")
            let text = """
                services: { a: { steps: [] } }
                arrivals: { u: { to: a, process: trace, trace: t.csv } }
                """
            let found = errors(text, baseDirectory: directory)
            #expect(found.map(\.line) == [3] && found[0].file == "t.csv")
        }
    }

    @Test("A diurnal rate is a sine of 48 straight pieces", arguments: ["0 s", "3 h", "25 h"])
    func diurnal(_ phase: String) throws {
        let users = try stream(
            "to: a.x, rate: { diurnal: { mean: 100 req/s, amplitude: 50%, phase: \(phase) } }")
        let shift = Double(phase.dropLast(2)).map { $0 * (phase.hasSuffix("h") ? 3600 : 1) } ?? 0
        #expect(users.profile.points[0].instant == .start)
        for point in users.profile.points.prefix(200) {
            let angle = 2 * Double.pi * (point.instant.seconds + shift) / 86_400
            #expect(abs(point.rate - 100 * (1 + 0.5 * sin(angle))) < 0.15, "\(point)")
        }
        #expect(RateProfile.problem(with: users.profile.points) == nil)
    }

    @Test("The forecast counts every kind of user")
    func forecast() throws {
        func rate(_ users: String) throws -> (base: Double, peak: Double) {
            let text = """
                services: { a: { endpoints: { x: [], y: [{ compute: 100 ms }] } } }
                arrivals: { u: { to: a.y, \(users) } }
                """
            let file = try TopologyFile.parse(text: text, name: "t.yaml", baseDirectory: "")
            let load = LoadForecast(file.model).services[0]
            return (load.baseRate, load.peakRate)
        }
        #expect(try rate("process: closed, users: 11, think: 1 s") == (10, 10))
        #expect(try rate("process: paced, users: 10, think: 2 s") == (5, 5))
        #expect(
            try rate("process: sessions, rate: 2 req/s, requestsPerSession: 4") == (8, 8))
        #expect(
            try rate(
                "process: modulated, rate: 6 req/s, states: [{ factor: 0, stay: 1 s }, { factor: 3, stay: 1 s }]"
            ) == (9, 18))
    }

    @Test("The forecast looks into nested steps, loops and probabilities, and at the CPU limit")
    func nestedForecast() throws {
        let text = """
            services:
              a:
                cpuLimit: 500m
                steps:
                  - sometimes: { probability: 50%, steps: [{ repeat: { times: 4, steps: [{ compute: 10 ms }, { call: b }] } }] }
              b: { steps: [] }
            arrivals: { u: { to: a, rate: 10 req/s } }
            """
        let model = try TopologyFile.parse(text: text, name: "t.yaml", baseDirectory: "").model
        let loads = LoadForecast(model).services
        #expect(abs(loads[0].computeSeconds - 0.02) < 1e-12)
        #expect(abs(loads[0].baseUtilisation - 0.4) < 1e-12)
        #expect(abs(loads[1].baseRate - 20) < 1e-12)
    }

    @Test("The forecast takes a cache for one that holds its most popular keys")
    func cachedForecast() throws {
        func load(_ zipf: Double, _ capacity: Int) throws -> Double {
            let text = """
                keyspaces: { k: { keys: 10000, zipf: \(zipf) } }
                services:
                  a:
                    caches: { c: { keyspace: k, capacity: \(capacity) } }
                    steps: [{ cache: { cache: c, onMiss: [{ call: b }] } }]
                  b: { steps: [] }
                arrivals: { u: { to: a, rate: 100 req/s } }
                """
            let model = try TopologyFile.parse(text: text, name: "t.yaml", baseDirectory: "").model
            return LoadForecast(model).services[1].baseRate
        }
        #expect(try load(0, 10_000) == 0)
        #expect(try abs(load(0, 2_500) - 75) < 1e-3)
        // H(100) / H(10000) = 5.18738 / 9.78761.
        #expect(try abs(load(1, 100) - 100 * (1 - 5.187378 / 9.787606)) < 1e-3)
    }
}
