import ControlPlane
import Coordination
import Foundation
import Kernel
import Model
import Testing
import Topology

/// A committed scenario of `topologies/scaling`, ready to run in this process.
struct ScalingScenario {
    let file: TopologyFile
    private let plan: ScalingPlan?

    /// Three with `TOPPLE_SLOW_TESTS=1`, else one.
    static let seeds: [UInt64] =
        ProcessInfo.processInfo.environment["TOPPLE_SLOW_TESTS"] == "1" ? [1, 2, 3] : [1]

    static let folder: String = {
        let root = #filePath.components(separatedBy: "/Tests/").dropLast()
        return root.joined(separator: "/Tests/") + "/topologies/scaling"
    }()

    /// The scenario in `topologies/scaling/NAME.yaml`.
    ///
    /// - Parameters:
    ///   - name: such as `abcd-spike`.
    ///   - scaling: a policy instead of the one that the file names.
    ///   - changes: by path, values instead of those in the file, as `topple compare --vary` takes them.
    /// - Throws: when there is no such file, path or policy, or something is wrong with it.
    init(
        _ name: String, scaling: String? = nil, _ changes: KeyValuePairs<String, String> = [:]
    ) throws {
        let changes = try changes.map {
            try #require(TopologyChange(path: $0.key, value: $0.value), "\($0.key)")
        }
        let file = try TopologyFile.load(path: Self.folder + "/\(name).yaml", changes: changes)
        plan = try scaling.map { try file.scaling(by: $0) } ?? file.scaling
        self.file = file
    }

    /// Runs it as `topple run --seed SEED` does, with series of one second; the laws must hold.
    func run(
        seed: UInt64, minutes: Int64? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) -> ScalingRun {
        let settings = RunSettings(
            seed: seed, duration: minutes.map { .seconds($0 * 60) } ?? file.duration,
            checkpointInterval: .seconds(1))
        let control = plan.map { ControlPlane($0, seed: seed) }
        var run = SequentialRun<ServiceProcess>(file.model, settings: settings, control: control)
        run.run(before: settings.end)
        let outcome = run.outcome()
        #expect(
            outcome.violations.isEmpty, "\(outcome.violations)", sourceLocation: sourceLocation)
        return ScalingRun(
            model: file.model, layout: SystemLayout(file.model, seed: seed), outcome: outcome)
    }
}

/// What a run of a scenario gave, by the names in its file. Windows are in whole seconds.
///
/// A name that the file does not have fails the test and reads as a service without events.
struct ScalingRun {
    let model: ModelDescription
    let layout: SystemLayout
    let outcome: RunOutcome

    // MARK: Users

    /// Users' calls that ended well and badly in a window; of one stream, or of all.
    func users(_ window: Range<Int>, of stream: String? = nil) -> (good: Double, bad: Double) {
        var (good, bad) = (0.0, 0.0)
        for (index, service) in model.services.enumerated() {
            let first = layout.services[index].outgoing.count
            for sample in outcome.processes[index].edgeSeries
            where window.contains(Int(sample.number) - 1) && Int(sample.edge) >= first {
                let name = service.arrivals[Int(sample.edge) - first].name
                guard stream == nil || stream == name else { continue }
                good += Double(sample.callSuccesses)
                bad += Double(sample.callFailures)
            }
        }
        return (good, bad)
    }

    /// The share of users' calls that ended badly in a window, 0...1.
    func failing(_ window: Range<Int>, of stream: String? = nil) -> Double {
        let (good, bad) = users(window, of: stream)
        return good + bad > 0 ? bad / (good + bad) : 0
    }

    /// Users' calls that ended well in a window, for each second.
    func goodput(_ window: Range<Int>) -> Double { users(window).good / Double(window.count) }

    /// Of all streams' successful requests together, in seconds.
    func latency(_ quantile: Double) -> Double {
        var all = LatencyHistogram()
        for (index, report) in outcome.processes.enumerated() {
            for place in report.edges.indices.dropFirst(layout.services[index].outgoing.count)
            where place + 1 < report.latencies.count {
                all.merge(report.latencies[place + 1])
            }
        }
        return all.quantile(quantile)?.seconds ?? 0
    }

    // MARK: Services

    /// Samples of a service, one for each second in which something happened.
    func samples(_ name: String) -> [ServiceSample] {
        index(name).map { outcome.processes[$0].series } ?? []
    }

    /// When a service turned requests away, in seconds, and how many in all.
    func turnedAway(_ name: String) -> (count: Double, centre: Double) {
        var (count, moment) = (0.0, 0.0)
        for sample in samples(name) {
            let away = Double(
                sample.rejected + sample.shed + sample.expired + sample.unavailable)
            count += away
            moment += away * (Double(sample.number) - 0.5)
        }
        return (count, count > 0 ? moment / count : 0)
    }

    /// ∫ replicas that exist dt over all services, in seconds.
    var replicaSeconds: Double {
        outcome.processes.reduce(0) { sum, report in
            report.series.reduce(sum) { $0 + Double($1.replicaTime) / 1e9 }
        }
    }

    /// By instant in seconds: replicas that were wanted of a service from then on.
    func steps(_ name: String) -> [(second: Double, wanted: Int)] {
        guard let index = index(name) else { return [] }
        return (outcome.control?.steps ?? []).filter { $0.service == index }.map {
            ($0.instant.seconds, $0.desired)
        }
    }

    /// The replicas that were wanted of a service at an instant.
    func wanted(_ name: String, at second: Double) -> Int {
        steps(name).last { $0.second <= second }?.wanted ?? 0
    }

    /// What the control plane had to say, by reason.
    var reasons: Set<String> { Set((outcome.control?.events ?? []).map(\.reason)) }

    /// The most replicas that were wanted of a service.
    func peak(_ name: String) -> Int { steps(name).map(\.wanted).max() ?? 0 }

    private func index(_ name: String) -> Int? {
        let index = model.services.firstIndex { $0.name == name }
        #expect(index != nil, "there is no service `\(name)`")
        return index
    }
}
