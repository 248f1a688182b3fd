package import Kernel

/// Recent latencies in a fixed number of logarithmic buckets, for a quantile of them.
///
/// Eight buckets an octave from 256 ns to 18 minutes, with straight lines between their ends: a
/// quantile is off by at most an eighth. From 1,024 answers on, each 1,024 more halve the weight of
/// all before them; weights have four binary places, so the tail fades instead of vanishing.
package struct LatencyQuantile: BitwiseCopyable, Sendable {
    private var counts: InlineArray<256, UInt16>
    private var octaves: InlineArray<32, UInt32>
    private var total: UInt32
    /// Saturates.
    package private(set) var answers: UInt32

    package init() {
        counts = InlineArray(repeating: 0)
        octaves = InlineArray(repeating: 0)
        total = 0
        answers = 0
    }

    private static let weight: UInt32 = 16
    private static let most: UInt32 = 2_048 * weight

    package mutating func note(_ latency: SimulatedDuration) {
        let bucket = Self.bucket(of: latency.nanoseconds)
        counts[bucket] &+= UInt16(Self.weight)
        octaves[bucket >> 3] &+= Self.weight
        total &+= Self.weight
        if answers < .max { answers += 1 }
        if total >= Self.most { halve() }
    }

    /// The latency that a share `q`, in 0...1, does not exceed; `nil` when nothing was noted. O(40).
    package func quantile(_ q: Double) -> SimulatedDuration? {
        if total == 0 { return nil }
        let rank = min(max(q, 0), 1) * Double(total)
        var below = 0.0
        var octave = 0
        while octave < 31 && below + Double(octaves[octave]) < rank {
            below += Double(octaves[octave])
            octave += 1
        }
        var bucket = octave << 3
        while bucket < 255 && (counts[bucket] == 0 || below + Double(counts[bucket]) < rank) {
            below += Double(counts[bucket])
            bucket += 1
        }
        let share = counts[bucket] == 0 ? 1 : max(0, rank - below) / Double(counts[bucket])
        let (low, width) = Self.range(of: bucket)
        return SimulatedDuration(nanoseconds: low + Int64(Double(width) * min(1, share)))
    }

    package var isValid: Bool {
        var sum: UInt64 = 0
        for octave in 0..<32 {
            var part: UInt32 = 0
            for bucket in octave << 3..<(octave + 1) << 3 { part += UInt32(counts[bucket]) }
            if part != octaves[octave] { return false }
            sum += UInt64(part)
        }
        return sum == UInt64(total) && total < Self.most
    }

    private mutating func halve() {
        total = 0
        for octave in 0..<32 {
            var part: UInt32 = 0
            for bucket in octave << 3..<(octave + 1) << 3 {
                counts[bucket] /= 2
                part += UInt32(counts[bucket])
            }
            octaves[octave] = part
            total += part
        }
    }

    /// Octaves of 2⁸...2⁴⁰ ns; what is below or above falls into the first or last bucket.
    private static func bucket(of nanoseconds: Int64) -> Int {
        let value = min(max(nanoseconds, 1 << 8), (1 << 40) - 1)
        let exponent = 63 - value.leadingZeroBitCount
        return (exponent - 8) << 3 | Int(value >> (exponent - 3)) & 7
    }

    private static func range(of bucket: Int) -> (low: Int64, width: Int64) {
        let exponent = bucket >> 3 + 8
        return (Int64(8 | bucket & 7) << (exponent - 3), 1 << (exponent - 3))
    }
}
