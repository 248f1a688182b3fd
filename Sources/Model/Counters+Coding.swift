package import Kernel

// Counters are 64-bit words from the first to the last.

extension ServiceCounters: BinaryCodable {
    package static var leastEncodedSize: Int { MemoryLayout<Self>.size }
    package func encode(into writer: inout ByteWriter) {
        for word in words { writer.write(word) }
    }
    package init(from reader: inout ByteReader) throws(ByteError) {
        self.init()
        try reader.readWords(into: &self)
    }
}

extension EdgeCounters: BinaryCodable {
    package static var leastEncodedSize: Int { MemoryLayout<Self>.size }
    package func encode(into writer: inout ByteWriter) {
        for word in words { writer.write(word) }
    }
    package init(from reader: inout ByteReader) throws(ByteError) {
        self.init()
        try reader.readWords(into: &self)
    }
}

extension ByteReader {
    /// Fills a value that is made of 64-bit words only.
    fileprivate mutating func readWords<Value: BitwiseCopyable>(
        into value: inout Value
    ) throws(ByteError) {
        var words: [UInt64] = []
        for _ in 0..<MemoryLayout<Value>.size / 8 { words.append(try read()) }
        withUnsafeMutableBytes(of: &value) { bytes in
            words.withUnsafeBytes { bytes.copyMemory(from: $0) }
        }
    }
}
