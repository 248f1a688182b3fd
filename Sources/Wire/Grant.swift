package import Kernel
package import Model

/// The coordinator lets a worker execute a window, for the first time or anew.
///
/// Layout: type, `isNewWindow`, start, end, slices, `mayAssume`, number of carried changes, these,
/// number of changes, these. Written straight from the channels and read in place, so there is no
/// value that holds a whole grant.
package struct GrantHeader: Hashable, Sendable {
    /// Whether the window before is final: commit it and begin this one.
    package var isNewWindow: Bool
    package var start: SimulatedInstant
    package var end: SimulatedInstant
    /// The first snapshot is taken after this fraction of the window, the next after twice that, and
    /// so on; 0 or 1: none are taken.
    package var slices: UInt16
    /// Whether calls may go on waiting when their time is over, since answers that are missing may still
    /// come. A worker that does so is granted the window again: see ``ReplyHeader/assumedFrom``.
    package var mayAssume: Bool

    package init(
        isNewWindow: Bool, start: SimulatedInstant, end: SimulatedInstant, slices: UInt16,
        mayAssume: Bool = false
    ) {
        self.isNewWindow = isNewWindow
        self.start = start
        self.end = end
        self.slices = slices
        self.mayAssume = mayAssume
    }

    /// Writes the type and the header.
    package func write(into writer: inout ByteWriter) {
        writer.write(MessageType.grant.rawValue)
        writer.write(isNewWindow)
        start.encode(into: &writer)
        end.encode(into: &writer)
        writer.write(slices)
        writer.write(mayAssume)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        isNewWindow = try reader.readBool()
        start = try SimulatedInstant(from: &reader)
        end = try SimulatedInstant(from: &reader)
        slices = try reader.read()
        mayAssume = try reader.readBool()
        guard start >= .start, start <= end else {
            throw ByteError(.invalid("window"), offset: reader.offset)
        }
    }
}

/// A worker has executed a window.
///
/// Layout: type, compute time, next instant, events executed, first assumption, `hasTimeouts`,
/// recorded events, samples of services and of edges, number of changes, these.
package struct ReplyHeader: Hashable, Sendable {
    /// Time spent executing in nanoseconds; the worker's driver fills it in (``setComputeTime``).
    package var computeTime: UInt64 = 0
    /// When the worker's next event after the window is, as far as it knows by itself.
    package var next: SimulatedInstant
    /// Events executed for this grant.
    package var executed: UInt64
    /// From here on the execution rests on answers that it assumed to come still; or never.
    package var assumedFrom: SimulatedInstant
    /// Whether any call to another process timed out in the window.
    package var hasTimeouts: Bool

    package init(
        next: SimulatedInstant, executed: UInt64, assumedFrom: SimulatedInstant = .never,
        hasTimeouts: Bool = false
    ) {
        self.next = next
        self.executed = executed
        self.assumedFrom = assumedFrom
        self.hasTimeouts = hasTimeouts
    }

    /// Writes the type and the header.
    package func write(into writer: inout ByteWriter) {
        writer.write(MessageType.reply.rawValue)
        writer.write(computeTime)
        next.encode(into: &writer)
        writer.write(executed)
        assumedFrom.encode(into: &writer)
        writer.write(hasTimeouts)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        computeTime = try reader.read()
        next = try SimulatedInstant(from: &reader)
        executed = try reader.read()
        assumedFrom = try SimulatedInstant(from: &reader)
        hasTimeouts = try reader.readBool()
    }

    /// Stamps an encoded reply with the time that making it took.
    package static func setComputeTime(_ nanoseconds: UInt64, in message: inout [UInt8]) {
        guard message.count > 9, message[0] == MessageType.reply.rawValue else { return }
        withUnsafeBytes(of: nanoseconds.littleEndian) { source in
            for index in 0..<8 { message[1 + index] = source[index] }
        }
    }
}

extension EventRecord: RawBytes {}
