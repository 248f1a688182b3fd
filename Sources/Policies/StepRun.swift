import ControlPlane
import Coordination
import Kernel
import Model
import Results
import Snapshots
import Topology

/// A run that stops at every instant at which its policy is asked, for whoever decides step by step.
///
/// Under a policy of the topology nothing is asked; it stops where a policy outside would have been. A value:
/// a copy is a snapshot.
struct StepRun {
    private let topology: TopologyFile
    private let plan: ScalingPlan
    private let settings: RunSettings
    private var run: SequentialRun<ServiceProcess>
    /// What is to be answered to the question at which the run stands.
    private var decision: PolicyAnswer?
    private var before: RunFigures
    /// Since the step before the last one.
    private var reward = Reward()
    /// Questions so far.
    private var count = 0

    private struct Reward {
        var errorSeconds = 0.0
        var replicaSeconds = 0.0
    }

    /// Begins a run; it stands at the start.
    init(_ topology: TopologyFile, plan: ScalingPlan, settings: RunSettings) {
        self.topology = topology
        self.plan = plan
        self.settings = settings
        run = SequentialRun(
            topology.model, settings: settings, control: ControlPlane(plan, seed: settings.seed))
        before = StepRun.figures(run, topology, settings)
    }

    var now: SimulatedInstant { run.now }
    var isFinished: Bool { run.isFinished }
    var question: PolicyQuestion? { run.question }

    /// Notes what shall be answered when the run goes on, instead of what was noted before.
    ///
    /// - Throws: ``PolicyError`` when it cannot be followed, or nobody is asked.
    mutating func decide(_ answer: PolicyAnswer) throws(PolicyError) {
        guard let question else {
            throw PolicyError(
                isFinished
                    ? "wants to act in a run that is over; reset begins another"
                    : "wants to act in a run that the policy '\(plan.policy.name)' decides")
        }
        try question.check(answer)
        decision = answer
    }

    /// Goes on for so many stops, or to the first stop at or after `until`.
    ///
    /// Stops on the way keep the replicas as they are.
    ///
    /// - Parameters:
    ///   - steps: how many stops.
    ///   - until: where to stop before that.
    ///   - pause: called every half second of simulated time.
    /// - Throws: what `pause` throws; the run can go on after that.
    mutating func advance(
        steps: Int = .max, until: SimulatedInstant = .never, pause: () throws -> Void
    ) throws {
        var left = steps
        while left > 0, !isFinished {
            try proceed(pause)
            left -= 1
            if run.now >= until { break }
        }
        let after = Self.figures(run, topology, settings)
        reward = Reward(
            errorSeconds: after.errorSeconds - before.errorSeconds,
            replicaSeconds: after.replicaSeconds - before.replicaSeconds)
        before = after
    }

    /// Answers, and goes on to the next stop.
    private mutating func proceed(_ pause: () throws -> Void) throws {
        if question != nil {
            let answer = decision ?? PolicyAnswer(replicas: [])
            decision = nil
            try run.answer(answer)
        }
        let stop = nextStop
        while !isFinished, question == nil, run.now < stop {
            run.run(before: min(stop, run.now.advanced(saturatingBy: .milliseconds(500))))
            try pause()
        }
        if question != nil { count += 1 }
    }

    /// The next instant at which to stop although nobody is asked.
    private var nextStop: SimulatedInstant {
        guard plan.policy.kind != .external else { return .never }
        let period = plan.syncPeriod.nanoseconds
        let passed = (run.now - .start).nanoseconds / period * period
        return .start.advanced(saturatingBy: SimulatedDuration(nanoseconds: passed))
            .advanced(saturatingBy: plan.syncPeriod)
    }

    /// The figures of the run so far.
    private static func figures(
        _ run: SequentialRun<ServiceProcess>, _ topology: TopologyFile, _ settings: RunSettings
    ) -> RunFigures {
        let outcome = run.outcome()
        let series = RunSeries(
            model: topology.model, outcome: outcome, interval: settings.checkpointInterval)
        return RunFigures(
            outcome, series: series, verdict: nil,
            replicaSeconds: outcome.processes.map { Double($0.counters.replicaTime) / 1e9 })
    }

    /// Where the run stands, as a message.
    var state: Node {
        var state: [String: Node] = [
            "type": "state", "time": Node(run.now.seconds), "done": Node(isFinished),
            "number": Node(count), "services": question?.observed ?? nil,
            "reward": Node([
                "errorSeconds": Node(reward.errorSeconds),
                "replicaSeconds": Node(reward.replicaSeconds),
            ]),
            "figures": before.node, "digest": nil,
        ]
        if isFinished {
            let outcome = run.outcome()
            state["digest"] = Node(outcome.digest.description)
            state["violations"] = Node(outcome.violations.map { Node($0.law) })
        }
        return Node(state)
    }
}
