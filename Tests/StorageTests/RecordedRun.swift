import Coordination
import Foundation
import GRDB
import Kernel
import Model
import Results
import Storage
import Topology

/// A sequential run of a topology that is recorded as the command does.
struct RecordedRun {
    let topology: TopologyFile
    let settings: RunSettings
    let resolution: SimulatedDuration
    var manifest: Manifest
    private(set) var outcome: RunOutcome?

    init(
        _ text: String, seed: UInt64 = 1, sample: SimulatedDuration = .seconds(1),
        resolution: SimulatedDuration? = nil
    ) throws {
        topology = try TopologyFile.parse(text: text, name: "t.yaml", baseDirectory: "")
        settings = RunSettings(
            seed: seed, duration: topology.duration, sampleInterval: sample, streamsSamples: true)
        self.resolution = resolution ?? sample
        manifest = Manifest(
            topology: topology, path: "t.yaml", seed: seed,
            durationSeconds: settings.end.seconds, resolutionSeconds: 1, scaling: nil,
            placement: "in-process", sync: "sequential", command: ["topple", "run", "t.yaml"],
            versions: Manifest.Versions(topple: "0.0", protocol: 0, fingerprint: "0"))
    }

    func recorder(in staged: StagedResult) throws -> RunRecorder {
        try RunRecorder(
            file: staged.databasePath, shownAs: "results.sqlite", manifest: manifest,
            model: topology.model, settings: settings, resolution: resolution, parameters: [])
    }

    /// Runs in steps of half a second up to `bound` or the end.
    mutating func run(
        into recorder: RunRecorder, before bound: SimulatedInstant = .never
    ) throws {
        var run = SequentialRun<ServiceProcess>(topology.model, settings: settings)
        while !run.isFinished, run.now < bound {
            run.run(before: run.now + .milliseconds(500))
            try recorder.record(
                CommittedRecords(committed: run.now, events: [], samples: run.takeSamples()))
        }
        outcome = run.outcome()
    }

    func summary(of outcome: RunOutcome) -> RunSummary {
        RunSummary(
            run: RunDescription(
                name: topology.name, seed: settings.seed, topologyHash: topology.topologyHash,
                version: "0.0", placement: "in-process", sync: "sequential", workers: 0),
            model: topology.model, outcome: outcome)
    }

    /// Writes a complete result.
    mutating func write(to path: String) throws {
        let staged = try ResultFolder.stage(at: path, force: false)
        let recorder = try recorder(in: staged)
        try run(into: recorder)
        guard let outcome else { return }
        manifest.digest = outcome.digest.description
        manifest.simulatedSeconds = outcome.end.seconds
        manifest.end(.complete)
        let summary = summary(of: outcome)
        try recorder.finish(
            summary, model: topology.model, outcome: outcome, manifest: manifest, parameters: [])
        try recorder.exportSeries(to: staged)
        try recorder.close()
        try staged.write(summary)
        try staged.write(manifest)
        try staged.commit()
    }
}

/// Two services with chance, failures and retries, for ten seconds; nobody comes in the sixth and seventh.
let stormText = """
    name: storm
    duration: 10 s
    network: { latency: 1 ms }
    services:
      web:
        cores: 2 cores
        queue: 5
        threads: 4
        calls: { store: { timeout: 30 ms, retries: { attempts: 2 } } }
        steps: [{ compute: { exponential: 10 ms } }, { call: store }]
      store:
        steps: [{ compute: { exponential: 12 ms } }]
    arrivals:
      visitors:
        to: web
        rate: { steps: [{ at: 0 s, rate: 100 req/s }, { at: 5 s, rate: 0 req/s }, { at: 7 s, rate: 150 req/s }] }
        timeout: 200 ms
    """

/// A new directory, removed after `body`.
func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = NSTemporaryDirectory() + "storage-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

/// Rows of a query as texts.
func query(_ path: String, _ sql: String) throws -> [[String]] {
    var configuration = Configuration()
    configuration.readonly = true
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    return try queue.read { database in
        try Row.fetchAll(database, sql: sql).map { row in
            row.databaseValues.map { String.fromDatabaseValue($0) ?? "\($0)" }
        }
    }
}
