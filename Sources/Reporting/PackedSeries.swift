import Foundation

/// A column of numbers as a short text: quantised, as differences, in bytes, in base 64.
///
/// The text is `SCALE:BASE64`, or `log:BASE64` for latencies. Value *i* is SCALE · q*ᵢ*; of latencies it
/// is 1 µs · 1.01^(q*ᵢ* - 1), and q*ᵢ* = 0 is none. The bytes are the differences q*ᵢ* - q*ᵢ₋₁*, q₋₁ = 0,
/// in zigzag (0, -1, 1, -2 ... as 0, 1, 2, 3 ...) as little-endian groups of seven bits, the topmost
/// bit set in all but the last; a zero is followed by how many more zeros there are, in the same way.
package enum PackedSeries {
    /// Quantised values are at most this, so that none is off by more than 1/8190 of the largest.
    private static let steps = 4_095.0
    private static let logBase = 1.01

    /// Packs a column of numbers, none below zero. O(n).
    ///
    /// Whole numbers up to 4095 stay exact; others are off by at most 1/8190 of the largest, latencies
    /// by half a per cent of themselves.
    package static func pack(_ values: [Double], isLatency: Bool = false) -> String {
        if isLatency {
            let numbers = values.map { value in
                value > 0 ? max(Int((log(value / 1e-6) / log(logBase)).rounded()), 0) + 1 : 0
            }
            return "log:" + bytes(numbers).base64EncodedString()
        }
        let most = values.max() ?? 0
        let isWhole = most <= steps && values.allSatisfy { $0 == $0.rounded() }
        let scale = isWhole || most <= 0 ? 1 : most / steps
        let numbers = values.map { Int(($0 / scale).rounded()) }
        // Six digits: what they are off by is less than the steps are.
        let text = scale == 1 ? "1" : String(format: "%.6g", scale)
        return text + ":" + bytes(numbers).base64EncodedString()
    }

    private static func bytes(_ numbers: [Int]) -> Data {
        var data = Data()
        func append(_ value: Int) {
            var rest = UInt(bitPattern: value)
            while rest >= 0x80 {
                data.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            data.append(UInt8(rest))
        }
        var before = 0
        var index = 0
        while index < numbers.count {
            let change = numbers[index] - before
            before = numbers[index]
            index += 1
            append(change << 1 ^ change >> (Int.bitWidth - 1))
            guard change == 0 else { continue }
            var more = 0
            while index < numbers.count, numbers[index] == before {
                more += 1
                index += 1
            }
            append(more)
        }
        return data
    }
}
