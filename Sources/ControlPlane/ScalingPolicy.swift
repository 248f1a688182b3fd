import Autoscalers
package import Kernel
package import Model

/// Something that decides how many replicas services shall have.
///
/// A value: a copy is a snapshot. It sees what a ``ControlView`` gives it and nothing else.
package protocol ScalingPolicy: Sendable {
    /// When it looks next.
    var nextInstant: SimulatedInstant { get }

    /// Looks at `view.now`, which is ``nextInstant``, and moves that on.
    mutating func decide(_ view: ControlView) -> PolicyVerdict
}

/// What a policy says.
package enum PolicyVerdict: Hashable, Sendable {
    case decisions([ScalingDecision])
    /// Somebody outside has to be asked.
    case question
}

/// A number of replicas for one service, and why.
package struct ScalingDecision: Hashable, Sendable {
    package var service: Int
    /// `nil`: no decision; the size stays.
    package var replicas: Int?
    /// In one word as Kubernetes writes them, and in a sentence.
    package var reason: String
    package var message: String
    /// What `kubectl describe` would list besides: warnings, and the autoscaler's conditions.
    var events: [AutoscalerEvent] = []
    /// For a service whose pods are jobs: those to be started now.
    var starts: JobStart?
    var conditions: ConditionList?

    package init(service: Int, replicas: Int?, reason: String, message: String = "") {
        self.service = service
        self.replicas = replicas
        self.reason = reason
        self.message = message
    }
}

/// Jobs to be started.
struct JobStart: Hashable, Sendable {
    var count: Int
    /// Requests that each of them takes, at least 1.
    var fill: Int
}

/// What a policy may see at an instant.
package struct ControlView: Sendable {
    package let now: SimulatedInstant
    package let plan: ScalingPlan
    /// By service: pods as the API server knows them; sums are not for policies.
    package let seen: [ServiceObservation]
    /// By service: what the metrics pipeline answers.
    package let metrics: [ServiceMetrics]
    /// By service: `spec.replicas`.
    package let desired: [Int]
    /// What pods ask for; `nil`: what their services say.
    var requests: PodRequests?

    package func isScaled(_ service: Int) -> Bool { plan.services[service].bounds != nil }

    /// Requests that reach a service in a second, over the averaging window.
    package func arrivalRate(_ service: Int) -> Double? {
        metrics[service].rate(at: now) { $0.arrived }
    }

    /// Requests that users send to a service in a second, between the last two readings.
    package func userRate(_ service: Int) -> Double? {
        let calls = plan.services[service].targets.count
        return metrics[service].freshRate(at: now) {
            $0.edgeRequests.dropFirst(calls).reduce(0, &+)
        }
    }
}

/// The policy that leaves everything as it is.
package struct HoldPolicy: ScalingPolicy {
    package init() {}
    package var nextInstant: SimulatedInstant { .never }
    package mutating func decide(_ view: ControlView) -> PolicyVerdict { .decisions([]) }
}

/// When something that happens at regular intervals happens next.
struct Ticker: Hashable, Sendable {
    let period: SimulatedDuration
    private(set) var next: SimulatedInstant

    init(every period: SimulatedDuration, from first: SimulatedInstant) {
        self.period = period
        next = first
    }

    /// Whether it is due at `now`; if so it is next due a period later.
    mutating func takeDue(at now: SimulatedInstant) -> Bool {
        guard next <= now else { return false }
        next = next.advanced(saturatingBy: period)
        return true
    }
}

/// The most that was wanted in a window of time: what a service may shrink to.
struct ScaleDownWindow: Hashable, Sendable {
    private var wanted: [(Entry)] = []

    private struct Entry: Hashable, Sendable {
        var instant: SimulatedInstant
        var replicas: Int
    }

    mutating func stabilise(
        _ replicas: Int, at now: SimulatedInstant, window: SimulatedDuration
    ) -> Int {
        wanted.removeAll { now - $0.instant >= window }
        wanted.append(Entry(instant: now, replicas: replicas))
        return wanted.reduce(replicas) { max($0, $1.replicas) }
    }
}
