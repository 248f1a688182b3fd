import Foundation
import Testing

/// The digest depends on topology, duration and seed: whatever else changes, it stays.
@Suite("Determinism", .serialized, .timeLimit(.minutes(1)))
struct DeterminismTests {
    /// Where services run and how workers are kept in step.
    static let ways: [[String]] = [
        ["--placement", "service"],
        ["--placement", "2"],
        ["--placement", "3"],
        ["--placement", "service", "--window", "1 ms"],
        ["--placement", "2", "--window", "20 ms"],
        ["--placement", "3", "--window", "500 ms"],
        ["--placement", "service", "--window", "5 s"],
        ["--placement", "2", "--sync", "conservative"],
        ["--placement", "service", "--sync", "conservative"],
    ]

    @Test(
        "The digest is the same in one process, over workers, with any windows, and conservatively",
        arguments: [
            ("chain4", "1 s"), ("chain4-saturated", "500 ms"), ("diamond", "1 s"),
            ("cyclic", "1 s"),
        ])
    func everyWay(topology: String, duration: String) throws {
        let reference = try digest(topology, duration, ["--placement", "in-process"])
        for way in Self.ways {
            let other = try digest(topology, duration, way)
            #expect(other == reference, "\(topology) with \(way.joined(separator: " "))")
        }
    }

    @Test("A spike that overloads the system gives the same digest over workers and in one process")
    func spike() throws {
        let reference = try digest("spike-abcd", "90 s", ["--placement", "in-process"])
        for way in [["--placement", "service"], ["--placement", "2", "--window", "20 ms"]] {
            #expect(try digest("spike-abcd", "90 s", way) == reference)
        }
    }

    @Test("Another seed, another duration and another topology give other digests")
    func different() throws {
        let digests = [
            try digest("chain4", "1 s", ["--seed", "1"]),
            try digest("chain4", "1 s", ["--seed", "2"]),
            try digest("chain4", "2 s", ["--seed", "1"]),
            try digest("diamond", "1 s", ["--seed", "1"]),
        ]
        #expect(Set(digests).count == digests.count)
    }

    @Test("Swift's hash seeds change nothing")
    func hashSeeds() throws {
        for topology in ["diamond", "cyclic"] {
            let fixed = try digest(
                topology, "1 s", [], environment: ["SWIFT_DETERMINISTIC_HASHING": "1"])
            #expect(try digest(topology, "1 s", []) == fixed)
            #expect(try digest(topology, "1 s", []) == fixed)
        }
    }

    @Test("A machine with more to do than cores changes nothing")
    func loadedMachine() throws {
        let quiet = try digest("diamond", "1 s", ["--placement", "in-process"])
        let load = try (0..<3).map { _ in
            try CommandRun(["bench", "r4", "--placement", "in-process", "--duration", "10 h"])
        }
        for way in [["--placement", "service"], ["--placement", "2", "--window", "20 ms"]] {
            #expect(try digest("diamond", "1 s", way) == quiet)
        }
        #expect(load.allSatisfy { isRunning($0.pid) })
    }

    @Test("A thousand services give the same digest over workers", .enabled(if: runsSlowTests))
    func thousand() throws {
        let reference = try digest("thousand", "500 ms", ["--placement", "in-process"])
        #expect(try digest("thousand", "500 ms", ["--placement", "service"]) == reference)
        #expect(try digest("thousand", "500 ms", ["--placement", "2"]) == reference)
    }

    @Test(
        "Longer runs of every topology give the same digest every way",
        .enabled(if: runsSlowTests),
        arguments: ["chain4", "chain4-saturated", "diamond", "cyclic", "tree85"])
    func longer(topology: String) throws {
        let reference = try digest(topology, "5 s", ["--placement", "in-process"])
        for way in [["--placement", "service"], ["--placement", "2"], ["--window", "100 ms"]] {
            #expect(try digest(topology, "5 s", way) == reference)
        }
    }
}

/// The digest of a run of a topology in this repository.
private func digest(
    _ topology: String, _ duration: String, _ options: [String],
    environment: [String: String] = [:]
) throws -> String {
    let run = try CommandRun(
        ["run", Repository.topology(topology), "--duration", duration, "--json"] + options,
        environment: environment)
    let result = try run.wait(within: .seconds(50))
    guard result.status == 0 else {
        throw CommandError("status \(result.status): \(result.errors)")
    }
    let summary = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    return try #require((summary as? [String: Any])?["digest"] as? String)
}
