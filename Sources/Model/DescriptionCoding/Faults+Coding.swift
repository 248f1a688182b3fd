package import Kernel

// Faults as bytes. That the services, replicas and caches exist is checked by whoever uses them.

extension FaultDescription: FieldCoded {
    static var blank: Self {
        Self(
            name: "", effect: .flush(ServiceID(0), cache: nil),
            schedule: .window(from: .start, until: nil))
    }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.field(&name)
        try coder.field(&effect)
        try coder.field(&schedule)
    }
}

extension FaultSchedule: BinaryCodable {
    private static let instants = SimulatedInstant.start...(.start + ModelLimits.longestTime)

    package func encode(into writer: inout ByteWriter) {
        switch self {
        case .window(let from, let until):
            writer.write(UInt8(0))
            from.encode(into: &writer)
            until.encode(into: &writer)
        case .random(let wait, let lasting):
            writer.write(UInt8(1))
            wait.encode(into: &writer)
            lasting.encode(into: &writer)
        case .condition(let condition, let holding, let lasting):
            writer.write(UInt8(2))
            condition.encode(into: &writer)
            holding.encode(into: &writer)
            lasting.encode(into: &writer)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        switch try reader.read(UInt8.self) {
        case 0:
            let from = try reader.read(in: Self.instants)
            let until = try reader.readBool() ? try reader.read(in: Self.instants) : nil
            guard until.map({ $0 > from }) ?? true else { throw reader.unknown("fault's end") }
            self = .window(from: from, until: until)
        case 1:
            let wait = try Distribution(from: &reader)
            // Or else it would come again and again at one instant.
            guard wait.mean > 0 else { throw reader.unknown("fault's wait") }
            self = .random(wait: wait, lasting: try Distribution(from: &reader))
        case 2:
            self = .condition(
                try FaultCondition(from: &reader), holding: try reader.readTime(isPositive: false),
                lasting: try reader.readBool() ? try reader.readTime(isPositive: true) : nil)
        default: throw reader.unknown("fault's schedule")
        }
    }
}

extension FaultCondition: FieldCoded {
    static var blank: Self { Self(metric: .queue, isAbove: true, bound: 0) }

    mutating func code(with coder: inout FieldCoder) throws(ByteError) {
        try coder.choice(&metric)
        try coder.field(&isAbove)
        try coder.field(&bound, in: 0...ModelLimits.amount)
    }
}

extension FaultEffect: BinaryCodable {
    package func encode(into writer: inout ByteWriter) {
        writer.write(tag)
        switch self {
        case .kill(let service, let replicas), .restart(let service, let replicas):
            service.encode(into: &writer)
            replicas.encode(into: &writer)
        case .down(let services, let replicas):
            services.encode(into: &writer)
            replicas.encode(into: &writer)
        case .slow(let service, let replicas, let value),
            .errors(let service, let replicas, let value):
            service.encode(into: &writer)
            replicas.encode(into: &writer)
            writer.write(value)
        case .latency(let from, let to, let added):
            from.encode(into: &writer)
            to.encode(into: &writer)
            added.encode(into: &writer)
        case .loss(let from, let to, let probability):
            from.encode(into: &writer)
            to.encode(into: &writer)
            writer.write(probability)
        case .partition(let one, let other):
            one.encode(into: &writer)
            other.encode(into: &writer)
        case .flush(let service, let cache):
            service.encode(into: &writer)
            cache.encode(into: &writer)
        case .cores(let service, let cores):
            service.encode(into: &writer)
            writer.write(cores)
        case .policy(let from, let to, let policy, let timeout):
            from.encode(into: &writer)
            to.encode(into: &writer)
            policy.encode(into: &writer)
            timeout.encode(into: &writer)
        }
    }

    private var tag: UInt8 {
        switch self {
        case .kill: 0
        case .restart: 1
        case .down: 2
        case .slow: 3
        case .errors: 4
        case .latency: 5
        case .loss: 6
        case .partition: 7
        case .flush: 8
        case .cores: 9
        case .policy: 10
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        switch try reader.read(UInt8.self) {
        case 0:
            self = .kill(try ServiceID(from: &reader), try ReplicaSelection(from: &reader))
        case 1:
            self = .restart(try ServiceID(from: &reader), try ReplicaSelection(from: &reader))
        case 2:
            self = .down(
                try reader.readList(1...ModelLimits.replicas), try ReplicaSelection(from: &reader))
        case 3:
            self = .slow(
                try ServiceID(from: &reader), try ReplicaSelection(from: &reader),
                factor: try reader.read(in: ModelLimits.leastFactor...ModelLimits.factor))
        case 4:
            self = .errors(
                try ServiceID(from: &reader), try ReplicaSelection(from: &reader),
                probability: try reader.read(in: 0...1))
        case 5:
            self = .latency(
                from: try ServiceID(from: &reader), to: try ServiceID(from: &reader),
                added: try Distribution(from: &reader))
        case 6:
            self = .loss(
                from: try ServiceID(from: &reader), to: try ServiceID(from: &reader),
                probability: try reader.read(in: 0...1))
        case 7:
            self = .partition(
                try reader.readList(1...ModelLimits.replicas),
                try reader.readList(1...ModelLimits.replicas))
        case 8:
            let service = try ServiceID(from: &reader)
            let cache =
                try reader.readBool() ? try reader.read(in: 0...ModelLimits.caches - 1) : nil
            self = .flush(service, cache: cache)
        case 9:
            self = .cores(
                try ServiceID(from: &reader), try reader.read(in: 0...Int(Int32.max)))
        case 10:
            self = .policy(
                from: try ServiceID(from: &reader), to: try ServiceID(from: &reader),
                try CallPolicy(from: &reader),
                timeout: try reader.readBool() ? try reader.readTime(isPositive: true) : nil)
        default: throw reader.unknown("fault")
        }
    }
}

extension ReplicaSelection: BinaryCodable {
    package func encode(into writer: inout ByteWriter) {
        switch self {
        case .all: writer.write(UInt8(0))
        case .count(let count):
            writer.write(UInt8(1))
            writer.write(count)
        case .share(let share):
            writer.write(UInt8(2))
            writer.write(share)
        case .zone(let zone, let zones):
            writer.write(UInt8(3))
            writer.write(zone)
            writer.write(zones)
        case .list(let replicas):
            writer.write(UInt8(4))
            replicas.encode(into: &writer)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .all
        case 1: self = .count(try reader.read(in: 1...ModelLimits.replicas))
        case 2: self = .share(try reader.read(in: 0...1))
        case 3:
            let zone = try reader.read(in: 0...ModelLimits.zones - 1)
            self = .zone(zone, of: try reader.read(in: zone + 1...ModelLimits.zones))
        case 4:
            let replicas: [Int] = try reader.readList(1...ModelLimits.replicas)
            guard replicas.allSatisfy({ (0...ModelLimits.replicas).contains($0) }) else {
                throw reader.unknown("replicas")
            }
            self = .list(replicas)
        default: throw reader.unknown("replicas")
        }
    }
}
