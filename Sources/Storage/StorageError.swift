import GRDB
import GRDBSQLite
import Results

/// Runs `body`; what the database says is wrong becomes an error for people about the file at `path`.
func storing<Result>(
    at path: String, _ body: () throws -> Result
) throws(ResultError) -> Result {
    do {
        return try body()
    } catch let error as ResultError {
        throw error
    } catch let error as DatabaseError {
        throw ResultError(
            path: path, message: "cannot use this database: \(error.message ?? "\(error)")",
            remedy: remedy(for: error.resultCode.primaryResultCode))
    } catch {
        throw ResultError(path: path, message: "\(error)", remedy: "please report this")
    }
}

private func remedy(for code: ResultCode) -> String {
    switch code {
    case .SQLITE_FULL, .SQLITE_IOERR:
        "free some space there, or choose a folder on another disk"
    case .SQLITE_BUSY, .SQLITE_LOCKED:
        "wait until the program that uses it is done, then try again"
    case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM:
        "choose a place that you may write to"
    case .SQLITE_NOTADB, .SQLITE_CORRUPT:
        "choose another file, or remove this one yourself"
    default: "check the disk, then try again"
    }
}

/// A database that runs are written to. Waits up to a minute for others that write.
func openDatabase(_ path: String, isShared: Bool) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.foreignKeysEnabled = false
    configuration.busyMode = .timeout(60)
    configuration.prepareDatabase { database in
        // A journal, unlike a log of writes, leaves one file that opens on a full or read-only disk, and
        // needs no change of mode, which others who open the file at once would fail at.
        if !isShared { try database.execute(sql: "PRAGMA journal_mode = TRUNCATE") }
        try database.execute(sql: "PRAGMA synchronous = NORMAL")
    }
    return try DatabaseQueue(path: path, configuration: configuration)
}
