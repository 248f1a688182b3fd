import GRDB
import GRDBSQLite
import Kernel
import Results

/// Reads rows of a time series: an instant, the number of a subject, then columns.
struct RowReader {
    private let statement: Statement
    private let pointer: OpaquePointer
    private let kinds: [ColumnDescription.Kind]

    init(_ statement: Statement, kinds: [ColumnDescription.Kind]) {
        self.statement = statement
        pointer = statement.sqliteStatement
        self.kinds = kinds
    }

    /// Goes to the next row; false after the last.
    func next() throws -> Bool {
        switch sqlite3_step(pointer) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw DatabaseError(resultCode: ResultCode(rawValue: code))
        }
    }

    /// The end of the interval in seconds, exactly.
    var instant: String {
        CSVText.instant(
            .start + SimulatedDuration(seconds: sqlite3_column_double(pointer, 0)))
    }

    var subject: Int { Int(sqlite3_column_int64(pointer, 1)) }

    /// Appends a comma and a value for each column.
    func appendColumns(to text: inout String) {
        for (index, kind) in kinds.enumerated() {
            let place = Int32(index) + 2
            CSVText.append(cell(place, kind), to: &text)
        }
    }

    private func cell(_ place: Int32, _ kind: ColumnDescription.Kind) -> Cell {
        if sqlite3_column_type(pointer, place) == SQLITE_NULL { return .null }
        return kind == .real
            ? .real(sqlite3_column_double(pointer, place))
            : .integer(sqlite3_column_int64(pointer, place))
    }
}
