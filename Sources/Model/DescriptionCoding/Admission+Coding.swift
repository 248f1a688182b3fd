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
    package func encode(into writer: inout ByteWriter) {
        switch self {
        case .additiveIncrease(let backoff, let timeout):
            writer.write(UInt8(0))
            writer.write(backoff)
            timeout.encode(into: &writer)
        case .vegas(let alpha, let beta):
            writer.write(UInt8(1))
            writer.write(alpha)
            writer.write(beta)
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
            self = .vegas(
                alpha: try reader.read(in: 0...ModelLimits.amount),
                beta: try reader.read(in: 0...ModelLimits.amount))
            if case .vegas(let alpha, let beta) = self, alpha > beta {
                throw reader.unknown("Vegas limit")
            }
        case 2:
            self = .gradient(
                tolerance: try reader.read(in: 1...ModelLimits.factor),
                smoothing: try reader.read(in: 0...1))
        default: throw reader.unknown("adaptive limit")
        }
    }
}
