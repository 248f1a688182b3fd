import Kernel

/// Writes the fields of a description, or reads them in the same order and checks each.
///
/// One list of fields serves both ways, so that they cannot come to differ.
struct FieldCoder {
    var writer = ByteWriter()
    var reader: ByteReader
    let isReading: Bool

    fileprivate init(reading reader: ByteReader) {
        self.reader = reader
        isReading = true
    }

    fileprivate init() {
        reader = ByteReader(UnsafeRawBufferPointer(start: nil, count: 0))
        isReading = false
    }

    /// Any value; what is read must be valid.
    mutating func field<Value: BinaryCodable>(
        _ value: inout Value, where isValid: (Value) -> Bool = { _ in true }
    ) throws(ByteError) {
        guard isReading else {
            value.encode(into: &writer)
            return
        }
        let start = reader.offset
        value = try Value(from: &reader)
        guard isValid(value) else { throw ByteError(.invalid("\(Value.self)"), offset: start) }
    }

    /// A value in a range; not-a-number is in none.
    mutating func field<Value: BinaryCodable & Comparable>(
        _ value: inout Value, in range: ClosedRange<Value>
    ) throws(ByteError) {
        try field(&value) { range.contains($0) }
    }

    /// `nil`, or a value in a range.
    mutating func field<Value: BinaryCodable & Comparable>(
        _ value: inout Value?, in range: ClosedRange<Value>
    ) throws(ByteError) {
        try field(&value) { $0.map(range.contains) ?? true }
    }

    /// A time from zero, or from one nanosecond, to ``ModelLimits/longestTime``.
    mutating func time(
        _ value: inout SimulatedDuration, isPositive: Bool = false
    ) throws(ByteError) {
        try field(&value, in: Self.times(isPositive))
    }

    mutating func time(
        _ value: inout SimulatedDuration?, isPositive: Bool = false
    ) throws(ByteError) {
        try field(&value, in: Self.times(isPositive))
    }

    private static func times(_ isPositive: Bool) -> ClosedRange<SimulatedDuration> {
        SimulatedDuration(nanoseconds: isPositive ? 1 : 0)...ModelLimits.longestTime
    }

    /// One of the choices, by its raw value.
    mutating func choice<Choice: RawRepresentable>(
        _ value: inout Choice
    ) throws(ByteError) where Choice.RawValue: BinaryCodable {
        guard isReading else {
            value.rawValue.encode(into: &writer)
            return
        }
        let start = reader.offset
        guard let choice = Choice(rawValue: try Choice.RawValue(from: &reader)) else {
            throw ByteError(.invalid("\(Choice.self)"), offset: start)
        }
        value = choice
    }

    /// What is wrong with the value just read as a whole.
    func require(_ isValid: Bool, _ what: String) throws(ByteError) {
        guard isValid || !isReading else { throw ByteError(.invalid(what), offset: reader.offset) }
    }
}

/// A description whose binary form is its fields, one after another.
protocol FieldCoded: BinaryCodable {
    /// Any value; reading replaces all of its fields.
    static var blank: Self { get }
    mutating func code(with coder: inout FieldCoder) throws(ByteError)
}

extension FieldCoded {
    package func encode(into writer: inout ByteWriter) {
        var copy = self
        var coder = FieldCoder()
        swap(&coder.writer, &writer)
        // Only reading throws.
        try? copy.code(with: &coder)
        swap(&coder.writer, &writer)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        var coder = FieldCoder(reading: reader)
        self = .blank
        try code(with: &coder)
        reader = coder.reader
    }
}
