#if _endian(big)
#error("raw arrays are written as they lie in memory, which must be little-endian")
#endif

/// Why bytes could not be read, and where.
public struct ByteError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Reason: Hashable, Sendable {
        /// The value at the offset needs more bytes than are left.
        case truncated(needed: Int, left: Int)
        /// A count at the offset promises more elements than the bytes left can hold.
        case countTooLarge(count: UInt64, left: Int)
        /// The bytes at the offset are no value of what was expected there.
        case invalid(String)
        /// A whole value was read, and there are bytes after it.
        case leftOver(Int)
    }
    public var reason: Reason
    /// Position from the first byte of the message.
    public var offset: Int

    public init(_ reason: Reason, offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    public var description: String {
        switch reason {
        case .truncated(let needed, let left):
            "at byte \(offset): \(needed) bytes needed, \(left) left"
        case .countTooLarge(let count, let left):
            "at byte \(offset): a count of \(count), more than the \(left) bytes left can hold"
        case .invalid(let expected):
            "at byte \(offset): not a valid \(expected)"
        case .leftOver(let count):
            "at byte \(offset): \(count) bytes too many"
        }
    }
}

/// A type whose memory is its encoding: no padding, no reference, every bit pattern a valid value.
///
/// Conform structs of integers, doubles and other raw values whose fields leave no gap. Enums and
/// `Bool` must not conform: hostile bytes would make values that do not exist.
public protocol RawBytes: BitwiseCopyable {}

extension Int: RawBytes {}
extension Int8: RawBytes {}
extension Int16: RawBytes {}
extension Int32: RawBytes {}
extension Int64: RawBytes {}
extension UInt: RawBytes {}
extension UInt8: RawBytes {}
extension UInt16: RawBytes {}
extension UInt32: RawBytes {}
extension UInt64: RawBytes {}
extension UInt128: RawBytes {}
extension Double: RawBytes {}
extension SimulatedInstant: RawBytes {}
extension SimulatedDuration: RawBytes {}
extension Identifier: RawBytes {}

/// Appends values to a growing array of bytes, little-endian and without padding.
@frozen
public struct ByteWriter: Sendable {
    public var bytes: [UInt8] = []

    public init() {}

    /// A writer that does not allocate before `capacity` bytes are written.
    public init(capacity: Int) { bytes.reserveCapacity(capacity) }

    @inlinable
    public mutating func write<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// The bit pattern, so that every NaN and -0 survives.
    @inlinable
    public mutating func write(_ value: Double) { write(value.bitPattern) }

    @inlinable
    public mutating func write(_ value: Bool) { write(value ? UInt8(1) : 0) }

    /// UTF-8, after a UInt32 count of its bytes.
    public mutating func write(_ text: String) {
        write(UInt32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    /// The elements as they lie in memory, after a UInt64 count of them.
    @inlinable
    public mutating func writeRaw<Element: RawBytes>(_ elements: [Element]) {
        write(UInt64(elements.count))
        elements.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
}

/// Reads what a ``ByteWriter`` wrote, trusting nothing.
///
/// Every read checks its bounds and throws a ``ByteError``; a count is checked against the bytes
/// left before anything is allocated. Does not own its bytes: use it inside ``read(_:_:)`` or while
/// they are known to live.
public struct ByteReader {
    @usableFromInline let source: UnsafeRawBufferPointer
    /// Position of the next byte to read.
    public private(set) var offset = 0

    public init(_ source: UnsafeRawBufferPointer) { self.source = source }

    /// Runs `body` with a reader of `bytes`.
    public static func read<Result>(
        _ bytes: [UInt8], _ body: (inout ByteReader) throws(ByteError) -> Result
    ) throws(ByteError) -> Result {
        try bytes.withUnsafeBufferPointer { (buffer) throws(ByteError) -> Result in
            var reader = ByteReader(UnsafeRawBufferPointer(buffer))
            return try body(&reader)
        }
    }

    /// The number of bytes not yet read.
    public var left: Int { source.count - offset }

    /// Throws unless everything has been read.
    public func finish() throws(ByteError) {
        if left > 0 { throw ByteError(.leftOver(left), offset: offset) }
    }

    public mutating func read<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type = Value.self
    ) throws(ByteError) -> Value {
        let bytes = try take(MemoryLayout<Value>.size)
        return Value(littleEndian: bytes.loadUnaligned(as: Value.self))
    }

    public mutating func readDouble() throws(ByteError) -> Double {
        Double(bitPattern: try read(UInt64.self))
    }

    /// 0 or 1; any other byte is refused.
    public mutating func readBool() throws(ByteError) -> Bool {
        let start = offset
        switch try read(UInt8.self) {
        case 0: return false
        case 1: return true
        default: throw ByteError(.invalid("truth value"), offset: start)
        }
    }

    /// Valid UTF-8 after a UInt32 count of its bytes; anything else is refused.
    public mutating func readString() throws(ByteError) -> String {
        let start = offset
        let count = Int(try read(UInt32.self))
        let bytes = try take(count)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ByteError(.invalid("UTF-8 text"), offset: start)
        }
        return text
    }

    /// What ``ByteWriter/writeRaw(_:)`` wrote.
    public mutating func readRaw<Element: RawBytes>(
        _ type: Element.Type = Element.self
    ) throws(ByteError) -> [Element] {
        let start = offset
        let stride = MemoryLayout<Element>.stride
        let count = try read(UInt64.self)
        guard count <= UInt64(left / stride) else {
            throw ByteError(.countTooLarge(count: count, left: left), offset: start)
        }
        let bytes = try take(Int(count) * stride)
        return [Element](unsafeUninitializedCapacity: Int(count)) { buffer, initialised in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
            initialised = Int(count)
        }
    }

    /// A UInt32 count of elements of `size` >= 1 bytes or more, checked against the bytes left.
    public mutating func readCount(ofSize size: Int = 1) throws(ByteError) -> Int {
        let start = offset
        let count = Int(try read(UInt32.self))
        guard count <= left / Swift.max(size, 1) else {
            throw ByteError(.countTooLarge(count: UInt64(count), left: left), offset: start)
        }
        return count
    }

    /// The next `count` bytes, which are skipped. They live as long as the reader's source.
    public mutating func take(_ count: Int) throws(ByteError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= left else {
            throw ByteError(.truncated(needed: count, left: left), offset: offset)
        }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: source[offset..<offset + count])
    }
}
