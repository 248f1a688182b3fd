package import Kernel

/// What a probe finds out.
package enum ProbeKind: UInt8, BitwiseCopyable, Hashable, Sendable, CaseIterable {
    /// Whether the replica may get requests.
    case readiness
    /// Whether its container has to be started again.
    case liveness
}

/// Where one kind of probe of a replica stands.
///
/// There is one probe at a time: one that is due while the last is not answered is left out.
package struct ProbeState: BitwiseCopyable, Hashable, Sendable {
    /// When the next probe is due.
    var nextDue = SimulatedInstant.never
    /// From when on the probe that is on its way has failed; never: none is.
    var deadline = SimulatedInstant.never
    /// Results like the last, in a row.
    var run: UInt32 = 0
    var lastSucceeded = false
    /// Of the last probe sent, counted over all the replica's containers.
    package internal(set) var number: UInt32 = 0

    package init() {}

    var nextAlarm: SimulatedInstant { min(nextDue, deadline) }

    /// A new container is probed from `first` on.
    mutating func begin(at first: SimulatedInstant) {
        nextDue = first
        deadline = .never
        run = 0
        lastSucceeded = false
    }

    mutating func stop() { begin(at: .never) }

    /// Sends one. An answer that comes just at the time-out is in time.
    mutating func send(at now: SimulatedInstant, timeout: SimulatedDuration) {
        number &+= 1
        deadline = now.advanced(saturatingBy: timeout)
            .advanced(saturatingBy: SimulatedDuration(nanoseconds: 1))
    }

    /// Notes a result and tells how many like it there have been in a row.
    mutating func note(succeeded: Bool) -> UInt32 {
        deadline = .never
        run = succeeded == lastSucceeded && run < .max ? run + 1 : 1
        lastSucceeded = succeeded
        return run
    }
}

extension ProbeState: BinaryCodable {
    package static var leastEncodedSize: Int { 25 }

    package func encode(into writer: inout ByteWriter) {
        nextDue.encode(into: &writer)
        deadline.encode(into: &writer)
        writer.write(run)
        writer.write(lastSucceeded)
        writer.write(number)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        nextDue = try SimulatedInstant(from: &reader)
        deadline = try SimulatedInstant(from: &reader)
        run = try reader.read()
        lastSucceeded = try reader.readBool()
        number = try reader.read()
        guard nextDue >= .start, deadline >= .start else {
            throw ByteError(.invalid("probe"), offset: reader.offset)
        }
    }
}
