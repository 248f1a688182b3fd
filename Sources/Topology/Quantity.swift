package import Kernel

/// Why a text is not the quantity that is wanted, and what to write instead.
package struct QuantityError: Error, Hashable, Sendable {
    package var message: String
    package var remedy: String
}

/// Numbers with units as users write them: `250 ms`, `80 req/s`, `2 cores`, `30%`.
package enum Quantity {
    /// 10,000 hours: far beyond any run, far from the end of the time line.
    static let longestSeconds = 36_000_000.0
    /// Arrivals a second of one stream.
    static let highestRate = 1e9

    /// A span of time, rounded to whole nanoseconds.
    ///
    /// - Throws: ``QuantityError`` for a missing or unknown unit, a negative or huge value, or (where
    ///   `isPositive`) one that rounds to zero.
    package static func duration(
        _ text: String, isPositive: Bool = false
    ) throws(QuantityError) -> SimulatedDuration {
        let nanoseconds = try nanoseconds(text)
        let duration = SimulatedDuration(nanoseconds: Int64(nanoseconds.rounded()))
        guard !isPositive || duration > .zero else {
            throw QuantityError(
                message: "`\(text)` is not longer than zero", remedy: "write at least `1 ns`")
        }
        return duration
    }

    /// A span of time in seconds, not rounded.
    static func seconds(_ text: String, isPositive: Bool = false) throws(QuantityError) -> Double {
        let seconds = try nanoseconds(text) / 1e9
        guard !isPositive || seconds > 0 else {
            throw QuantityError(
                message: "`\(text)` is not longer than zero", remedy: "write a time above zero")
        }
        return seconds
    }

    private static func nanoseconds(_ text: String) throws(QuantityError) -> Double {
        let value = try measured(text, in: durationUnits, example: "250 ms")
        guard value <= longestSeconds * 1e9 else {
            throw QuantityError(
                message: "`\(text)` is too long", remedy: "write at most `10000 h`")
        }
        return value
    }

    /// Arrivals per second.
    ///
    /// - Throws: ``QuantityError`` for a missing or unknown unit, or a negative or huge value.
    package static func rate(_ text: String) throws(QuantityError) -> Double {
        let rate = try measured(text, in: rateUnits, example: "80 req/s")
        guard rate <= highestRate else {
            throw QuantityError(
                message: "`\(text)` is too high", remedy: "write at most `1e9 req/s`")
        }
        return rate
    }

    /// Whole cores in `range`.
    static func cores(_ text: String, in range: ClosedRange<Int>) throws(QuantityError) -> Int {
        let value = try measured(text, in: coreUnits, example: "2 cores")
        return try whole(value, text, in: range, unit: " cores")
    }

    /// A whole number in `range`, without a unit.
    static func count(_ text: String, in range: ClosedRange<Int>) throws(QuantityError) -> Int {
        try whole(try plainNumber(text), text, in: range, unit: "")
    }

    private static func whole(
        _ value: Double, _ text: String, in range: ClosedRange<Int>, unit: String
    ) throws(QuantityError) -> Int {
        let remedy =
            "write a whole number from \(range.lowerBound) to \(range.upperBound)\(unit)"
        guard value == value.rounded(.towardZero) else {
            throw QuantityError(message: "`\(text)` is not a whole number", remedy: remedy)
        }
        guard value >= Double(range.lowerBound), value <= Double(range.upperBound) else {
            throw QuantityError(message: "`\(text)` is out of range", remedy: remedy)
        }
        return Int(value)
    }

    /// A number without a unit in `range`; above its lower bound where that is excluded.
    static func number(
        _ text: String, in range: ClosedRange<Double>, excludesLowerBound: Bool
    ) throws(QuantityError) -> Double {
        let value = try plainNumber(text)
        let isAbove = excludesLowerBound ? value > range.lowerBound : value >= range.lowerBound
        guard isAbove, value <= range.upperBound else {
            let from = excludesLowerBound ? "above" : "from"
            throw QuantityError(
                message: "`\(text)` is out of range",
                remedy: "write a number \(from) \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// A probability as a number in 0...1 or a percentage.
    package static func probability(_ text: String) throws(QuantityError) -> Double {
        let (value, unit) = try split(text, example: "30%")
        guard unit.isEmpty || unit == "%" else {
            throw QuantityError(
                message: "`\(text)` is not a probability",
                remedy: "write `30%`, or `0.3` without a unit")
        }
        let probability = unit.isEmpty ? value : value / 100
        guard probability <= 1 else {
            throw QuantityError(
                message: "`\(text)` is more than 100%",
                remedy: unit.isEmpty && value <= 100
                    ? "write `\(text)%` if percent is meant" : "write at most `100%`")
        }
        return probability
    }

    private static func plainNumber(_ text: String) throws(QuantityError) -> Double {
        let (value, unit) = try split(text, example: "5")
        guard unit.isEmpty else {
            throw QuantityError(
                message: "`\(text)` has the unit `\(unit)` where none is used",
                remedy: "write the number alone")
        }
        return value
    }
}

// MARK: - Units

extension Quantity {
    /// Unit names with their size in the base unit; the first of several equal ones is suggested.
    struct Units {
        let kind: String
        let sizes: [(name: String, size: Double)]
        /// What people write instead, with what is meant.
        let misnomers: [String: String]

        /// As a remedy asks for it.
        var wanted: String {
            switch kind {
            case "cores": "a number of cores"
            case "memory": "an amount of memory"
            default: "a \(kind)"
            }
        }

        func size(of name: String) -> Double? {
            sizes.first { $0.name == name }?.size
        }

        func suggestion(for name: String) -> String? {
            misnomers[name.lowercased()]
                ?? NearestName.nearest(to: name, among: sizes.map(\.name))
        }
    }

    static let durationUnits = Units(
        kind: "time",
        sizes: [
            ("ns", 1), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9),
            ("min", 6e10), ("h", 3.6e12),
        ],
        misnomers: [
            "sec": "s", "secs": "s", "second": "s", "seconds": "s", "m": "min", "mins": "min",
            "minute": "min", "minutes": "min", "hr": "h", "hrs": "h", "hour": "h", "hours": "h",
            "msec": "ms", "millis": "ms", "millisecond": "ms", "milliseconds": "ms", "usec": "us",
            "microseconds": "us", "nanoseconds": "ns", "nsec": "ns",
        ])
    static let rateUnits = Units(
        kind: "rate", sizes: [("req/s", 1), ("req/min", 1.0 / 60)],
        misnomers: [
            "rps": "req/s", "qps": "req/s", "/s": "req/s", "requests/s": "req/s", "1/s": "req/s",
            "reqs/s": "req/s", "req/sec": "req/s", "hz": "req/s", "s": "req/s", "tps": "req/s",
            "rpm": "req/min", "/min": "req/min", "requests/min": "req/min",
        ])
    static let coreUnits = Units(
        kind: "cores", sizes: [("cores", 1), ("core", 1)],
        misnomers: ["cpu": "cores", "cpus": "cores", "vcpu": "cores", "c": "cores"])

    static func measured(
        _ text: String, in units: Units, example: String
    ) throws(QuantityError) -> Double {
        let (value, unit) = try split(text, example: example)
        guard !unit.isEmpty else {
            let suggested = example.drop { $0 != " " }
            throw QuantityError(
                message: "`\(text)` has no unit",
                remedy: "write \(units.wanted) with its unit, such as `\(text)\(suggested)`")
        }
        guard let size = units.size(of: unit) else {
            let number = text.dropLast(unit.count).trimmingBlanks
            let known = units.sizes.map(\.name).filter { $0 != "μs" }.joined(separator: ", ")
            let hint = units.suggestion(for: unit).map { "write `\(number) \($0)`; " } ?? ""
            throw QuantityError(
                message: "`\(unit)` is not a unit of \(units.kind)",
                remedy: hint + "the units are \(known)")
        }
        let product = value * size
        guard product.isFinite else {
            throw QuantityError(
                message: "`\(text)` is too large", remedy: "write a smaller number")
        }
        return product
    }

    /// The number at the start of `text` and what follows it.
    static func split(
        _ text: String, example: String
    ) throws(QuantityError) -> (value: Double, unit: String) {
        let trimmed = text.trimmingBlanks
        let length = numberLength(trimmed)
        let digits = trimmed.utf8.prefix(length).filter { $0 != UInt8(ascii: "_") }
        guard length > 0, let value = Double(String(decoding: digits, as: UTF8.self)) else {
            throw QuantityError(
                message: "`\(shortened(text))` is not a number",
                remedy: "write a number, such as `\(example)`")
        }
        guard value.isFinite else {
            throw QuantityError(
                message: "`\(shortened(text))` is too large", remedy: "write a smaller number")
        }
        guard value.sign == .plus || value == 0 else {
            throw QuantityError(
                message: "`\(text)` is negative", remedy: "write zero or a number above it")
        }
        let unit = String(decoding: trimmed.utf8.dropFirst(length), as: UTF8.self)
        return (value, shortened(unit.trimmingBlanks))
    }

    static func shortened(_ text: String) -> String {
        text.count <= 40 ? text : text.prefix(37) + "..."
    }

    /// How many bytes of `text` are a decimal number: sign, digits with `_`, fraction, exponent.
    private static func numberLength(_ text: String) -> Int {
        let bytes = Array(text.utf8)
        var position = 0
        func isDigit(_ index: Int) -> Bool {
            index < bytes.count && bytes[index] >= 0x30 && bytes[index] <= 0x39
        }
        func skipDigits() {
            while isDigit(position)
                || (position < bytes.count && bytes[position] == UInt8(ascii: "_"))
            {
                position += 1
            }
        }
        func isSign(_ index: Int) -> Bool {
            index < bytes.count
                && (bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+"))
        }
        if isSign(position) { position += 1 }
        guard isDigit(position) || (bytes.count > position + 1 && isDigit(position + 1)) else {
            return 0
        }
        skipDigits()
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            skipDigits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            let exponent = isSign(position + 1) ? position + 2 : position + 1
            if isDigit(exponent) {
                position = exponent
                while isDigit(position) { position += 1 }
            }
        }
        return position
    }
}

extension StringProtocol {
    /// Without spaces and tabs at its ends.
    var trimmingBlanks: String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let start = drop(while: isBlank)
        var end = start.endIndex
        while end > start.startIndex, isBlank(start[start.index(before: end)]) {
            end = start.index(before: end)
        }
        return String(start[start.startIndex..<end])
    }
}
