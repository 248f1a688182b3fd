import Foundation
import GRDB
package import Results

extension RunRecorder {
    /// Writes the time series as CSV files, from the rows of the database; in memory for one buffer.
    package func exportSeries(to staged: StagedResult) throws(ResultError) {
        try export(
            ResultTables.serviceIntervals, names: "service", of: ResultTables.services.description,
            to: staged)
        try export(
            ResultTables.edgeIntervals, names: "\"from\", \"to\"",
            of: ResultTables.edges.description, to: staged)
    }

    private func export(
        _ table: TableDescription, names: String, of subject: TableDescription,
        to staged: StagedResult
    ) throws(ResultError) {
        guard let file = table.file else { return }
        let out = try staged.textWriter(file)
        let isOfServices = table == ResultTables.serviceIntervals
        try out.append(
            isOfServices
                ? CSVText.header(SeriesColumns.serviceNames, SeriesColumns.service)
                : CSVText.header(SeriesColumns.edgeNames, SeriesColumns.edge))
        try storing(at: path) {
            try queue.read { database in
                let key = ResultSchema.quoted(subject.key[0].name)
                let named = try Row.fetchAll(
                    database,
                    sql: "SELECT \(names) FROM \(ResultSchema.quoted(subject.name)) ORDER BY \(key)"
                )
                let prefixes = named.map { row in
                    row.databaseValues.map { String.fromDatabaseValue($0) ?? "" }
                        .joined(separator: ",")
                }
                let columns = table.columns.map { ResultSchema.quoted($0.name) }
                let statement = try database.makeStatement(
                    sql: "SELECT time_s, \(key), \(columns.joined(separator: ", ")) FROM "
                        + "\(ResultSchema.quoted(table.name)) ORDER BY run_id, time_s, \(key)")
                let reader = RowReader(statement, kinds: table.columns.map(\.kind))
                var text = ""
                while try reader.next() {
                    text += reader.instant
                    text += ","
                    text += prefixes[reader.subject]
                    reader.appendColumns(to: &text)
                    text += "\n"
                    if text.utf8.count > 1 << 16 {
                        try out.append(text)
                        text.removeAll(keepingCapacity: true)
                    }
                }
                try out.append(text)
            }
        }
        try out.finish()
    }
}
