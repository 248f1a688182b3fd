/// A value with one binary form: little-endian, no padding, lengths before contents.
///
/// Decoding hostile bytes throws; it never traps and never allocates much more than it was given.
public protocol BinaryCodable {
    /// No value takes fewer bytes than this. At least 1, or else a count could promise millions of
    /// elements without a byte to show for them.
    static var leastEncodedSize: Int { get }
    func encode(into writer: inout ByteWriter)
    init(from reader: inout ByteReader) throws(ByteError)
}

extension BinaryCodable {
    public static var leastEncodedSize: Int { 1 }

    /// The binary form on its own.
    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        encode(into: &writer)
        return writer.bytes
    }

    /// Reads a value that takes up all of `bytes`.
    public init(decoding bytes: [UInt8]) throws(ByteError) {
        self = try ByteReader.read(bytes) { (reader) throws(ByteError) -> Self in
            let value = try Self(from: &reader)
            try reader.finish()
            return value
        }
    }
}

extension BinaryCodable where Self: FixedWidthInteger & BitwiseCopyable {
    public static var leastEncodedSize: Int { MemoryLayout<Self>.size }
    public func encode(into writer: inout ByteWriter) { writer.write(self) }
    public init(from reader: inout ByteReader) throws(ByteError) { self = try reader.read() }
}

extension Int: BinaryCodable {}
extension Int8: BinaryCodable {}
extension Int16: BinaryCodable {}
extension Int32: BinaryCodable {}
extension Int64: BinaryCodable {}
extension UInt: BinaryCodable {}
extension UInt8: BinaryCodable {}
extension UInt16: BinaryCodable {}
extension UInt32: BinaryCodable {}
extension UInt64: BinaryCodable {}
extension UInt128: BinaryCodable {}

extension Bool: BinaryCodable {
    public func encode(into writer: inout ByteWriter) { writer.write(self) }
    public init(from reader: inout ByteReader) throws(ByteError) { self = try reader.readBool() }
}

extension Double: BinaryCodable {
    public static var leastEncodedSize: Int { 8 }
    public func encode(into writer: inout ByteWriter) { writer.write(self) }
    public init(from reader: inout ByteReader) throws(ByteError) { self = try reader.readDouble() }
}

extension String: BinaryCodable {
    public static var leastEncodedSize: Int { 4 }
    public func encode(into writer: inout ByteWriter) { writer.write(self) }
    public init(from reader: inout ByteReader) throws(ByteError) { self = try reader.readString() }
}

/// A UInt32 count, then the elements.
extension Array: BinaryCodable where Element: BinaryCodable {
    public static var leastEncodedSize: Int { 4 }
    public func encode(into writer: inout ByteWriter) {
        writer.write(UInt32(count))
        for element in self { element.encode(into: &writer) }
    }
    public init(from reader: inout ByteReader) throws(ByteError) {
        let count = try reader.readCount(ofSize: Element.leastEncodedSize)
        self = []
        reserveCapacity(Swift.min(count, 1024))
        for _ in 0..<count { append(try Element(from: &reader)) }
    }
}

/// A truth value, then the value if there is one.
extension Optional: BinaryCodable where Wrapped: BinaryCodable {
    public func encode(into writer: inout ByteWriter) {
        writer.write(self != nil)
        if let value = self { value.encode(into: &writer) }
    }
    public init(from reader: inout ByteReader) throws(ByteError) {
        self = try reader.readBool() ? try Wrapped(from: &reader) : nil
    }
}

extension Identifier: BinaryCodable {
    public static var leastEncodedSize: Int { 4 }
    public func encode(into writer: inout ByteWriter) { writer.write(rawValue) }
    public init(from reader: inout ByteReader) throws(ByteError) {
        self.init(try reader.read(UInt32.self))
    }
}

extension SimulatedInstant: BinaryCodable {
    public static var leastEncodedSize: Int { 8 }
    public func encode(into writer: inout ByteWriter) { writer.write(nanoseconds) }
    public init(from reader: inout ByteReader) throws(ByteError) {
        self.init(nanoseconds: try reader.read())
    }
}

extension SimulatedDuration: BinaryCodable {
    public static var leastEncodedSize: Int { 8 }
    public func encode(into writer: inout ByteWriter) { writer.write(nanoseconds) }
    public init(from reader: inout ByteReader) throws(ByteError) {
        self.init(nanoseconds: try reader.read())
    }
}

extension StreamDigest: BinaryCodable {
    public static var leastEncodedSize: Int { 8 }
    public func encode(into writer: inout ByteWriter) { writer.write(state) }
    public init(from reader: inout ByteReader) throws(ByteError) {
        self.init(state: try reader.read())
    }
}
