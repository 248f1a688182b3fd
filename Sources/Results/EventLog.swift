import Glibc
import Kernel
package import Model

/// The layout of `events.bin`: a header of 16 bytes, then 32 bytes an event, little-endian.
enum EventLogFormat {
    /// ASCII `TOPPLEEV`.
    static let magic: [UInt8] = Array("TOPPLEEV".utf8)
    static let version: UInt32 = 1
    static let headerSize = 16
    static let recordSize = 32
    /// Events in a buffer of a quarter of a megabyte.
    static let bufferedRecords = 8_192

    static var header: [UInt8] { magic + bytes(of: version) + bytes(of: UInt32(recordSize)) }

    static func bytes(of value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    static func store(_ record: EventRecord, into bytes: UnsafeMutableRawPointer) {
        let instant = record.instant.nanoseconds.littleEndian
        bytes.storeBytes(of: instant, toByteOffset: 0, as: Int64.self)
        bytes.storeBytes(of: record.call.littleEndian, toByteOffset: 8, as: UInt64.self)
        bytes.storeBytes(of: record.request.littleEndian, toByteOffset: 16, as: UInt64.self)
        bytes.storeBytes(of: record.service.littleEndian, toByteOffset: 24, as: UInt32.self)
        bytes.storeBytes(of: record.kind, toByteOffset: 28, as: UInt8.self)
        bytes.storeBytes(of: record.detail, toByteOffset: 29, as: UInt8.self)
        bytes.storeBytes(of: record.peer.littleEndian, toByteOffset: 30, as: UInt16.self)
    }

    static func load(_ bytes: UnsafeRawPointer) -> EventRecord {
        func word<Word: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _: Word.Type) -> Word {
            Word(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Word.self))
        }
        var record = EventRecord(
            instant: SimulatedInstant(nanoseconds: word(0, Int64.self)), call: word(8, UInt64.self),
            request: word(16, UInt64.self), service: word(24, UInt32.self), kind: .arrival,
            detail: word(29, UInt8.self))
        record.kind = word(28, UInt8.self)
        record.peer = word(30, UInt16.self)
        return record
    }
}

/// Writes events to a file as they commit, in the memory of one buffer.
///
/// Events of one service must come in their order; those of different services may come in any.
package final class EventLogWriter {
    package let path: String
    package private(set) var count = 0
    private var descriptor: Int32
    private var buffer: [UInt8]
    private var filled = 0

    /// Makes the file, or empties it.
    package init(path: String) throws(ResultError) {
        self.path = path
        buffer = [UInt8](
            repeating: 0, count: EventLogFormat.recordSize * EventLogFormat.bufferedRecords)
        descriptor = try FileAccess.create(path)
        for byte in EventLogFormat.header {
            buffer[filled] = byte
            filled += 1
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Appends events; after an error the log is of no more use.
    package func append(_ events: [EventRecord]) throws(ResultError) {
        for event in events {
            if filled + EventLogFormat.recordSize > buffer.count { try flush() }
            let offset = filled
            buffer.withUnsafeMutableBytes { bytes in
                if let base = bytes.baseAddress { EventLogFormat.store(event, into: base + offset) }
            }
            filled += EventLogFormat.recordSize
            count += 1
        }
    }

    /// Writes what is buffered, waits for the disk, and closes the file. Does nothing a second time.
    package func finish() throws(ResultError) {
        guard descriptor >= 0 else { return }
        try flush()
        defer { descriptor = -1 }
        try FileAccess.finish(descriptor, path: path)
    }

    private func flush() throws(ResultError) {
        guard descriptor >= 0 else {
            throw ResultError(
                path: path, message: "was closed before its last event",
                remedy: "please report this")
        }
        let (used, descriptor, path) = (filled, descriptor, path)
        try buffer.withUnsafeBufferPointer { bytes throws(ResultError) in
            try FileAccess.write(
                UnsafeBufferPointer(rebasing: bytes.prefix(used)), to: descriptor, path: path)
        }
        filled = 0
    }
}

/// Reads the events of a file in the order in which they were written, in the memory of one buffer.
package final class EventLogReader {
    package let path: String
    private let descriptor: Int32
    private var buffer: [UInt8]
    private var available = 0
    private var position = 0
    private var index = 0

    package init(path: String) throws(ResultError) {
        self.path = path
        descriptor = try FileAccess.openForReading(path).descriptor
        buffer = [UInt8](repeating: 0, count: EventLogFormat.headerSize)
        // From here on `self` is whole: when this throws, `deinit` closes the file.
        let count = try FileAccess.read(into: &buffer, from: descriptor, path: path)
        guard count == EventLogFormat.headerSize, buffer == EventLogFormat.header else {
            let ours = count == buffer.count && buffer.starts(with: EventLogFormat.magic)
            throw ResultError(
                path: path,
                message: ours
                    ? "was written by a version of Topple with another format of events"
                    : "is not a log of events",
                remedy: "run the simulation again with this version of Topple")
        }
        buffer = [UInt8](
            repeating: 0, count: EventLogFormat.recordSize * EventLogFormat.bufferedRecords)
    }

    deinit { close(descriptor) }

    /// The next event; `nil` at the end.
    ///
    /// - Throws: when the file cannot be read, or ends inside an event.
    package func next() throws(ResultError) -> EventRecord? {
        if position + EventLogFormat.recordSize > available {
            if position < available { throw cutOff() }
            available = try FileAccess.read(into: &buffer, from: descriptor, path: path)
            position = 0
            if available == 0 { return nil }
            if available < EventLogFormat.recordSize { throw cutOff() }
        }
        let offset = position
        position += EventLogFormat.recordSize
        index += 1
        return buffer.withUnsafeBytes { bytes in
            bytes.baseAddress.map { EventLogFormat.load($0 + offset) }
        }
    }

    private func cutOff() -> ResultError {
        ResultError(
            path: path, message: "ends inside event \(index + 1): the file was cut off",
            remedy: "run the simulation again")
    }
}
