package import Kernel

// Steps as bytes: a byte for the kind, then its parts; steps inside a step after those.

extension StepDescription: BinaryCodable {
    package static var leastEncodedSize: Int { 5 }

    /// Calls of one step are numbered with 16 bits.
    private static let mostCalls = Int(UInt16.max)

    package func encode(into writer: inout ByteWriter) {
        writer.write(tag)
        switch self {
        case .compute(let distribution), .delay(let distribution):
            distribution.encode(into: &writer)
        case .call(let calls): writer.writeAll(calls)
        case .oneOf(let choices), .oneByReplicas(let choices): writer.writeAll(choices)
        case .gather(let calls, let needed):
            writer.write(needed)
            writer.writeAll(calls)
        case .fail(let probability): writer.write(probability)
        case .maybe(let probability, let steps):
            writer.write(probability)
            writer.writeAll(steps)
        case .repeated(let number, let steps), .cached(let number, let steps),
            .locked(let number, let steps):
            writer.write(number)
            writer.writeAll(steps)
        }
    }

    private var tag: UInt8 {
        switch self {
        case .compute: 1
        case .call: 2
        case .oneOf: 3
        case .gather: 4
        case .delay: 5
        case .fail: 6
        case .maybe: 7
        case .repeated: 8
        case .cached: 9
        case .locked: 10
        case .oneByReplicas: 11
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        self = try Self.step(from: &reader, depth: 1)
    }

    /// Steps that stand `depth` levels deep, those of the endpoint itself at 1.
    static func list(
        from reader: inout ByteReader, depth: Int
    ) throws(ByteError) -> [StepDescription] {
        guard depth <= ModelLimits.nesting else { throw reader.unknown("step so deep") }
        let count = try reader.readCount(ofSize: leastEncodedSize)
        var steps: [StepDescription] = []
        steps.reserveCapacity(min(count, 1024))
        for _ in 0..<count { steps.append(try step(from: &reader, depth: depth)) }
        return steps
    }

    private static func step(
        from reader: inout ByteReader, depth: Int
    ) throws(ByteError) -> StepDescription {
        switch try reader.read(UInt8.self) {
        case 1: return .compute(try Distribution(from: &reader))
        case 2: return .call(try calls(from: &reader))
        case 3: return .oneOf(try choices(from: &reader))
        case 4:
            let needed = try reader.read(in: 1...mostCalls)
            let calls = try calls(from: &reader)
            guard needed <= calls.count else { throw reader.unknown("calls") }
            return .gather(calls, needed: needed)
        case 5: return .delay(try Distribution(from: &reader))
        case 6: return .fail(probability: try reader.read(in: 0...1))
        case 7:
            let probability = try reader.read(in: 0.0...1)
            return .maybe(probability: probability, try list(from: &reader, depth: depth + 1))
        case 8:
            let times = try reader.read(in: 1...ModelLimits.steps)
            return .repeated(times, try list(from: &reader, depth: depth + 1))
        case 9:
            let cache = try reader.read(in: 0...ModelLimits.caches - 1)
            return .cached(cache: cache, try list(from: &reader, depth: depth + 1))
        case 10:
            let lock = try reader.read(in: 0...ModelLimits.caches - 1)
            return .locked(lock: lock, try list(from: &reader, depth: depth + 1))
        case 11: return .oneByReplicas(try choices(from: &reader))
        default: throw reader.unknown("step")
        }
    }

    private static func calls(
        from reader: inout ByteReader
    ) throws(ByteError) -> [CallDescription] {
        let calls = try [CallDescription](from: &reader)
        guard calls.count <= mostCalls else { throw reader.unknown("calls") }
        return calls
    }

    private static func choices(
        from reader: inout ByteReader
    ) throws(ByteError) -> [WeightedCall] {
        let choices = try [WeightedCall](from: &reader)
        guard !choices.isEmpty, choices.count <= mostCalls,
            choices.reduce(0, { $0 + $1.weight }).isFinite
        else { throw reader.unknown("choice") }
        return choices
    }
}
