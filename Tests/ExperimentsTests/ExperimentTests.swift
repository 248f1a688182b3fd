import ControlPlane
import Coordination
import Experiments
import Foundation
import Kernel
import Model
import Results
import Statistics
import Testing
import Topology

@Suite("Experiments: several ways of the same system")
struct ExperimentTests {
    private static let topology = """
        name: pair
        duration: 20 s
        services:
          a: { replicas: 2, steps: [{ compute: 10 ms }, { call: b }] }
          b: { steps: [{ compute: 1 ms }], scaling: { max: 5 } }
        arrivals:
          users: { to: a, rate: 80 req/s }
        """

    private static func withPlan<Result>(
        _ variations: [String] = ["scaling=none,hpa", "services.a.replicas=1,2,3"],
        seeds: [UInt64] = [1, 2, 3], _ body: (ExperimentPlan, String) throws -> Result
    ) throws -> Result {
        let directory = NSTemporaryDirectory() + "experiment-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = directory + "/t.yaml"
        try topology.write(toFile: path, atomically: true, encoding: .utf8)
        let plan = try ExperimentPlan(
            path: path, variations: variations.map { try Variation($0) }, seeds: seeds)
        return try body(plan, directory)
    }

    private static func record(
        _ alternative: Int, _ seed: UInt64, errors: Double, cost: Double = 100, good: Int = 9
    ) throws -> ExperimentRecord {
        let text = """
            {"alternative":\(alternative),"seed":\(seed),"digest":"d","violations":[],
            "curves":{"interval":1,"failing":[],"offered":[],"services":[]},
            "figures":{"userCalls":10,"userSuccesses":\(good),"userFailures":1,"errorSeconds":\(errors),
            "replicaSeconds":\(cost)}}
            """
        return try JSONDecoder().decode(ExperimentRecord.self, from: Data(text.utf8))
    }

    // MARK: Variations

    @Test(
        "A variation is a key and values between commas; brackets, braces and quotes hold commas",
        arguments: [
            ("scaling=hpa,coordinated", "scaling", ["hpa", "coordinated"]),
            ("services.a.replicas=1, 2 ,3", "services.a.replicas", ["1", "2", "3"]),
            ("k={ a: 1, b: [2, 3] },5 ms", "k", ["{ a: 1, b: [2, 3] }", "5 ms"]),
            ("k=\"a,b\",'c,d'", "k", ["\"a,b\"", "'c,d'"]), ("k=a=b", "k", ["a=b"]),
        ])
    func variation(text: String, key: String, values: [String]) throws {
        #expect(try Variation(text) == Variation(key: key, values: values))
    }

    @Test(
        "What is no variation is refused with an example",
        arguments: [
            ("scaling", "KEY=VALUE"), ("=a", "KEY=VALUE"), ("k=", "empty value"),
            ("k=a,,b", "empty value"), ("k=a,a", "same value twice"),
        ])
    func noVariation(text: String, message: String) {
        do {
            _ = try Variation(text)
            Issue.record("taken")
        } catch { #expect("\(error)".contains(message), "\(error)") }
    }

    // MARK: Plans

    @Test("Every combination runs once for each seed, the last variation changing fastest")
    func plan() throws {
        try Self.withPlan { plan, _ in
            #expect(
                plan.alternatives.map(\.values) == [
                    ["none", "1"], ["none", "2"], ["none", "3"], ["hpa", "1"], ["hpa", "2"],
                    ["hpa", "3"],
                ])
            #expect(plan.cells.count == 18)
            #expect(plan.topologies.map { $0.model.services[0].replicas } == [1, 2, 3, 1, 2, 3])
            #expect(plan.topologies[3].scaling?.policy.name == "hpa")
            // All meet the same users.
            #expect(Set(plan.cells.map { plan.settings($0).seed }) == [1, 2, 3])
        }
    }

    @Test("What differs in the first variation only is compared with its first value")
    func baselines() throws {
        try Self.withPlan { plan, _ in
            #expect(plan.alternatives.indices.map(plan.baseline) == [0, 1, 2, 0, 1, 2])
        }
    }

    @Test("A policy or a path that there is not is refused")
    func refusals() {
        for variation in ["scaling=nobody", "services.x.replicas=1", "services..a=1"] {
            #expect(throws: (any Error).self, "\(variation)") {
                try Self.withPlan([variation]) { _, _ in }
            }
        }
    }

    // MARK: Comparisons

    @Test("Pairs are made of runs with the same seed; what is missing is left out")
    func pairs() throws {
        try Self.withPlan(["scaling=none,hpa"]) { plan, _ in
            let comparison = try ExperimentComparison(
                plan,
                [
                    Self.record(1, 3, errors: 4), Self.record(0, 1, errors: 10),
                    Self.record(0, 3, errors: 5), Self.record(1, 1, errors: 8),
                    Self.record(0, 2, errors: 100), Self.record(1, 9, errors: 1),
                ])
            let pair = try #require(comparison.rows[1].entry("errorSeconds")?.difference)
            #expect(pair.count == 2 && pair.meanDifference == -1.5)
            #expect(comparison.rows[0].entry("errorSeconds")?.difference == nil)
            #expect(comparison.rows[0].entry("errorSeconds")?.mean?.mean == 115.0 / 3)
            #expect(comparison.records.map(\.count) == [3, 2])
        }
    }

    @Test("Words say what was found, and nothing that was not")
    func words() throws {
        try Self.withPlan(["scaling=none,hpa"]) { plan, _ in
            func verdict(_ pairs: [(Double, Double)]) throws -> String {
                ExperimentComparison(
                    plan,
                    try pairs.enumerated().flatMap { seed, pair in
                        try [
                            Self.record(0, UInt64(seed + 1), errors: pair.0),
                            Self.record(1, UInt64(seed + 1), errors: pair.1, cost: 150),
                        ]
                    }
                ).verdict.joined(separator: "\n")
            }
            let clear = try verdict([(10, 5), (12, 6), (11, 5.4)])
            #expect(clear.contains("50.3% fewer error-seconds than none"), "\(clear)")
            #expect(clear.contains("50.0% more replica time"))
            #expect(clear.contains("Fewest error-seconds: hpa"))
            #expect(clear.contains("Least replica time: none"))
            let unclear = try verdict([(10, 5), (5, 10), (8, 8)])
            #expect(unclear.contains("no difference from none"), "\(unclear)")
            #expect(!clear.contains("no answer"))
            let open = try ExperimentComparison(
                plan,
                [Self.record(0, 1, errors: 1), Self.record(1, 1, errors: 0, good: 0)]
            ).verdict.joined(separator: "\n")
            #expect(open.contains("hpa: 90.0% of the users' calls had no answer"), "\(open)")
            #expect(!open.contains("none: 0"), "\(open)")
            #expect(try verdict([(10, 5)]).contains("one seed proves nothing"))
            #expect(try verdict([]).contains("no pairs of runs"))
        }
    }

    // MARK: Folders

    @Test("An experiment goes on where it stopped, without the run whose line was cut")
    func resume() throws {
        try Self.withPlan(["scaling=none,hpa"]) { plan, directory in
            let path = directory + "/out"
            let file = path + "/" + ExperimentFolder.recordsName
            do {
                let folder = try ExperimentFolder(path: path, plan: plan, force: false)
                #expect(folder.records.isEmpty)
                try folder.append(Self.record(0, 1, errors: 1))
                try folder.append(Self.record(1, 1, errors: 2))
            }
            let whole = try String(contentsOfFile: file, encoding: .utf8)
            #expect(whole.split(separator: "\n").count == 3)
            for cut in [1, 20, 200] {
                try String(whole.dropLast(cut)).write(
                    toFile: file, atomically: true, encoding: .utf8)
                let folder = try ExperimentFolder(path: path, plan: plan, force: false)
                #expect(folder.records.map(\.figures.errorSeconds) == [1])
                try folder.append(Self.record(1, 1, errors: 2))
                #expect(try String(contentsOfFile: file, encoding: .utf8) == whole)
            }
            let again = try ExperimentFolder(path: path, plan: plan, force: false)
            #expect(again.records.count == 2)
            #expect(throws: ResultError.self) {
                try ExperimentFolder(path: path, plan: plan, force: false)
            }
        }
    }

    @Test("The folder of another experiment is only replaced by force, and other files never")
    func otherFolders() throws {
        try Self.withPlan(["scaling=none,hpa"]) { plan, directory in
            let path = directory + "/out"
            do {
                let folder = try ExperimentFolder(path: path, plan: plan, force: false)
                try folder.append(Self.record(0, 1, errors: 1))
            }
            let other = try ExperimentPlan(
                path: directory + "/t.yaml", variations: [Variation("scaling=none,oracle")],
                seeds: [1])
            #expect(throws: ResultError.self) {
                try ExperimentFolder(path: path, plan: other, force: false)
            }
            #expect(try ExperimentFolder(path: path, plan: other, force: true).records.isEmpty)
            let strange = directory + "/strange"
            try FileManager.default.createDirectory(
                atPath: strange, withIntermediateDirectories: true)
            try "x".write(toFile: strange + "/x", atomically: true, encoding: .utf8)
            #expect(throws: ResultError.self) {
                try ExperimentFolder(path: strange, plan: other, force: true)
            }
        }
    }
}
