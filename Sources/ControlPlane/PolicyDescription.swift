package import Kernel

/// A way of scaling, by the name that people gave it.
package struct PolicyDescription: Hashable, Sendable {
    package var name: String
    package var kind: PolicyKind
    package init(name: String, kind: PolicyKind) {
        self.name = name
        self.kind = kind
    }
}

package enum PolicyKind: Hashable, Sendable {
    /// Every service keeps its size: the bound from below.
    case hold
    /// Every service's own HorizontalPodAutoscaler.
    case horizontal
    /// KEDA: every service's own ScaledObject.
    case eventDriven
    /// Knative's autoscaler for every service.
    case knative
    /// All services at once, by what the call graph makes of the users' load.
    case coordinated(CoordinationDescription)
    /// Every service by a forecast of its own load.
    case forecast(ForecastDescription)
    /// All services at once, by the users' load as it is going to be: the bound from above.
    case oracle(lead: SimulatedDuration)
    /// A process outside decides.
    case external
}

/// How the load of every service is predicted from that of the entries, and turned into replicas.
package struct CoordinationDescription: Hashable, Sendable {
    package var graph = GraphSource.expected
    /// Whether no more load is predicted for a service than its callers' replicas can pass on.
    package var isCappedByCallers = true
    /// Whether services above one that cannot grow are only given what it can bear.
    package var respectsFixed = true
    /// Whether a service's own HorizontalPodAutoscaler may ask for more.
    package var hasFeedback = true
    /// For how long a signal travels from a caller to those it calls; zero: all learn at once.
    package var hopDelay = SimulatedDuration.zero
    /// Whether only the services on the path that takes most time grow at a time.
    package var criticalPathFirst = false
    package var forecast: ForecastDescription?
    /// A service shrinks to the most that was wanted of it in so long a time.
    package var stabilisation = SimulatedDuration.seconds(300)

    package init() {}
}

package enum GraphSource: Hashable, Sendable {
    /// Calls per request as the topology gives them, without failures.
    case expected
    /// Calls per request as they were seen in a window that ended some time ago.
    case learned(window: SimulatedDuration, lag: SimulatedDuration)
    /// As somebody says they are: by service, ascending by target.
    case given([[ExpectedCall]])
}

/// How a load is continued into the future.
package struct ForecastDescription: Hashable, Sendable {
    package enum Method: Hashable, Sendable {
        /// A straight line through the readings of the window (least squares).
        case linear(window: SimulatedDuration)
        /// Exponential smoothing of level, trend and, if it has one, season: Holt 1957, Winters 1960,
        /// additive. Constants in 0...1.
        case holtWinters(
            level: Double, trend: Double, season: Double, period: SimulatedDuration?)
    }
    package var method: Method
    /// How far ahead, >= 0: what a new replica needs to be ready.
    package var horizon: SimulatedDuration

    package init(method: Method, horizon: SimulatedDuration) {
        self.method = method
        self.horizon = horizon
    }
}
