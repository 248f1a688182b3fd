import Kernel
import Testing

/// What hostile bytes do to a value that is read from them.
enum Hostility {
    /// Decodes damaged copies of `value`: each is refused, or makes a value that `use` can work with.
    static func damage<Value: BinaryCodable>(
        _ value: Value, seed: UInt64 = 1, times: Int = 400, use: (inout Value) -> Void
    ) {
        let bytes = value.encoded()
        var random = RandomNumbers(seed: seed)
        for length in 0..<min(bytes.count, 200) {
            #expect(throws: ByteError.self) { try Value(decoding: Array(bytes[..<length])) }
        }
        for _ in 0..<times {
            var damaged = bytes
            for _ in 0...Int(random.next() % 3) where !damaged.isEmpty {
                let place = Int(random.next() % UInt64(damaged.count))
                damaged[place] =
                    random.isTrue(withProbability: 0.5)
                    ? UInt8(truncatingIfNeeded: random.next()) : damaged[place] ^ 1
            }
            guard var decoded = try? Value(decoding: damaged) else { continue }
            #expect(decoded.encoded() == damaged)
            use(&decoded)
        }
    }
}

/// Expects that a condition holds whose evaluation changes a value, which `#expect` does not take.
func check(_ condition: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(condition, sourceLocation: sourceLocation)
}
