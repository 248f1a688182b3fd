package import Kernel

// A service's faults as bytes. Decoding refuses what no validated model has.

extension ServiceFault: BinaryCodable {
    package static var leastEncodedSize: Int { 6 }

    package func encode(into writer: inout ByteWriter) {
        writer.write(UInt32(number))
        effect.encode(into: &writer)
        schedule.encode(into: &writer)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        number = Int(try reader.read(in: 0...UInt32(ModelLimits.faults) - 1))
        effect = try ServiceFaultEffect(from: &reader)
        schedule = try FaultSchedule(from: &reader)
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
            self = .slow(
                try Self.replicas(from: &reader),
                factor: try reader.read(in: ModelLimits.leastFactor...ModelLimits.factor))
        case 5:
            self = .errors(
                try Self.replicas(from: &reader), probability: try reader.read(in: 0...1))
        case 6:
            self = .latency(
                to: try Self.ascending(from: &reader), added: try Distribution(from: &reader))
        case 7:
            self = .loss(
                to: try Self.ascending(from: &reader), probability: try reader.read(in: 0...1))
        case 8:
            self = .flush(cache: try UInt32?(from: &reader).map { Int($0) })
        case 9: self = .cores(Int(try reader.read(in: 0...UInt32(Int32.max))))
        case 10:
            self = .policy(
                to: try ServiceID(from: &reader), try CallPolicy(from: &reader),
                timeout: try reader.readBool() ? try reader.readTime(isPositive: true) : nil)
        default: throw reader.unknown("effect of a fault")
        }
    }

    private static func replicas(from reader: inout ByteReader) throws(ByteError) -> [Int] {
        let replicas: [UInt32] = try ascending(from: &reader)
        return replicas.map { Int($0) }
    }

    private static func ascending<Element: BinaryCodable & Comparable>(
        from reader: inout ByteReader
    ) throws(ByteError) -> [Element] {
        let elements: [Element] = try reader.readList(1...ModelLimits.replicas)
        guard zip(elements, elements.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw reader.unknown("list of a fault")
        }
        return elements
    }
}
