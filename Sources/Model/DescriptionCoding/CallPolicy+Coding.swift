package import Kernel

// How a service calls another, as bytes.

extension CallPolicy: FieldCoded {
    static var blank: Self { Self() }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&retry)
        try coder.field(&budget)
        try coder.field(&hedge)
        try coder.field(&breaker)
        try coder.field(&pool)
        try coder.field(&throttle)
        try coder.field(&ejection)
        try coder.field(&balancing)
        try coder.field(&propagatesDeadline)
        try coder.field(&cancels)
    }
}

extension RetryPolicy: FieldCoded {
    static var blank: Self { Self(attempts: 1) }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&attempts, in: 1...ModelLimits.attempts)
        try coder.field(&backoff)
        try coder.choice(&on)
        try coder.time(&within)
    }
}

extension BackoffDescription: FieldCoded {
    static var blank: Self { .none }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.time(&base)
        try coder.field(&factor, in: 1...ModelLimits.factor)
        try coder.time(&cap)
        try coder.choice(&jitter)
    }
}

extension RetryBudget: BinaryCodable {
    private static let amounts = 0...ModelLimits.amount

    package func encode(into writer: inout ByteWriter) {
        switch self {
        case .ratio(let ratio, let minimum, let window):
            writer.write(UInt8(0))
            writer.write(ratio)
            writer.write(minimum)
            window.encode(into: &writer)
        case .tokens(let maximum, let ratio):
            writer.write(UInt8(1))
            writer.write(maximum)
            writer.write(ratio)
        case .bucket(let capacity, let ratio):
            writer.write(UInt8(2))
            writer.write(capacity)
            writer.write(ratio)
        case .concurrent(let count):
            writer.write(UInt8(3))
            writer.write(count)
        case .share(let share, let window):
            writer.write(UInt8(4))
            writer.write(share)
            window.encode(into: &writer)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        switch try reader.read(UInt8.self) {
        case 0:
            self = .ratio(
                try reader.read(in: Self.amounts), minimum: try reader.read(in: Self.amounts),
                window: try reader.readTime(isPositive: true))
        case 1:
            self = .tokens(
                maximum: try reader.read(in: Self.amounts), ratio: try reader.read(in: Self.amounts)
            )
        case 2:
            self = .bucket(
                capacity: try reader.read(in: Self.amounts),
                ratio: try reader.read(in: Self.amounts))
        case 3: self = .concurrent(try reader.read(in: 0...ModelLimits.pool))
        case 4:
            self = .share(
                try reader.read(in: 0...1), window: try reader.readTime(isPositive: true))
        default: throw reader.unknown("retry budget")
        }
    }
}

extension HedgePolicy: FieldCoded {
    static var blank: Self { Self(delay: .fixed(.zero)) }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&delay)
        try coder.field(&most, in: 1...ModelLimits.attempts)
        try coder.field(&cap, in: 0...ModelLimits.factor)
    }
}

extension HedgePolicy.Delay: BinaryCodable {
    package func encode(into writer: inout ByteWriter) {
        switch self {
        case .fixed(let delay):
            writer.write(UInt8(0))
            delay.encode(into: &writer)
        case .quantile(let quantile):
            writer.write(UInt8(1))
            writer.write(quantile)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .fixed(try reader.readTime(isPositive: false))
        case 1: self = .quantile(try reader.read(in: 0...(1.0).nextDown))
        default: throw reader.unknown("hedge delay")
        }
    }
}

extension CircuitBreakerDescription: FieldCoded {
    static var blank: Self { Self(trip: .consecutive(1), openFor: .zero) }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&trip)
        try coder.time(&openFor, isPositive: true)
        try coder.field(&probes, in: 1...ModelLimits.pool)
    }
}

extension CircuitBreakerDescription.Trip: BinaryCodable {
    package func encode(into writer: inout ByteWriter) {
        switch self {
        case .consecutive(let count):
            writer.write(UInt8(0))
            writer.write(count)
        case .rate(let rate, let window, let minimum):
            writer.write(UInt8(1))
            writer.write(rate)
            window.encode(into: &writer)
            writer.write(minimum)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .consecutive(try reader.read(in: 1...ModelLimits.pool))
        case 1:
            self = .rate(
                try reader.read(in: 0...1), window: try reader.readTime(isPositive: true),
                minimum: try reader.read(in: 1...ModelLimits.pool))
        default: throw reader.unknown("circuit breaker")
        }
    }
}

extension PoolDescription: FieldCoded {
    static var blank: Self { Self(size: 1) }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&size, in: 1...ModelLimits.pool)
        try coder.field(&queue, in: 0...ModelLimits.pool)
        try coder.time(&wait)
        try coder.field(&setup)
        try coder.time(&idle)
        try coder.choice(&order)
        try coder.field(&isPinned)
    }
}

extension ThrottleDescription: FieldCoded {
    static var blank: Self { Self() }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&multiplier, in: 1...ModelLimits.factor)
        try coder.time(&window, isPositive: true)
    }
}

extension EjectionDescription: FieldCoded {
    static var blank: Self { Self() }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&consecutive, in: 1...ModelLimits.pool)
        try coder.time(&base, isPositive: true)
        try coder.time(&cap, isPositive: true)
        try coder.field(&most, in: 0...1)
        try coder.field(&panic, in: 0...1)
    }
}

extension CallerBalancing: BinaryCodable {
    package func encode(into writer: inout ByteWriter) {
        switch self {
        case .roundRobin: writer.write(UInt8(0))
        case .random: writer.write(UInt8(1))
        case .weighted(let weights):
            writer.write(UInt8(2))
            weights.encode(into: &writer)
        case .leastRequests: writer.write(UInt8(3))
        case .twoChoices: writer.write(UInt8(4))
        case .ringHash: writer.write(UInt8(5))
        case .subset(let size):
            writer.write(UInt8(6))
            writer.write(size)
        case .zoneLocal: writer.write(UInt8(7))
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .roundRobin
        case 1: self = .random
        case 2:
            let weights: [Double] = try reader.readList(1...ModelLimits.replicas)
            guard weights.allSatisfy({ (0...ModelLimits.amount).contains($0) }),
                weights.contains(where: { $0 > 0 })
            else { throw reader.unknown("weights") }
            self = .weighted(weights)
        case 3: self = .leastRequests
        case 4: self = .twoChoices
        case 5: self = .ringHash
        case 6: self = .subset(try reader.read(in: 1...ModelLimits.replicas))
        case 7: self = .zoneLocal
        default: throw reader.unknown("balancing")
        }
    }
}
