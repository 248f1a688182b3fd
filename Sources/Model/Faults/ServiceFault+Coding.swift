package import Kernel

// A service's faults as bytes. Decoding refuses what no validated model has.

extension ServiceFault: BinaryCodable {
    package static var leastEncodedSize: Int { 6 }
    /// More faults than this no model has.
    package static let mostFaults = 1 << 20

    package func encode(into writer: inout ByteWriter) {
        writer.write(UInt32(number))
        effect.encode(into: &writer)
        schedule.encode(into: &writer)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        number = Int(try reader.read(UInt32.self))
        effect = try ServiceFaultEffect(from: &reader)
        schedule = try FaultSchedule(from: &reader)
        guard number < Self.mostFaults else {
            throw ByteError(.invalid("number of a fault"), offset: reader.offset)
        }
    }

    /// Whether it only names what a service has that exchanges messages with `peers` and calls
    /// `targets`.
    package func suits(
        _ service: ServiceDescription, peers: [ServiceID], targets: [ServiceID]
    ) -> Bool {
        switch effect {
        case .kill, .restart, .down, .slow, .errors:
            effect.replicas.allSatisfy { $0 < service.replicas }
        case .latency(let to, _), .loss(let to, _): to.allSatisfy { peers.contains($0) }
        case .flush(let cache): cache.map { $0 < service.caches.count } ?? true
        case .cores: true
        case .policy(let to, _, _): targets.contains(to)
        }
    }
}

extension ServiceFaultEffect: BinaryCodable {
    package func encode(into writer: inout ByteWriter) {
        switch self {
        case .kill(let replicas): encode(1, replicas, &writer)
        case .restart(let replicas): encode(2, replicas, &writer)
        case .down(let replicas): encode(3, replicas, &writer)
        case .slow(let replicas, let factor):
            encode(4, replicas, &writer)
            writer.write(factor)
        case .errors(let replicas, let probability):
            encode(5, replicas, &writer)
            writer.write(probability)
        case .latency(let to, let added):
            writer.write(UInt8(6))
            to.encode(into: &writer)
            added.encode(into: &writer)
        case .loss(let to, let probability):
            writer.write(UInt8(7))
            to.encode(into: &writer)
            writer.write(probability)
        case .flush(let cache):
            writer.write(UInt8(8))
            cache.map { UInt32($0) }.encode(into: &writer)
        case .cores(let cores):
            writer.write(UInt8(9))
            writer.write(UInt32(clamping: cores))
        case .policy(let to, let policy, let timeout):
            writer.write(UInt8(10))
            to.encode(into: &writer)
            policy.encode(into: &writer)
            timeout.encode(into: &writer)
        }
    }

    private func encode(_ tag: UInt8, _ replicas: [Int], _ writer: inout ByteWriter) {
        writer.write(tag)
        replicas.map { UInt32($0) }.encode(into: &writer)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        switch try reader.read(UInt8.self) {
        case 1: self = .kill(try Self.replicas(from: &reader))
        case 2: self = .restart(try Self.replicas(from: &reader))
        case 3: self = .down(try Self.replicas(from: &reader))
        case 4:
            self = .slow(try Self.replicas(from: &reader), factor: try reader.readDouble())
        case 5:
            self = .errors(try Self.replicas(from: &reader), probability: try reader.readDouble())
        case 6: self = .latency(to: try Array(from: &reader), added: try Distribution(from: &reader))
        case 7: self = .loss(to: try Array(from: &reader), probability: try reader.readDouble())
        case 8: self = .flush(cache: try UInt32?(from: &reader).map { Int($0) })
        case 9: self = .cores(Int(try reader.read(UInt32.self)))
        case 10:
            self = .policy(
                to: try ServiceID(from: &reader), try CallPolicy(from: &reader),
                timeout: try SimulatedDuration?(from: &reader))
        default: throw ByteError(.invalid("effect of a fault"), offset: reader.offset)
        }
        guard isConsistent else {
            throw ByteError(.invalid("effect of a fault"), offset: reader.offset)
        }
    }

    private static func replicas(from reader: inout ByteReader) throws(ByteError) -> [Int] {
        let replicas = try [UInt32](from: &reader).map { Int($0) }
        guard !replicas.isEmpty, isAscending(replicas) else {
            throw ByteError(.invalid("replicas of a fault"), offset: reader.offset)
        }
        return replicas
    }

    private static func isAscending(_ numbers: [some Comparable]) -> Bool {
        zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }
    }

    private var isConsistent: Bool {
        switch self {
        case .kill, .restart, .down, .flush, .cores: true
        case .slow(_, let factor): factor > 0 && factor.isFinite
        case .errors(_, let probability): probability >= 0 && probability <= 1
        case .latency(let to, _): !to.isEmpty && Self.isAscending(to)
        case .loss(let to, let probability):
            !to.isEmpty && Self.isAscending(to) && probability >= 0 && probability <= 1
        case .policy(_, _, let timeout): timeout.map { $0 > .zero } ?? true
        }
    }
}

extension FaultSchedule: BinaryCodable {
    package func encode(into writer: inout ByteWriter) {
        switch self {
        case .window(let from, let until):
            writer.write(UInt8(1))
            from.encode(into: &writer)
            until.encode(into: &writer)
        case .random(let wait, let lasting):
            writer.write(UInt8(2))
            wait.encode(into: &writer)
            lasting.encode(into: &writer)
        case .condition(let condition, let holding, let lasting):
            writer.write(UInt8(3))
            condition.encode(into: &writer)
            holding.encode(into: &writer)
            lasting.encode(into: &writer)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        switch try reader.read(UInt8.self) {
        case 1:
            self = .window(
                from: try SimulatedInstant(from: &reader),
                until: try SimulatedInstant?(from: &reader))
        case 2:
            self = .random(
                wait: try Distribution(from: &reader), lasting: try Distribution(from: &reader))
        case 3:
            self = .condition(
                try FaultCondition(from: &reader), holding: try SimulatedDuration(from: &reader),
                lasting: try SimulatedDuration?(from: &reader))
        default: throw ByteError(.invalid("schedule of a fault"), offset: reader.offset)
        }
        guard isConsistent else {
            throw ByteError(.invalid("schedule of a fault"), offset: reader.offset)
        }
    }

    private var isConsistent: Bool {
        switch self {
        case .window(let from, let until): from >= .start && until.map { $0 >= from } ?? true
        case .random: true
        case .condition(_, let holding, let lasting):
            holding >= .zero && lasting.map { $0 >= .zero } ?? true
        }
    }
}

extension FaultCondition: BinaryCodable {
    package static var leastEncodedSize: Int { 10 }

    package func encode(into writer: inout ByteWriter) {
        writer.write(metric.rawValue)
        writer.write(isAbove)
        writer.write(bound)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        guard let metric = Metric(rawValue: try reader.read()) else {
            throw ByteError(.invalid("metric of a condition"), offset: reader.offset)
        }
        self.metric = metric
        isAbove = try reader.readBool()
        bound = try reader.readDouble()
        guard bound.isFinite else {
            throw ByteError(.invalid("bound of a condition"), offset: reader.offset)
        }
    }
}
