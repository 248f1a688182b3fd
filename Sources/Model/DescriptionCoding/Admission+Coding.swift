package import Kernel

// What a replica refuses, as bytes.

extension AdmissionDescription: FieldCoded {
    static var blank: Self { Self() }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&bucket)
        try coder.field(&shedding)
        try coder.field(&limit)
    }
}

extension BucketDescription: FieldCoded {
    static var blank: Self { Self(kind: .token, rate: 1, burst: 1) }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.choice(&kind)
        try coder.field(&rate, in: ModelLimits.leastFactor...ModelLimits.amount)
        try coder.field(&burst, in: 1...ModelLimits.amount)
    }
}

extension SheddingDescription: FieldCoded {
    static var blank: Self { Self(signal: .queue, threshold: 0) }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.choice(&signal)
        try coder.field(&threshold, in: 0...ModelLimits.amount)
        try coder.field(&headroom, in: 0...ModelLimits.factor)
        try coder.time(&memory, isPositive: true)
    }
}

extension AdaptiveLimitDescription: FieldCoded {
    static var blank: Self { Self(algorithm: .vegas(alpha: 0, beta: 0)) }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&algorithm)
        try coder.field(&initial, in: 1...ModelLimits.amount)
        try coder.field(&minimum, in: 1...ModelLimits.amount)
        try coder.field(&maximum, in: 1...ModelLimits.amount)
        try coder.require(minimum <= initial && initial <= maximum, "adaptive limit")
    }
}

extension AdaptiveLimitDescription.Algorithm: BinaryCodable {
    private static func isVegas(alpha: Double?, beta: Double?) -> Bool {
        let amounts = 0...ModelLimits.amount
        return amounts.contains(alpha ?? 0) && amounts.contains(beta ?? 0)
            && alpha ?? AdaptiveLimitDescription.leastAlpha
                <= beta ?? AdaptiveLimitDescription.leastBeta
    }

    package func encode(into writer: inout ByteWriter) {
        switch self {
        case .additiveIncrease(let backoff, let timeout):
            writer.write(UInt8(0))
            writer.write(backoff)
            timeout.encode(into: &writer)
        case .vegas(let alpha, let beta):
            writer.write(UInt8(1))
            alpha.encode(into: &writer)
            beta.encode(into: &writer)
        case .gradient(let tolerance, let smoothing):
            writer.write(UInt8(2))
            writer.write(tolerance)
            writer.write(smoothing)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        switch try reader.read(UInt8.self) {
        case 0:
            self = .additiveIncrease(
                backoff: try reader.read(in: 0...1),
                timeout: try reader.readTime(isPositive: true))
        case 1:
            let alpha = try Double?(from: &reader)
            let beta = try Double?(from: &reader)
            guard Self.isVegas(alpha: alpha, beta: beta) else {
                throw reader.unknown("Vegas limit")
            }
            self = .vegas(alpha: alpha, beta: beta)
        case 2:
            self = .gradient(
                tolerance: try reader.read(in: 1...ModelLimits.factor),
                smoothing: try reader.read(in: 0...1))
        default: throw reader.unknown("adaptive limit")
        }
    }
}
