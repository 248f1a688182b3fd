/// An amount as Kubernetes writes it: `300m`, `1.5`, `512Ki`, `2500u`, `1e3`.
///
/// Exact: Kubernetes knows nothing finer than a thousand-millionth and nothing larger than 2⁶³ - 1, and so
/// fits any of its amounts into whole nanounits of 128 bits. What is finer is rounded away from zero, what
/// is larger saturates, as in `k8s.io/apimachinery/pkg/api/resource`.
package struct Quantity: Hashable, Comparable, Sendable {
    /// Thousand-millionths; at most (2⁶³ - 1) × 10⁹ in magnitude.
    package let nanounits: Int128

    private static let largest = Int128(Int64.max) * 1_000_000_000

    package init(nanounits: Int128) {
        self.nanounits = min(max(nanounits, -Self.largest), Self.largest)
    }

    package init(milli: Int64) { self.init(nanounits: Int128(milli) * 1_000_000) }

    package init(_ whole: Int) { self.init(nanounits: Int128(whole) * 1_000_000_000) }

    package static let zero = Quantity(nanounits: 0)

    package static func < (left: Self, right: Self) -> Bool { left.nanounits < right.nanounits }

    /// Thousandths, rounded away from zero: what the autoscalers compute with. Saturates.
    package var milli: Int64 { Self.saturated(Self.divided(nanounits, by: 1_000_000)) }

    /// The nearest double of the amount.
    package var double: Double { Double(nanounits) / 1e9 }

    /// The amount if it is whole.
    package var whole: Int? {
        nanounits % 1_000_000_000 == 0 ? Int(nanounits / 1_000_000_000) : nil
    }

    private static func divided(_ value: Int128, by divisor: Int128) -> Int128 {
        let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
        return rest == 0 ? quotient : quotient + (value > 0 ? 1 : -1)
    }

    private static func saturated(_ value: Int128) -> Int64 {
        Int64(exactly: value) ?? (value > 0 ? .max : .min)
    }
}

extension Quantity: CustomStringConvertible {
    /// The shortest of a whole number, thousandths, millionths and thousand-millionths.
    package var description: String {
        for (unit, suffix) in [(1_000_000_000, ""), (1_000_000, "m"), (1_000, "u")]
        where nanounits % Int128(unit) == 0 {
            return "\(nanounits / Int128(unit))\(suffix)"
        }
        return "\(nanounits)n"
    }
}

extension Quantity {
    /// The quantity that `text` spells, or `nil` if it spells none.
    ///
    /// A sign, digits with at most one point, and one of: nothing, n u m k M G T P E, Ki Mi Gi Ti Pi Ei,
    /// or e or E with a whole exponent. Linear in the length of the text.
    package init?(_ text: String) {
        var rest = Substring(text).utf8
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        guard let digits = Digits(taking: &rest),
            let scale = Scale(String(Substring(rest)))
        else { return nil }
        let magnitude = digits.scaled(by: scale)
        self.init(nanounits: isNegative ? -magnitude : magnitude)
    }

    /// What a suffix multiplies by: 10^decimal × 2^binary.
    private struct Scale {
        var decimal = 0
        var binary = 0

        init?(_ suffix: String) {
            switch suffix {
            case "n": decimal = -9
            case "u": decimal = -6
            case "m": decimal = -3
            case "": break
            case "k": decimal = 3
            case "M": decimal = 6
            case "G": decimal = 9
            case "T": decimal = 12
            case "P": decimal = 15
            case "E": decimal = 18
            case "Ki": binary = 10
            case "Mi": binary = 20
            case "Gi": binary = 30
            case "Ti": binary = 40
            case "Pi": binary = 50
            case "Ei": binary = 60
            default:
                guard suffix.first == "e" || suffix.first == "E",
                    let exponent = Self.exponent(suffix.dropFirst())
                else { return nil }
                decimal = exponent
            }
        }

        /// A whole number with an optional sign, kept within ±10,000.
        private static func exponent(_ text: Substring) -> Int? {
            var rest = text.utf8
            let isNegative = rest.first == UInt8(ascii: "-")
            if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
            guard !rest.isEmpty else { return nil }
            var value = 0
            for byte in rest {
                guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
                value = min(value * 10 + Int(byte - UInt8(ascii: "0")), 10_000)
            }
            return isNegative ? -value : value
        }
    }

    /// The digits of a number: significand × 10^exponent, and whether more than that was written.
    private struct Digits {
        /// Fewer than 36 digits, so that it fits beside a factor of 2⁶⁰ in 256 bits.
        var significand: UInt128 = 0
        var exponent = 0
        /// Digits that are not zero were left out behind the significand.
        var hasRest = false

        /// Takes digits and a point from the front; `nil` if there is no digit.
        init?(taking text: inout Substring.UTF8View) {
            var count = 0
            var isFraction = false
            while let byte = text.first {
                if byte == UInt8(ascii: "."), !isFraction {
                    isFraction = true
                } else if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
                    count += 1
                    take(UInt128(byte - UInt8(ascii: "0")), isFraction: isFraction)
                } else {
                    break
                }
                text = text.dropFirst()
            }
            guard count > 0 else { return nil }
        }

        private mutating func take(_ digit: UInt128, isFraction: Bool) {
            guard significand < 100_000_000_000_000_000_000_000_000_000_000_000 else {
                if digit != 0 { hasRest = true }
                if !isFraction { exponent = min(exponent + 1, 10_000) }
                return
            }
            significand = significand * 10 + digit
            if isFraction { exponent -= 1 }
        }

        /// The number times `scale` in nanounits, rounded up; saturates above ``Quantity/largest``.
        func scaled(by scale: Scale) -> Int128 {
            guard significand > 0 else { return 0 }
            var power = exponent + scale.decimal + 9
            let product = significand.multipliedFullWidth(by: UInt128(1) << UInt128(scale.binary))
            guard power < 0 else {
                guard product.high == 0 else { return Quantity.largest }
                var value = product.low
                while power > 0 {
                    let (next, overflow) = value.multipliedReportingOverflow(by: 10)
                    if overflow { return Quantity.largest }
                    value = next
                    power -= 1
                }
                return clamped(value, isExact: !hasRest)
            }
            // At most 10^36 × 2^60 < 10^55.
            if power < -56 { return 1 }
            var (high, low) = (product.high, product.low)
            var isExact = !hasRest
            while power < 0 {
                let upper = high.quotientAndRemainder(dividingBy: 10)
                let lower = UInt128(10).dividingFullWidth((upper.remainder, low))
                isExact = isExact && lower.remainder == 0
                (high, low) = (upper.quotient, lower.quotient)
                power += 1
            }
            return high == 0 ? clamped(low, isExact: isExact) : Quantity.largest
        }

        private func clamped(_ value: UInt128, isExact: Bool) -> Int128 {
            guard value < UInt128(Quantity.largest) else { return Quantity.largest }
            return Int128(value) + (isExact ? 0 : 1)
        }
    }
}
