package import Kernel

/// Counters that are 64-bit words from the first to the last, and bytes in that order.
package protocol WordCounters: BitwiseCopyable, BinaryCodable {
    init()
}

extension WordCounters {
    /// All counters in the order of their declaration.
    package var words: [UInt64] {
        withUnsafeBytes(of: self) { Array($0.bindMemory(to: UInt64.self)) }
    }

    package static var leastEncodedSize: Int { MemoryLayout<Self>.size }

    package func encode(into writer: inout ByteWriter) {
        for word in words { writer.write(word) }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        self.init()
        var words: [UInt64] = []
        for _ in 0..<MemoryLayout<Self>.size / 8 { words.append(try reader.read()) }
        withUnsafeMutableBytes(of: &self) { bytes in
            words.withUnsafeBytes { bytes.copyMemory(from: $0) }
        }
    }
}

extension ServiceCounters: WordCounters {}
extension EdgeCounters: WordCounters {}
