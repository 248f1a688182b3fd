/// A 64-bit digest of a sequence: it changes with any value, and with their order.
///
/// Each step multiplies two masked words to 128 bits and folds the halves, the mixing of Wang Yi's
/// wyhash, and adds a multiple of the old state so that no operand can erase what came before. Not
/// cryptographic: it finds accidents, not forgeries.
@frozen
public struct StreamDigest: Hashable, Sendable, BitwiseCopyable {
    public var state: UInt64

    /// The digest of nothing.
    @inlinable
    public init() { state = 0x9E37_79B9_7F4A_7C15 }

    /// A digest taken up where it was left.
    @inlinable
    public init(state: UInt64) { self.state = state }

    /// Appends two words.
    @inlinable
    public mutating func fold(_ a: UInt64, _ b: UInt64) {
        let left = a ^ state ^ 0xA076_1D64_78BD_642F
        let right = b ^ (state << 32 | state >> 32) ^ 0xE703_7ED1_A0B4_28DB
        let product = left.multipliedFullWidth(by: right)
        // The second summand is a bijection of the state: it survives a product of zero.
        state =
            (product.high ^ product.low)
            &+ (state &* 0x8EBC_6AF0_9C88_C6E3 &+ 0x5899_65CC_7537_4CC3)
    }

    /// Appends four words.
    @inlinable
    public mutating func fold(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) {
        fold(a, b)
        fold(c, d)
    }

    /// Appends an instant and a word: the shape of most events.
    @inlinable
    public mutating func fold(_ instant: SimulatedInstant, _ word: UInt64) {
        fold(UInt64(bitPattern: instant.nanoseconds), word)
    }

    /// The digest of several digests in their order, and of how many they are.
    public static func combine(_ digests: some Sequence<StreamDigest>) -> StreamDigest {
        var result = StreamDigest()
        var count: UInt64 = 0
        for digest in digests {
            result.fold(digest.state, count)
            count += 1
        }
        result.fold(count, 0x1D8E_4E27_C47D_124F)
        return result
    }
}

extension StreamDigest: CustomStringConvertible {
    /// Sixteen lower-case hexadecimal digits.
    public var description: String {
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Reads what ``description`` writes; `nil` for anything else.
    public init?(_ description: String) {
        guard description.utf8.count == 16, description.utf8.allSatisfy(isLowercaseHexadecimal),
            let state = UInt64(description, radix: 16)
        else { return nil }
        self.state = state
    }
}

private func isLowercaseHexadecimal(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
}
