import GRDB
import Results

/// The tables of a result database, from the descriptions that everything else is made from too.
enum ResultSchema {
    /// ASCII `TOPL`: the file is a database of Topple's results.
    static let applicationID: Int32 = 0x544F_504C

    /// What a database is found to be.
    enum Finding { case empty, ours, other, anotherVersion(Int) }

    static func find(_ database: Database) throws -> Finding {
        let identifier = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        if identifier == applicationID {
            return version == ResultTables.version ? .ours : .anotherVersion(version)
        }
        let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        return count == 0 && identifier == 0 && version == 0 ? .empty : .other
    }

    /// Makes all tables and views.
    static func create(in database: Database) throws {
        for table in ResultTables.all {
            try database.execute(sql: definition(of: table))
            if let view = view(of: table) { try database.execute(sql: view) }
        }
        try database.execute(sql: "PRAGMA application_id = \(applicationID)")
        try database.execute(sql: "PRAGMA user_version = \(ResultTables.version)")
    }

    private static var isOfRuns: (TableDescription) -> Bool { { $0.name == "runs" } }

    /// Rows are kept in the order of their keys; in order of time they are only ever appended.
    static func definition(of table: TableDescription) -> String {
        let columns = (table.key + table.columns).map { "\(quoted($0.name)) \($0.kind.rawValue)" }
        if isOfRuns(table) {
            return "CREATE TABLE runs (run_id INTEGER PRIMARY KEY, "
                + columns.joined(separator: ", ") + ", UNIQUE (run))"
        }
        let key = ["run_id"] + table.key.map { quoted($0.name) }
        return "CREATE TABLE \(quoted(table.name)) (run_id INTEGER, "
            + columns.joined(separator: ", ")
            + ", PRIMARY KEY (\(key.joined(separator: ", ")))) WITHOUT ROWID"
    }

    /// A time series with names for numbers: the columns of its CSV file.
    static func view(of table: TableDescription) -> String? {
        guard let view = table.view else { return nil }
        let isOfServices = table == ResultTables.serviceIntervals
        let subject =
            isOfServices ? ResultTables.services.description : ResultTables.edges.description
        let names = isOfServices ? SeriesColumns.serviceNames : SeriesColumns.edgeNames
        let key = quoted(subject.key[0].name)
        let columns =
            ["i.run_id", "i.\(quoted(SeriesColumns.time.name))"]
            + names.map { "s.\(quoted($0.name))" } + table.columns.map { "i.\(quoted($0.name))" }
        return "CREATE VIEW \(quoted(view)) AS SELECT \(columns.joined(separator: ", ")) "
            + "FROM \(quoted(table.name)) i JOIN \(quoted(subject.name)) s "
            + "ON s.run_id = i.run_id AND s.\(key) = i.\(key)"
    }

    /// `INSERT` with a place for the run and each column.
    static func insertion(into table: TableDescription, replacing: Bool = false) -> String {
        let count = 1 + table.key.count + table.columns.count
        let places = Array(repeating: "?", count: count).joined(separator: ", ")
        return "INSERT \(replacing ? "OR REPLACE " : "")INTO \(quoted(table.name)) "
            + "VALUES (\(places))"
    }

    static func quoted(_ name: String) -> String { "\"\(name)\"" }
}
