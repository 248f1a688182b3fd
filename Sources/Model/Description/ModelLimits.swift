package import Kernel

/// How large a model may be: what `Topology` refuses in a file, and a worker in the bytes it is sent.
package enum ModelLimits {
    /// Steps of one endpoint, after ``StepDescription/repeated(_:_:)`` is written out.
    package static let steps = 65_535
    /// Steps and calls of a whole model, after repetitions are written out.
    package static let stepsOfModel = 4_000_000
    /// Steps inside steps inside steps.
    package static let nesting = 32
    /// Keys of a keyspace, and keys that one cache holds.
    package static let keys = 1 << 24
    /// Keys that all caches of a service hold, every replica's own ones counted.
    package static let cachedKeys = 1 << 25
    package static let keyspaces = 256
    /// Caches, and locks, of one service.
    package static let caches = 256
    package static let faults = 1_000
    package static let zones = 1_000
    package static let replicas = 65_535
    /// The least important class of requests; 0 is the most important.
    package static let lowestPriority = 15
    /// Users of all closed and paced streams together.
    package static let population = 1_000_000
    /// Attempts of one call, or of one user.
    package static let attempts = 1_000
    /// Places of one pool, and calls that wait for one.
    package static let pool = 1_000_000
    /// Records that the replicas of a service keep about the replicas of one that it calls, or about
    /// its connections to them.
    package static let records = 1 << 24
    package static let slowdownPoints = 1_000
    package static let modulationStates = 1_000
    package static let traceLength = 1_000_000
    /// Any factor that makes something slower or faster.
    package static let factor = 1_000_000.0
    package static let leastFactor = 1e-6
    /// Bytes of memory.
    package static let memory = 1e18
    /// Requests, tokens and the like, as a number.
    package static let amount = 1e9
    /// The longest time in a description; see ``Distribution/longestParameter``.
    package static let longestTime = SimulatedDuration(nanoseconds: 1 << 59)
}
