import Foundation
import GRDB
package import Results

/// A database of many runs, from many processes.
///
/// A run is copied into it from its result folder in one transaction, so it is there whole or not at all.
/// Processes that write at once wait for each other, up to a minute.
package struct SharedDatabase {
    package let path: String

    /// Opens or makes the database, so that what is wrong with it is known before a run begins.
    package init(path: String) throws(ResultError) {
        self.path = path
        let queue = try storing(at: path) { try openDatabase(path, isShared: true) }
        let finding = try storing(at: path) {
            try queue.writeWithoutTransaction { database in
                var found = ResultSchema.Finding.ours
                // Immediate: two processes that both find it empty do not both fill it.
                try database.inTransaction(.immediate) {
                    found = try ResultSchema.find(database)
                    if case .empty = found { try ResultSchema.create(in: database) }
                    return .commit
                }
                return found
            }
        }
        try storing(at: path) { try queue.close() }
        switch finding {
        case .empty, .ours: return
        case .other:
            throw ResultError(
                path: path, message: "is not a database of Topple's results",
                remedy: "choose another file")
        case .anotherVersion(let version):
            throw ResultError(
                path: path,
                message: "has tables of version \(version), not \(ResultTables.version)",
                remedy: "choose another file, or use the version of Topple that made this one")
        }
    }

    /// Adds the run of the database at `folder` as `results.sqlite`.
    ///
    /// - Returns: its `run_id` here. A run that is here already is not added again.
    @discardableResult
    package func add(database source: String) throws(ResultError) -> Int64 {
        try storing(at: path) {
            let queue = try openDatabase(path, isShared: true)
            let number = try queue.writeWithoutTransaction { database in
                try database.execute(sql: "ATTACH DATABASE ? AS source", arguments: [source])
                var number: Int64 = 0
                try database.inTransaction(.immediate) {
                    number = try Self.copy(in: database)
                    return .commit
                }
                try database.execute(sql: "DETACH DATABASE source")
                return number
            }
            try queue.close()
            return number
        }
    }

    private static func copy(in database: Database) throws -> Int64 {
        let known = try Int64.fetchOne(
            database,
            sql: "SELECT run_id FROM main.runs WHERE run = (SELECT run FROM source.runs)")
        if let known { return known }
        let last = try Int64.fetchOne(database, sql: "SELECT max(run_id) FROM main.runs") ?? 0
        for table in ResultTables.all {
            let columns = (table.key + table.columns).map { ResultSchema.quoted($0.name) }
            let list = columns.joined(separator: ", ")
            let name = ResultSchema.quoted(table.name)
            try database.execute(
                sql: "INSERT INTO main.\(name) (run_id, \(list)) SELECT ?, \(list) "
                    + "FROM source.\(name)", arguments: [last + 1])
        }
        return last + 1
    }
}
