import Kernel

// What a stream of arrivals and an endpoint say beyond the plain ones, as bytes.

/// Everything of an ``ArrivalDescription`` that a plain open stream does without.
struct ArrivalExtras: Hashable, FieldCoded {
    var mix: [WeightedEndpoint] = []
    var priority = 0
    var states: [ModulationState] = []
    var trace: [SimulatedInstant] = []
    var population = 0
    var think = Distribution(.deterministic(value: 0))
    var requestsPerSession = 1.0
    var retries = 0
    var retryDelay = Distribution(.deterministic(value: 0))
    var persistence = 1.0

    static var blank: Self { Self() }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&mix) { $0.count <= ModelLimits.steps }
        try coder.field(&priority, in: 0...ModelLimits.lowestPriority)
        try coder.field(&states) { $0.count <= ModelLimits.modulationStates }
        try coder.field(&trace) { $0.count <= ModelLimits.traceLength && $0.areInOrder }
        try coder.field(&population, in: 0...ModelLimits.population)
        try coder.field(&think)
        try coder.field(&requestsPerSession, in: 1...ModelLimits.amount)
        try coder.field(&retries, in: 0...ModelLimits.attempts)
        try coder.field(&retryDelay)
        try coder.field(&persistence, in: 0...1)
    }
}

extension ArrivalDescription {
    var extras: ArrivalExtras {
        get {
            ArrivalExtras(
                mix: mix, priority: priority, states: states, trace: trace, population: population,
                think: think, requestsPerSession: requestsPerSession, retries: retries,
                retryDelay: retryDelay, persistence: persistence)
        }
        set {
            mix = newValue.mix
            priority = newValue.priority
            states = newValue.states
            trace = newValue.trace
            population = newValue.population
            think = newValue.think
            requestsPerSession = newValue.requestsPerSession
            retries = newValue.retries
            retryDelay = newValue.retryDelay
            persistence = newValue.persistence
        }
    }

    /// Whether the process has what it needs, and a mix some endpoint to go to.
    var isComplete: Bool {
        let isFed =
            switch process {
            case .constant, .poisson, .sessions: true
            case .modulated: states.count >= 2
            case .trace: !trace.isEmpty
            case .closed: population >= 1
            case .paced: population >= 1 && think.mean > 0
            }
        return isFed && (mix.isEmpty || mix.contains { $0.weight > 0 })
    }
}

extension [SimulatedInstant] {
    fileprivate var areInOrder: Bool {
        guard let first, let last, first >= .start,
            last <= .start + ModelLimits.longestTime
        else { return isEmpty }
        return zip(self, dropFirst()).allSatisfy { $0 <= $1 }
    }
}

extension WeightedEndpoint: FieldCoded {
    static var blank: Self { Self(weight: 1, endpoint: 0) }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&weight, in: 0...ModelLimits.amount)
        try coder.field(&endpoint, in: 0...ModelLimits.steps)
    }
}

extension ModulationState: FieldCoded {
    static var blank: Self { Self(factor: 1, stay: .zero) }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&factor, in: 0...ModelLimits.factor)
        try coder.time(&stay, isPositive: true)
    }
}

/// Everything of an ``EndpointDescription`` that a plain one does without.
struct EndpointExtras: Hashable, FieldCoded {
    var answersEarly = false
    var isWrite = false
    var keyspace: Int?

    static var blank: Self { Self() }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&answersEarly)
        try coder.field(&isWrite)
        try coder.field(&keyspace, in: 0...ModelLimits.keyspaces - 1)
    }
}

extension EndpointDescription {
    var extras: EndpointExtras {
        get {
            EndpointExtras(answersEarly: answersEarly, isWrite: isWrite, keyspace: keyspace)
        }
        set {
            answersEarly = newValue.answersEarly
            isWrite = newValue.isWrite
            keyspace = newValue.keyspace
        }
    }
}
