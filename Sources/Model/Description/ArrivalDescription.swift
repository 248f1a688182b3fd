package import Kernel

/// Users whose requests come from outside.
package struct ArrivalDescription: Hashable, Sendable {
    package enum Process: UInt8, Hashable, Sendable, CaseIterable {
        /// Evenly spaced at the profile's rate.
        case constant
        /// Poisson with the profile's rate.
        case poisson
        /// A Markov-modulated Poisson process: the profile's rate times the factor of its state.
        case modulated
        /// Requests at the instants of `trace`, each once.
        case trace
        /// `population` users who each wait for an answer and then think: a closed system. The
        /// profile is not looked at.
        case closed
        /// `population` users who each mean to send a request every `think` time, and send it late
        /// when the answer before is late; latency counts from when it was meant to be sent.
        case paced
        /// Users who come as a Poisson process, send requests with think times between, and leave: a
        /// partly open system.
        case sessions
    }
    package var name: String
    /// Index into the service's endpoints.
    package var endpoint: Int
    package var process: Process
    package var profile: RateProfile
    /// How long a user waits for the answer, drawn for each attempt; its mean is > 0. `nil` for ever.
    package var timeout: Distribution?
    /// Other endpoints of the service that requests go to: an endpoint is drawn by weight for each
    /// request. Empty: all go to `endpoint`.
    package var mix: [WeightedEndpoint] = []
    /// The class of its requests, 0 the most important; in 0...15.
    package var priority = 0
    /// Of `modulated`: at least two states.
    package var states: [ModulationState] = []
    /// Of `trace`: ascending.
    package var trace: [SimulatedInstant] = []
    /// Of `closed` and `paced`: >= 1.
    package var population = 0
    /// Of `closed`, `paced` and `sessions`.
    package var think = Distribution(.deterministic(value: 0))
    /// Of `sessions`: the mean of the (geometric) number of requests, >= 1.
    package var requestsPerSession = 1.0
    /// A user whose request fails or times out tries again, by hand, this often at most.
    package var retries = 0
    /// How long the user waits before that.
    package var retryDelay = Distribution(.deterministic(value: 0))
    /// The probability, in 0...1, that the user tries again rather than give up.
    package var persistence = 1.0

    package init(
        name: String, endpoint: Int = 0, process: Process, profile: RateProfile,
        timeout: SimulatedDuration? = nil
    ) {
        self.name = name
        self.endpoint = endpoint
        self.process = process
        self.profile = profile
        self.timeout = timeout.map { .constant($0) }
    }
}

package struct WeightedEndpoint: Hashable, Sendable {
    package var weight: Double
    package var endpoint: Int
    package init(weight: Double, endpoint: Int) {
        self.weight = weight
        self.endpoint = endpoint
    }
}

/// One state of a modulated arrival process; after an exponential stay the next state follows (the
/// first after the last).
package struct ModulationState: Hashable, Sendable {
    /// Of the profile's rate, >= 0.
    package var factor: Double
    /// Mean stay, > 0.
    package var stay: SimulatedDuration
    package init(factor: Double, stay: SimulatedDuration) {
        self.factor = factor
        self.stay = stay
    }
}
