import Coordination
import Foundation
import Kernel
import Model
import Results
import Topology

/// The repository that these tests were compiled from.
enum Repository {
    static let root = #filePath.components(separatedBy: "/Tests/").dropLast().joined(
        separator: "/Tests/")
}

/// Two services and a stream whose every time is fixed: the n-th user comes at n × 100 ms.
let steadyText = """
    name: steady
    duration: 1 s
    network:
      latency: 1 ms
    services:
      web:
        steps: [{ compute: 10 ms }, { call: store }]
      store:
        steps: [{ compute: 5 ms }]
    arrivals:
      visitors: { to: web, process: constant, rate: 10 req/s, timeout: 1 s }
    """

/// The same shape with chance in it, for `seconds`.
func randomText(seconds: Int = 10, storeTime: String = "5 ms") -> String {
    """
    name: random
    duration: \(seconds) s
    network:
      latency: { exponential: 1 ms, atLeast: 0.5 ms }
    services:
      web:
        cores: 2 cores
        queue: 5
        threads: 4
        steps: [{ compute: { exponential: 10 ms } }, { call: { service: store, timeout: 30 ms } }]
      store:
        steps: [{ compute: { exponential: \(storeTime) } }]
    arrivals:
      visitors: { to: web, rate: 100 req/s, timeout: 200 ms }
      others: { to: store, rate: 20 req/s }
    """
}

/// A finished sequential run of a topology, with its events.
struct FinishedRun {
    let topology: TopologyFile
    let seed: UInt64
    let outcome: RunOutcome
    let events: [EventRecord]
    let settings: RunSettings

    init(_ text: String, seed: UInt64 = 1, directory: String = "") throws {
        topology = try TopologyFile.parse(text: text, name: "t.yaml", baseDirectory: directory)
        self.seed = seed
        settings = RunSettings(seed: seed, duration: topology.duration, recordsEvents: true)
        var run = SequentialRun<ServiceProcess>(topology.model, settings: settings)
        events = run.run(before: .never)
        outcome = run.outcome()
    }

    var summary: RunSummary {
        RunSummary(
            run: RunDescription(
                name: topology.name, seed: seed, topologyHash: topology.topologyHash,
                version: "0.0", placement: "sequential", sync: "none", workers: 0,
                wallSeconds: 0.25),
            model: topology.model, outcome: outcome)
    }

    var digests: DigestTable {
        DigestTable(
            model: topology.model, outcome: outcome, interval: settings.checkpointInterval)
    }

    /// Writes a complete result.
    func write(to path: String, events recorded: Bool = false, force: Bool = false) throws {
        let staged = try ResultFolder.stage(at: path, force: force)
        try staged.write(summary)
        try staged.write(topology: topology)
        try staged.write(digests)
        try staged.write(RunSeries(model: topology.model, outcome: outcome))
        if recorded { try staged.eventWriter().append(events) }
        try staged.commit()
    }
}

/// A new directory, removed after `body`.
func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = NSTemporaryDirectory() + "results-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

/// The names in a folder, hidden ones too.
func entries(_ path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
}

func write(_ text: String, to path: String) throws {
    try text.write(toFile: path, atomically: false, encoding: .utf8)
}
