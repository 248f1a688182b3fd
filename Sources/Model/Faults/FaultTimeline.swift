package import Kernel

/// A fault begins or ends.
package struct FaultChange: BitwiseCopyable, Hashable, Sendable {
    /// Index into ``FaultProgram/faults``.
    package var fault: Int
    package var begins: Bool
    package init(fault: Int, begins: Bool) {
        self.fault = fault
        self.begins = begins
    }
}

/// Where one fault stands.
struct FaultState: BitwiseCopyable, Hashable, Sendable {
    /// When it begins or ends next.
    var next = SimulatedInstant.never
    /// Since which look its condition has held; never: it does not.
    var heldSince = SimulatedInstant.never
    /// Times it has ended; keys a random fault's draws.
    var occurrence: UInt32 = 0
    var isActive = false
}

/// When the faults of a service come and go.
///
/// Windows and random faults are the same for every service that they hit, without a word between
/// them. Conditions are looked at every 100 ms, the first time at 100 ms; one begins at the look at
/// which it has held for as long as it must, and is looked at afresh after it has ended.
package struct FaultTimeline: Sendable {
    private(set) var states: TrivialArray<FaultState>
    /// When conditions are looked at next; never without any.
    private var nextLook = SimulatedInstant.never
    /// When ``takeNext(at:metrics:_:)`` is due.
    package private(set) var nextInstant = SimulatedInstant.never

    package init(_ program: FaultProgram) {
        states = TrivialArray(repeating: FaultState(), count: program.faults.count)
        for (fault, plan) in program.plans.enumerated() {
            switch plan {
            case .window(let from, _): states[fault].next = from
            case .random(let wait, _):
                states[fault].next = Self.next(wait, fault, after: .start, occurrence: 0, program)
            case .condition: nextLook = .start + FaultProgram.lookInterval
            }
        }
        refreshInstant()
    }

    /// As for ``TrivialArray``: before changes to a value that may share its storage.
    package mutating func prepareForChanges() { states.prepareForChanges() }

    package func isActive(_ fault: Int) -> Bool { states[fault].isActive }

    /// The next change at `now`, in the order of the faults; `nil` when there is none left.
    ///
    /// To be called at ``nextInstant`` until it answers `nil`. `metrics` are looked at when the
    /// program has conditions; all calls of one instant may be given the same.
    package mutating func takeNext(
        at now: SimulatedInstant, metrics: FaultMetrics, _ program: FaultProgram
    ) -> FaultChange? {
        defer { refreshInstant() }
        if nextLook <= now {
            look(at: now, metrics, program)
            nextLook = now.advanced(saturatingBy: FaultProgram.lookInterval)
        }
        for fault in states.indices where states[fault].next <= now {
            let begins = !states[fault].isActive
            states[fault].isActive = begins
            if begins { begin(fault, at: now, program) } else { end(fault, program) }
            return FaultChange(fault: fault, begins: begins)
        }
        return nil
    }

    private mutating func begin(_ fault: Int, at now: SimulatedInstant, _ program: FaultProgram) {
        switch program.plans[fault] {
        case .window(_, let until): states[fault].next = until
        case .random(_, let lasting):
            let duration = program.draw(
                lasting, fault: fault, occurrence: states[fault].occurrence, step: 1)
            states[fault].next = states[fault].next.advanced(saturatingBy: duration)
        case .condition(_, _, let lasting):
            states[fault].heldSince = .never
            states[fault].next = lasting.map { now.advanced(saturatingBy: $0) } ?? .never
        }
    }

    private mutating func end(_ fault: Int, _ program: FaultProgram) {
        states[fault].occurrence &+= 1
        if case .random(let wait, _) = program.plans[fault] {
            states[fault].next = Self.next(
                wait, fault, after: states[fault].next, occurrence: states[fault].occurrence,
                program)
        } else {
            states[fault].next = .never
        }
    }

    private static func next(
        _ wait: Sampler, _ fault: Int, after end: SimulatedInstant, occurrence: UInt32,
        _ program: FaultProgram
    ) -> SimulatedInstant {
        let duration = program.draw(wait, fault: fault, occurrence: occurrence, step: 0)
        return end.advanced(saturatingBy: max(duration, FaultProgram.leastWait))
    }

    private mutating func look(
        at now: SimulatedInstant, _ metrics: FaultMetrics, _ program: FaultProgram
    ) {
        for fault in states.indices {
            guard case .condition(let condition, let holding, _) = program.plans[fault],
                !states[fault].isActive
            else { continue }
            guard metrics.satisfies(condition) else {
                states[fault].heldSince = .never
                continue
            }
            let since = min(states[fault].heldSince, now)
            states[fault].heldSince = since
            if now - since >= holding { states[fault].next = now }
        }
    }

    private mutating func refreshInstant() {
        nextInstant = nextLook
        for state in states.elements { nextInstant = min(nextInstant, state.next) }
    }
}

extension FaultState: BinaryCodable {
    static var leastEncodedSize: Int { 21 }

    func encode(into writer: inout ByteWriter) {
        next.encode(into: &writer)
        heldSince.encode(into: &writer)
        writer.write(occurrence)
        writer.write(isActive)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        next = try SimulatedInstant(from: &reader)
        heldSince = try SimulatedInstant(from: &reader)
        occurrence = try reader.read()
        isActive = try reader.readBool()
        guard next >= .start, heldSince >= .start else {
            throw ByteError(.invalid("state of a fault"), offset: reader.offset)
        }
    }
}

extension FaultTimeline: BinaryCodable {
    package static var leastEncodedSize: Int { 12 }

    package func encode(into writer: inout ByteWriter) {
        writer.writeAll(states.elements)
        nextLook.encode(into: &writer)
    }

    /// What is read may still not suit a program: ask ``suits(_:)``.
    package init(from reader: inout ByteReader) throws(ByteError) {
        states = TrivialArray(try reader.readAll() as ContiguousArray<FaultState>)
        nextLook = try SimulatedInstant(from: &reader)
        guard nextLook >= .start else {
            throw ByteError(.invalid("timeline of faults"), offset: reader.offset)
        }
        refreshInstant()
    }

    /// Whether it can go on with the faults of `program`.
    package func suits(_ program: FaultProgram) -> Bool {
        states.count == program.faults.count && (program.hasConditions || nextLook == .never)
    }
}
