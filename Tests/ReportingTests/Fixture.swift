import Coordination
import Foundation
import Kernel
import Model
import Reporting
import Results
import Topology

/// Two services and a stream whose every time is fixed; from 4 s to 6 s the store is too slow.
let steadyText = """
    name: steady
    duration: 10 s
    network:
      latency: 1 ms
    services:
      web:
        cores: 2 cores
        steps: [{ compute: 10 ms }, { call: { service: store, timeout: 100 ms } }]
      store:
        steps: [{ compute: 5 ms }]
    faults:
      store-slow: { slow: { service: store, factor: 40 }, from: 4 s, until: 6 s }
    arrivals:
      visitors: { to: web, process: constant, rate: 10 req/s, timeout: 1 s }
    """

/// A result folder of a sequential run, removed with the last reference.
final class WrittenRun {
    let path: String
    let summary: RunSummary

    init(_ text: String, seed: UInt64 = 1) throws {
        path = NSTemporaryDirectory() + "reporting-tests-" + UUID().uuidString
        let topology = try TopologyFile.parse(text: text, name: "t.yaml", baseDirectory: "")
        let settings = RunSettings(seed: seed, duration: topology.duration)
        var run = SequentialRun<ServiceProcess>(topology.model, settings: settings)
        run.run(before: .never)
        let outcome = run.outcome()
        summary = RunSummary(
            run: RunDescription(
                name: topology.name, seed: seed, topologyHash: topology.topologyHash,
                version: "0.0", placement: "sequential", sync: "none", workers: 0),
            model: topology.model, outcome: outcome)
        let staged = try ResultFolder.stage(at: path, force: false)
        try staged.write(summary)
        try staged.write(topology: topology)
        try staged.write(
            DigestTable(
                model: topology.model, outcome: outcome, interval: settings.checkpointInterval))
        try staged.write(RunSeries(model: topology.model, outcome: outcome))
        try staged.commit()
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func view() throws -> RunView { try RunView(LoadedRun.load(path)) }
}

/// Whether a program is installed.
func isInstalled(_ program: String) -> Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
    }
}
