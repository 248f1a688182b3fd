package import Kernel

/// What stays the same for a process of the PHOLD benchmark.
package final class PholdProgram: Sendable {
    package let configuration: PholdConfiguration
    /// Digests are noted at multiples of this.
    package let checkpointInterval: SimulatedDuration
    let service: ServiceID
    let peerCount: UInt64
    let lookahead: Int64
    /// -mean in nanoseconds, the factor of a logarithm.
    let scale: Double
    let seed: UInt64

    /// Traps when the configuration is not valid.
    package init(_ configuration: PholdConfiguration, checkpointInterval: SimulatedDuration) {
        precondition(configuration.isValid, "a PHOLD configuration was not validated")
        self.configuration = configuration
        self.checkpointInterval = checkpointInterval
        service = ServiceID(configuration.index)
        peerCount = UInt64(configuration.count)
        lookahead = configuration.lookahead.nanoseconds
        scale = -Double(configuration.mean.nanoseconds)
        seed = configuration.seed
    }

    /// PHOLD measures no latencies.
    package var seriesCount: Int { 0 }

    /// Where the event of this identity goes, and after how long.
    @inline(__always)
    func next(after identity: UInt64) -> (peer: Int32, delay: SimulatedDuration) {
        let key = DrawKey(seed: seed, identity: identity, purpose: .phold)
        let (first, second) = key.block(0)
        let peer = Int32(truncatingIfNeeded: first.multipliedFullWidth(by: peerCount).high)
        let waiting = scale * ExactMath.log(openUnitInterval(second))
        return (peer, SimulatedDuration(nanoseconds: lookahead &+ Int64(waiting)))
    }
}

/// A process of the PHOLD benchmark: each event it executes sends one event to a process chosen
/// evenly (itself included) after `lookahead` and an exponential delay.
///
/// An event is named by its lineage: an event's successor has the mixed identity of its own, and all
/// draws are keyed by it, so what becomes of an event depends on nothing else. Events at one instant
/// are executed in the order of their identities.
package struct PholdProcess: LogicalProcess {
    package typealias Program = PholdProgram

    private var events = EventQueue<PholdEvent>()
    package private(set) var digest = StreamDigest()
    package private(set) var eventCount: UInt64 = 0
    private var nextCheckpoint: SimulatedInstant

    package init(program: PholdProgram) {
        let configuration = program.configuration
        nextCheckpoint = SimulatedInstant.start + program.checkpointInterval
        for number in 0..<configuration.population {
            let root = CallIdentity.mix(
                UInt64(configuration.index) * UInt64(PholdConfiguration.mostEvents)
                    + UInt64(number))
            let delay = program.next(after: root).delay
            events.insert(PholdEvent(instant: .start + delay, identity: CallIdentity.mix(root)))
        }
    }

    package var nextInstant: SimulatedInstant { events.nextInstant }

    package static func canReceive(_ message: Message, program: PholdProgram) -> Bool {
        message.hasKnownKind && !message.isResponse
            && message.source.index < program.configuration.count
    }

    package mutating func prepareForChanges() { events.prepareForChanges() }

    @inline(__always)
    package mutating func deliver(_ message: Message) {
        events.insert(PholdEvent(instant: message.instant, identity: message.call))
    }

    package mutating func run(
        before bound: SimulatedInstant, inbox: UnsafeBufferPointer<Message>, cursor: inout Int,
        program: PholdProgram, effects: inout Effects
    ) {
        while true {
            var now = events.nextInstant
            while cursor < inbox.count, inbox[cursor].instant <= now,
                inbox[cursor].instant < bound
            {
                // All of one instant join the queue before the first of them is executed.
                now = inbox[cursor].instant
                deliver(inbox[cursor])
                cursor += 1
            }
            guard now < bound else { return }
            if now >= nextCheckpoint { passCheckpoint(at: now, program, &effects) }
            execute(events.removeFirst(), program, &effects)
        }
    }

    @inline(__always)
    private mutating func execute(
        _ event: PholdEvent, _ program: PholdProgram, _ effects: inout Effects
    ) {
        eventCount &+= 1
        digest.fold(event.instant, event.identity)
        if effects.recordsEvents { record(event, program, &effects) }
        let (peer, delay) = program.next(after: event.identity)
        let successor = PholdEvent(
            instant: event.instant + delay, identity: CallIdentity.mix(event.identity))
        if UInt32(truncatingIfNeeded: peer) == program.service.rawValue {
            events.insert(successor)
        } else {
            effects.outgoing.append(
                Outgoing(
                    peer: peer,
                    message: Message(
                        instant: successor.instant, call: successor.identity, request: 0,
                        source: program.service, kind: .request)))
        }
    }

    @inline(never)
    private func record(_ event: PholdEvent, _ program: PholdProgram, _ effects: inout Effects) {
        effects.events.append(
            EventRecord(
                instant: event.instant, call: event.identity, request: 0,
                service: program.service.rawValue, kind: .phold, detail: 0))
    }

    /// Notes the digest of everything before the last checkpoint at or before `now`.
    @inline(never)
    private mutating func passCheckpoint(
        at now: SimulatedInstant, _ program: PholdProgram, _ effects: inout Effects
    ) {
        let interval = program.checkpointInterval.nanoseconds
        let number = now.nanoseconds / interval
        effects.checkpoints.append(
            DigestCheckpoint(
                process: effects.process, number: UInt32(clamping: number), digest: digest.state))
        nextCheckpoint = SimulatedInstant(nanoseconds: (number + 1) * interval)
    }

    package func report(at end: SimulatedInstant) -> ProcessReport {
        var report = ProcessReport()
        report.digest = digest
        report.eventCount = eventCount
        return report
    }
}

/// An event that waits: when, and which.
private struct PholdEvent: ScheduledEvent {
    var instant: SimulatedInstant
    var identity: UInt64

    @inline(__always)
    func precedes(_ other: PholdEvent) -> Bool {
        if instant != other.instant { return instant < other.instant }
        return identity < other.identity
    }
}

extension PholdEvent: BinaryCodable {
    static var leastEncodedSize: Int { 16 }

    func encode(into writer: inout ByteWriter) {
        instant.encode(into: &writer)
        writer.write(identity)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        instant = try SimulatedInstant(from: &reader)
        identity = try reader.read()
    }
}

extension PholdProcess: BinaryCodable {
    package static var leastEncodedSize: Int { 28 }

    package func encode(into writer: inout ByteWriter) {
        writer.writeAll(events.unordered)
        digest.encode(into: &writer)
        writer.write(eventCount)
        nextCheckpoint.encode(into: &writer)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        let events = try reader.readAll() as ContiguousArray<PholdEvent>
        self.events = EventQueue(unordered: events)
        digest = try StreamDigest(from: &reader)
        eventCount = try reader.read()
        nextCheckpoint = try SimulatedInstant(from: &reader)
        guard events.allSatisfy({ $0.instant >= .start }) else {
            throw ByteError(.invalid("PHOLD state"), offset: start)
        }
    }
}
