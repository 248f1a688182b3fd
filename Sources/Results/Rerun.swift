package import ControlPlane
import Coordination
import Kernel
import Model
package import Topology

/// A stored run, run again sequentially from its topology and seed.
struct Rerun {
    private let stored: LoadedRun
    private var run: SequentialRun<ServiceProcess>

    init(_ stored: LoadedRun, until end: SimulatedInstant) throws(ResultError) {
        self.stored = stored
        let topology = try stored.topology()
        let model = topology.model
        guard model.services.map(\.name) == stored.digests.services.map(\.name) else {
            throw ResultError(
                path: stored.path + "/" + ResultFolder.digestsName,
                message: "names other services than the topology",
                remedy: "run the simulation again")
        }
        run = SequentialRun(
            model,
            settings: RunSettings(
                seed: stored.summary.seed, duration: max(stored.end, end) - .start,
                // Digests are looked at directly, so no checkpoints are needed.
                checkpointInterval: SimulatedDuration(nanoseconds: .max)),
            control: try stored.controlPlane(of: topology))
    }

    mutating func run(before bound: SimulatedInstant) { run.run(before: bound) }

    mutating func startRecording() { run.partition.effects.recordsEvents = true }
    mutating func stopRecording() { run.partition.effects.recordsEvents = false }

    /// By service: the events from where the run stands to `bound`.
    mutating func record(before bound: SimulatedInstant) -> [ServiceStream] {
        var streams = run.partition.processes.elements.map { process in
            ServiceStream(skipped: process.eventCount)
        }
        for event in run.run(before: bound) { streams[Int(event.service)].events.append(event) }
        return streams
    }

    /// Where the stored digests differ from those of the run, now that it stands at a checkpoint.
    func contradictions() -> [String] {
        let differing = zip(stored.digests.services, run.partition.processes.elements).filter {
            service, process in
            service.rows.contains { $0.instant == run.now && $0.digest != process.digest }
        }
        guard let first = differing.first?.0.name else { return [] }
        return [
            "\(stored.path): run again, \(first)"
                + (differing.count > 1 ? " and \(differing.count - 1) other services" : "")
                + " had other events before \(exactSeconds(run.now)) s than the stored digests say: "
                + "the run was made by another version (\(stored.summary.version)) or by a broken "
                + "engine, or a file was changed"
        ]
    }
}

extension LoadedRun {
    /// The control plane that the run had: with the policy that was in force.
    func controlPlane(of topology: TopologyFile) throws(ResultError) -> ControlPlane? {
        try scalingPlan(of: topology).map { ControlPlane($0, seed: summary.seed) }
    }

    /// How the run was scaled, if it was.
    package func scalingPlan(of topology: TopologyFile) throws(ResultError) -> ScalingPlan? {
        guard var plan = topology.scaling, let name = summary.scaling?.policy else { return nil }
        guard let policy = plan.policies.first(where: { $0.name == name }) else {
            throw ResultError(
                path: path + "/" + ResultFolder.summaryName,
                message: "was scaled by a policy '\(name)' that the topology does not have",
                remedy: "run the simulation again")
        }
        guard policy.kind != .external else {
            throw ResultError(
                path: path, message: "was scaled by a policy outside, which is not there now",
                remedy: "compare results of runs with built-in policies")
        }
        plan.policy = policy
        return plan
    }
}
