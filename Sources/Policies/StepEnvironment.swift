import ControlPlane
import Coordination
package import Foundation
package import Kernel
package import Snapshots
package import Topology

/// Serves the requests of a learner or an optimiser, one after another: reset, observe, act, advance, close.
///
/// Requests and replies are values, so that it can be driven without a socket. What is wrong with a request is
/// a reply, and changes nothing.
package struct StepEnvironment {
    private let topology: TopologyFile
    private let release: String
    private let defaults: (seed: UInt64, duration: SimulatedDuration)
    private var current: StepRun?
    /// Whether `close` was requested.
    package private(set) var isClosed = false

    /// - Parameters:
    ///   - topology: what is simulated, with something that scales.
    ///   - seed: of runs whose reset names none.
    ///   - duration: of runs whose reset names none.
    ///   - release: of Topple.
    package init(
        _ topology: TopologyFile, seed: UInt64, duration: SimulatedDuration, release: String
    ) {
        self.topology = topology
        self.release = release
        defaults = (seed, duration)
    }

    /// Does what a request asks for.
    ///
    /// - Parameters:
    ///   - bytes: the JSON of the request, whatever it may be.
    ///   - pause: called every half second of simulated time.
    /// - Returns: the reply.
    /// - Throws: only what `pause` throws.
    package mutating func reply(
        to bytes: Data, pause: () throws -> Void = {}
    ) throws -> Node {
        do {
            let request = try PolicyReply.object(in: bytes)
            switch try request.text("type") {
            case "reset": return try reset(request, pause)
            case "observe": return try running().state
            case "act": return try act(request)
            case "advance": return try advance(request, pause)
            case "close":
                isClosed = true
                return Node(["type": "closed"])
            case let other:
                throw PolicyError(
                    "sent a request of the unknown type '\(tidy(other, limit: 40))'; there are "
                        + "reset, observe, act, advance and close")
            }
        } catch let error as PolicyError {
            return Node([
                "type": "error", "message": Node("the client \(error.description)"),
                "fix": "mend the request; docs/policies.md lists requests and their fields",
            ])
        }
    }

    private func running() throws(PolicyError) -> StepRun {
        guard let current else { throw PolicyError("has to send reset first") }
        return current
    }

    /// Begins a run and goes to its first stop.
    private mutating func reset(_ request: MessageObject, _ pause: () throws -> Void) throws -> Node
    {
        let version = try request.optionalWhole("protocol") ?? PolicyProtocol.version
        guard version == PolicyProtocol.version else {
            throw PolicyError(
                "speaks version \(version) of the protocol, this Topple version "
                    + "\(PolicyProtocol.version)")
        }
        let seconds = try request.seconds("duration")
        let duration = seconds.map { SimulatedDuration(seconds: min($0, Self.longest)) }
        if let duration, duration <= .zero {
            throw PolicyError("wants a run of no duration; `duration` is in seconds")
        }
        let settings = RunSettings(
            seed: try request.seed("seed") ?? defaults.seed,
            duration: duration ?? defaults.duration)
        let name = try request.optionalText("scaling") ?? "external"
        let plan: ScalingPlan
        do throws(PolicyChoiceError) { plan = try topology.scaling(by: name) } catch {
            throw PolicyError("asks for another policy: \(error)")
        }
        var run = StepRun(topology, plan: plan, settings: settings)
        try run.advance(steps: 1, pause: pause)
        current = run
        let briefing = PolicyBriefing(
            topology: topology.name, seed: settings.seed, duration: settings.end - .start,
            release: release, plan: plan)
        return run.state.with("hello", briefing.hello)
    }

    /// Seconds of the longest run: a year.
    private static let longest = 366.0 * 86_400

    private mutating func act(_ request: MessageObject) throws -> Node {
        var run = try running()
        try run.decide(PolicyAnswer(replicas: try request.replicas(), reason: Self.reason(request)))
        current = run
        return run.state
    }

    private mutating func advance(
        _ request: MessageObject, _ pause: () throws -> Void
    ) throws -> Node {
        var run = try running()
        guard !run.isFinished else {
            throw PolicyError("wants to advance a run that is over; reset begins another")
        }
        if let wanted = try request.optionalReplicas() {
            try run.decide(PolicyAnswer(replicas: wanted, reason: Self.reason(request)))
        }
        switch (try request.optionalWhole("steps"), try request.seconds("until")) {
        case (.some, .some):
            throw PolicyError("gives both `steps` and `until`; one of them says how far")
        case (let steps?, nil):
            guard steps > 0 else { throw PolicyError("wants to advance by \(steps) steps") }
            try run.advance(steps: steps, pause: pause)
        case (nil, let until?):
            let until =
                SimulatedInstant.start + SimulatedDuration(seconds: min(until, Self.longest))
            guard until > run.now else {
                throw PolicyError(
                    "wants to advance to \(shown(until)), and it is \(shown(run.now)) already")
            }
            try run.advance(until: until, pause: pause)
        case (nil, nil): try run.advance(steps: 1, pause: pause)
        }
        current = run
        return run.state
    }

    private static func reason(_ request: MessageObject) throws(PolicyError) -> String {
        tidy(try request.optionalText("reason") ?? "", limit: PolicyProtocol.longestReason)
    }
}

extension Node {
    /// An object with one member more.
    fileprivate func with(_ key: String, _ value: Node) -> Node {
        guard case .map(var members) = content else { return self }
        members[key] = value
        return Node(members)
    }
}
