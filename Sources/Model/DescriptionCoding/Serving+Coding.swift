package import Kernel

// How a replica serves and what it refuses, as bytes.

extension ServingDescription: FieldCoded {
    static var blank: Self { Self() }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.choice(&scheduling)
        try coder.field(&cpuLimit)
        try coder.field(&slowdown)
        try coder.field(&memory)
        try coder.field(&discipline)
        try coder.field(&waitLimit)
        try coder.time(&requestTimeout, isPositive: true)
        try coder.field(&speedSpread, in: 0...10)
        try coder.field(&oddReplicas)
        try coder.field(&errorWork)
    }
}

extension CPULimit: FieldCoded {
    static var blank: Self { Self(quota: .zero) }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.time(&quota, isPositive: true)
        try coder.time(&period, isPositive: true)
    }
}

extension Slowdown: BinaryCodable {
    private static let factors = 0...ModelLimits.factor

    package func encode(into writer: inout ByteWriter) {
        switch self {
        case .linear(let slope):
            writer.write(UInt8(0))
            writer.write(slope)
        case .universal(let contention, let coherence):
            writer.write(UInt8(1))
            writer.write(contention)
            writer.write(coherence)
        case .curve(let points):
            writer.write(UInt8(2))
            points.encode(into: &writer)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .linear(slope: try reader.read(in: Self.factors))
        case 1:
            self = .universal(
                contention: try reader.read(in: Self.factors),
                coherence: try reader.read(in: Self.factors))
        case 2:
            let points: [SlowdownPoint] = try reader.readList(1...ModelLimits.slowdownPoints)
            guard zip(points, points.dropFirst()).allSatisfy({ $0.requests < $1.requests }) else {
                throw reader.unknown("slowdown curve")
            }
            self = .curve(points)
        default: throw reader.unknown("slowdown")
        }
    }
}

extension SlowdownPoint: FieldCoded {
    static var blank: Self { Self(requests: 0, factor: 1) }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&requests, in: 0...ModelLimits.amount)
        try coder.field(&factor, in: ModelLimits.leastFactor...ModelLimits.factor)
    }
}

extension MemoryDescription: FieldCoded {
    static var blank: Self { Self() }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&base, in: 0...ModelLimits.memory)
        try coder.field(&perRequest, in: 0...ModelLimits.memory)
        try coder.field(&garbagePerRequest, in: 0...ModelLimits.memory)
        try coder.field(&heap, in: 1...ModelLimits.memory)
        try coder.time(&pause)
        try coder.field(&pausePerByte, in: 0...ModelLimits.amount)
        try coder.field(&limit, in: 1...ModelLimits.memory)
    }
}

extension QueueDiscipline: BinaryCodable {
    package func encode(into writer: inout ByteWriter) {
        switch self {
        case .fifo: writer.write(UInt8(0))
        case .lifo: writer.write(UInt8(1))
        case .adaptiveLIFO(let threshold):
            writer.write(UInt8(2))
            writer.write(threshold)
        case .priority: writer.write(UInt8(3))
        case .earliestDeadline: writer.write(UInt8(4))
        case .fair: writer.write(UInt8(5))
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .fifo
        case 1: self = .lifo
        case 2: self = .adaptiveLIFO(threshold: try reader.read(in: 1...1_000_000_000))
        case 3: self = .priority
        case 4: self = .earliestDeadline
        case 5: self = .fair
        default: throw reader.unknown("queue discipline")
        }
    }
}

extension WaitLimit: BinaryCodable {
    package func encode(into writer: inout ByteWriter) {
        switch self {
        case .patience(let limit):
            writer.write(UInt8(0))
            limit.encode(into: &writer)
        case .controlledDelay(let target, let interval):
            writer.write(UInt8(1))
            target.encode(into: &writer)
            interval.encode(into: &writer)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        switch try reader.read(UInt8.self) {
        case 0:
            let limit = try Distribution(from: &reader)
            guard limit.mean > 0 else { throw reader.unknown("wait limit") }
            self = .patience(limit)
        case 1:
            self = .controlledDelay(
                target: try reader.readTime(isPositive: true),
                interval: try reader.readTime(isPositive: true))
        default: throw reader.unknown("wait limit")
        }
    }
}

extension OddReplica: FieldCoded {
    static var blank: Self { Self(replica: 0) }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&replica, in: 0...ModelLimits.replicas)
        try coder.field(&speed, in: ModelLimits.leastFactor...ModelLimits.factor)
        try coder.field(&errorRate, in: 0...1)
    }
}
