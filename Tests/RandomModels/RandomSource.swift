/// Deterministic numbers for tests: SplitMix64 (Steele, Lea and Flood 2014).
package struct RandomSource: RandomNumberGenerator {
    private var state: UInt64

    /// Sources of the same seed and different purposes have nothing in common.
    package init(seed: UInt64, purpose: UInt64 = 0) {
        state = seed &* 0xD6E8_FEB8_6659_FD93 ^ purpose &* 0xA076_1D64_78BD_642F
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// In 0..<1.
    package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Whether something of this probability happens.
    package mutating func isTrue(_ probability: Double) -> Bool { unit() < probability }

    package mutating func index(below count: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(max(count, 1))).high)
    }

    package mutating func int(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + index(below: range.count)
    }

    package mutating func double(_ low: Double, _ high: Double) -> Double {
        low + (high - low) * unit()
    }

    /// Between `low` and `high` > 0, each order of magnitude as likely as any other.
    package mutating func magnitude(_ low: Double, _ high: Double) -> Double {
        var value = low
        while value * 2 <= high && isTrue(0.75) { value *= 2 }
        return min(high, value * double(1, 2))
    }

    package mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[index(below: elements.count)]
    }
}
