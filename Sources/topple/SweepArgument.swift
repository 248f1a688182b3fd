import ArgumentParser
import Foundation

/// Evenly spaced values given on the command line, such as `50..150%:10` or `0..60s:10`.
struct SweepArgument: ExpressibleByArgument, CustomStringConvertible {
    enum Unit {
        case percent, seconds
    }

    /// Ascending; at most 1,000.
    let values: [Double]
    let unit: Unit
    let description: String

    init(from first: Double, through last: Double, step: Double, unit: Unit) {
        values = Self.values(from: first, through: last, step: step)
        self.unit = unit
        let sign = unit == .percent ? "%" : "s"
        description = "\(Int(first))..\(Int(last))\(sign):\(Int(step))"
    }

    /// `FIRST..LAST UNIT:STEP`, or `VALUE UNIT` alone; the unit is `%`, `ms`, `s` or `min`, and holds for
    /// all three.
    init?(argument: String) {
        let halves = argument.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(halves.count) else { return nil }
        let range = halves[0].components(separatedBy: "..")
        guard (1...2).contains(range.count), let end = Self.quantity(range[range.count - 1]),
            let sign = end.unit, let scale = Self.scales[sign]
        else { return nil }
        func value(_ text: String) -> Double? {
            guard let known = Self.quantity(text), known.unit == nil || known.unit == sign else {
                return nil
            }
            return known.number * scale
        }
        guard let last = value(range[range.count - 1]), let first = value(range[0]) else {
            return nil
        }
        var step = max(last - first, 1)
        if halves.count == 2 {
            guard let given = value(String(halves[1])) else { return nil }
            step = given
        }
        guard first >= 0, last >= first, step > 0, last < 1e9, (last - first) / step < 1_000 else {
            return nil
        }
        values = Self.values(from: first, through: last, step: step)
        unit = sign == "%" ? .percent : .seconds
        description = argument
    }

    private static let scales = ["%": 1, "ms": 0.001, "s": 1, "min": 60]

    private static func values(from first: Double, through last: Double, step: Double) -> [Double] {
        let count = Int(((last - first) / step + 1e-9).rounded(.down))
        return (0...count).map { first + Double($0) * step }
    }

    private static func quantity(_ text: String) -> (number: Double, unit: String?)? {
        let digits = text.prefix { $0.isNumber || $0 == "." }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let number = Double(digits), number.isFinite else { return nil }
        return (number, unit.isEmpty ? nil : String(unit))
    }
}
