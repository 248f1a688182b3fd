/// One value of a row, as it is written to CSV files and databases.
package enum Cell: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)

    static func count(_ value: some BinaryInteger) -> Cell { .integer(Int64(clamping: value)) }
    static func optional(_ value: Double?) -> Cell { value.map { .real($0) } ?? .null }
    static func optional(_ value: String?) -> Cell { value.map { .text($0) } ?? .null }
    /// Seconds of a difference of nanoseconds, modulo 2⁶⁴.
    static func seconds(_ nanoseconds: UInt64) -> Cell {
        .real(Double(Int64(bitPattern: nanoseconds)) / 1e9)
    }
}

/// What a column holds: its name, unit and meaning are the header of CSV files, the schema of databases
/// and the dictionary in docs/results.md.
package struct ColumnDescription: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case integer = "INTEGER"
        case real = "REAL"
        case text = "TEXT"
        /// Texts and numbers, as they were given.
        case any = "BLOB"
    }

    package var name: String
    package var kind: Kind
    /// Such as `s`; empty for what has none.
    package var unit: String
    package var meaning: String

    package init(_ name: String, _ kind: Kind, unit: String = "", _ meaning: String) {
        self.name = name
        self.kind = kind
        self.unit = unit
        self.meaning = meaning
    }
}

/// A column, and how its value follows from a row.
package struct Column<Row>: Sendable {
    package var description: ColumnDescription
    package var value: @Sendable (Row) -> Cell

    init(
        _ name: String, _ kind: ColumnDescription.Kind, unit: String = "", _ meaning: String,
        _ value: @escaping @Sendable (Row) -> Cell
    ) {
        description = ColumnDescription(name, kind, unit: unit, meaning)
        self.value = value
    }

    /// A number of things.
    static func count(
        _ name: String, _ meaning: String, _ value: @escaping @Sendable (Row) -> UInt32
    ) -> Column {
        Column(name, .integer, meaning) { .integer(Int64(value($0))) }
    }

    /// A quantile of latencies in seconds; 0 where there were none, below that where it cannot be told.
    static func quantile(
        _ name: String, of what: String, _ value: @escaping @Sendable (Row) -> Float
    ) -> Column {
        Column(
            "latency_\(name)_s", .real, unit: "s",
            "latency of \(what) that ended in the interval, quantile \(name)"
        ) {
            let seconds = value($0)
            return seconds > 0 ? .real(Double(seconds)) : .null
        }
    }
}

/// A table of a result database, and of a CSV file where `file` names one.
package struct TableDescription: Hashable, Sendable {
    package var name: String
    /// The CSV file with the same rows; `nil` when there is none.
    package var file: String?
    package var about: String
    /// Columns that tell rows apart, after `run_id`.
    package var key: [ColumnDescription]
    package var columns: [ColumnDescription]
    /// Queries that read it with names for numbers, if there are any.
    package var view: String?
}
