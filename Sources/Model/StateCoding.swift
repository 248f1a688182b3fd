package import Kernel

/// Bytes of a state as they lie in memory, for values that a checkpoint holds.
///
/// A checkpoint is read back by the build that wrote it, on a host of the same kind, and its bytes
/// are protected as a whole by ``sealed(_:)``: no part needs checks of its own.
extension ByteWriter {
    mutating func writeState<Value: BitwiseCopyable>(_ value: Value) {
        withUnsafeBytes(of: value) { bytes in
            for byte in bytes { write(byte) }
        }
    }

    mutating func writeStates<Element: BitwiseCopyable>(_ elements: some Collection<Element>) {
        write(UInt64(elements.count))
        for element in elements { writeState(element) }
    }

    mutating func writeArray<Element: BitwiseCopyable>(_ array: TrivialArray<Element>) {
        writeStates(array.elements)
    }
}

extension ByteReader {
    mutating func readState<Value: BitwiseCopyable>(
        _ type: Value.Type = Value.self
    ) throws(ByteError) -> Value {
        let bytes = try take(MemoryLayout<Value>.size)
        return bytes.loadUnaligned(as: Value.self)
    }

    mutating func readStates<Element: BitwiseCopyable>(
        _ type: Element.Type = Element.self
    ) throws(ByteError) -> ContiguousArray<Element> {
        let start = offset
        let count = try read(UInt64.self)
        guard count <= UInt64(left / max(MemoryLayout<Element>.size, 1)) else {
            throw ByteError(.countTooLarge(count: count, left: left), offset: start)
        }
        var elements = ContiguousArray<Element>()
        elements.reserveCapacity(Int(count))
        for _ in 0..<Int(count) { elements.append(try readState()) }
        return elements
    }

    mutating func readArray<Element: BitwiseCopyable>(
        _ type: Element.Type = Element.self
    ) throws(ByteError) -> TrivialArray<Element> {
        TrivialArray(try readStates() as ContiguousArray<Element>)
    }
}

/// Bytes with a checksum before them, so that damage is found before anything is believed.
package enum SealedBytes {
    /// The bytes after their checksum and their number.
    package static func seal(_ bytes: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(checksum(bytes))
        writer.write(UInt64(bytes.count))
        return writer.bytes + bytes
    }

    /// The bytes, if they are those that were sealed.
    package static func open(_ sealed: [UInt8]) throws(ByteError) -> [UInt8] {
        let header = try ByteReader.read(sealed) {
            (reader) throws(ByteError) -> (UInt64, UInt64) in
            (try reader.read(), try reader.read())
        }
        let bytes = Array(sealed.dropFirst(16))
        guard header.1 == UInt64(bytes.count), header.0 == checksum(bytes) else {
            throw ByteError(.invalid("checksum"), offset: 0)
        }
        return bytes
    }

    /// Every bit of the result depends on every byte and its place.
    private static func checksum(_ bytes: [UInt8]) -> UInt64 {
        var sum: UInt64 = 0x6A09_E667_F3BC_C909
        var word: UInt64 = 0
        for (index, byte) in bytes.enumerated() {
            word = word << 8 | UInt64(byte)
            if index & 7 == 7 {
                sum = CallIdentity.mix(sum ^ word)
                word = 0
            }
        }
        return CallIdentity.mix(CallIdentity.mix(sum ^ word) ^ UInt64(bytes.count))
    }
}
