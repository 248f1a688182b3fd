import ArgumentParser
import ControlPlane
import Coordination
import Execution
import Kernel
import Policies
import Processes
import Results
import Topology
import Wire
import ZeroMQ

/// Where a policy in another process listens.
struct PolicyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where a policy in another process listens, such as tcp://127.0.0.1:5555; it decides.",
            valueName: "endpoint"))
    var policy: String?

    @Option(help: "How long that policy may take for each decision before the run is given up.")
    var policyTimeout = "10 s"

    mutating func validate() throws {
        guard DurationArgument(argument: policyTimeout) != nil else {
            throw ValidationError("--policy-timeout takes a time such as \"10 s\"")
        }
        if let policy { try checkEndpoint(policy, of: "--policy") }
    }

    /// How the topology is scaled, by the policy that the user has chosen: one outside when `--policy` says so.
    func scaling(_ named: String?, of topology: TopologyFile) throws -> ScalingPlan? {
        do {
            let isAsked = policy != nil && topology.scaling?.policy.kind != .external
            guard let name = named ?? (isAsked ? "external" : nil) else {
                return try answerable(topology.scaling)
            }
            let plan = try topology.scaling(by: name)
            guard policy == nil || plan.policy.kind == .external else {
                throw UserError(
                    text: "--policy has somebody outside decide, --scaling \(name) does not\n"
                        + "  fix: leave one of them out",
                    code: .badInput)
            }
            return try answerable(plan)
        } catch let error as PolicyChoiceError {
            let option = named == nil ? "--policy" : "--scaling"
            throw UserError(text: "\(option): \(error)", code: .badInput)
        }
    }

    /// The plan, if there is somebody to decide.
    private func answerable(_ plan: ScalingPlan?) throws -> ScalingPlan? {
        if policy == nil, let plan { try refuseExternal(plan) }
        return plan
    }

    /// Greets the policy outside; `nil` if there is none.
    ///
    /// - Throws: ``UserError`` when this is no endpoint, ``PolicyFailure`` when nobody answers.
    func session(
        _ topology: TopologyFile, _ plan: ScalingPlan?, _ settings: RunSettings,
        _ signals: SignalLatch
    ) throws -> PolicySession? {
        guard let policy, let plan else { return nil }
        guard settings.traces.slowest == 0, settings.traces.failed == 0 else {
            throw UserError(
                text:
                    "--trace-slowest and --trace-failed need a second run, for which a policy outside "
                    + "cannot be asked again\n  fix: trace with --trace-sample alone",
                code: .badInput)
        }
        let limit = DurationArgument(argument: policyTimeout)?.duration.nanoseconds ?? 0
        let session: PolicySession
        do throws(ZMQError) {
            session = try PolicySession(
                endpoint: policy, limit: .nanoseconds(limit), signals: signals)
        } catch {
            throw UserError(
                text: "--policy: \(error)\n  fix: write tcp://HOST:PORT or ipc://PATH",
                code: .badInput)
        }
        do {
            try session.greet(
                PolicyBriefing(
                    topology: topology.name, seed: settings.seed, duration: settings.end - .start,
                    release: ProtocolVersion.release, plan: plan))
        } catch RunFailure.interrupted(let request) {
            throw UserError(
                text: "interrupted: nothing was written", code: ExitCode(request.exitStatus))
        }
        return session
    }
}

/// Refuses a plan that asks somebody outside, where nobody can be asked.
func refuseExternal(_ plan: ScalingPlan?) throws {
    guard let plan, plan.policy.kind == .external else { return }
    throw UserError(
        text: "the policy '\(plan.policy.name)' asks a process outside, and none is named\n"
            + "  fix: topple run FILE --policy tcp://127.0.0.1:5555 says where one listens; "
            + "docs/policies.md describes it",
        code: .badInput)
}

/// Refuses what ZeroMQ could not use.
func checkEndpoint(_ endpoint: String, of option: String) throws {
    let isKnown = ["tcp://", "ipc://"].contains { endpoint.hasPrefix($0) }
    guard isKnown, endpoint.utf8.count > 6, endpoint.utf8.count <= 256 else {
        throw ValidationError(
            "\(option) takes an endpoint such as tcp://127.0.0.1:5555 or ipc:///tmp/policy")
    }
}
