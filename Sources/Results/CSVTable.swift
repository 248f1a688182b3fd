import Model
import Topology

/// A table of text with a header: fields apart by commas, quoted by `"` where they hold commas.
package struct CSVTable: Sendable {
    package let header: [String]
    package let rows: [[Substring]]
    private let path: String

    /// Reads a table. O(text).
    ///
    /// - Parameters:
    ///   - text: lines that end in line feeds.
    ///   - path: for errors.
    /// - Throws: when there is no header, or a row has another number of fields than it.
    package init(_ text: String, path: String) throws(ResultError) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: true)[...]
        guard let first = lines.popFirst() else {
            throw ResultError(path: path, message: "is empty", remedy: "run the simulation again")
        }
        header = Self.fields(first).map(String.init)
        self.path = path
        var rows: [[Substring]] = []
        rows.reserveCapacity(lines.count)
        for (number, line) in lines.enumerated() {
            let fields = Self.fields(line)
            guard fields.count == header.count else {
                throw ResultError(
                    path: path, line: number + 2,
                    message: "has \(fields.count) fields where \(header.count) belong",
                    remedy: "run the simulation again")
            }
            rows.append(fields)
        }
        self.rows = rows
    }

    private static func fields(_ line: Substring) -> [Substring] {
        if !line.utf8.contains(UInt8(ascii: "\"")) {
            return line.split(separator: ",", omittingEmptySubsequences: false)
        }
        var fields: [Substring] = []
        var field = ""
        var isQuoted = false
        var previous: Character?
        for character in line {
            if character == "\"" {
                // Two quotes inside quotes are one.
                if !isQuoted, previous == "\"" { field.append("\"") }
                isQuoted.toggle()
            } else if character == ",", !isQuoted {
                fields.append(Substring(field))
                field = ""
            } else {
                field.append(character)
            }
            previous = character
        }
        return fields + [Substring(field)]
    }

    /// Which field of a row is called `name`.
    ///
    /// - Throws: when none is.
    package func column(_ name: String) throws(ResultError) -> Int {
        if let index = header.firstIndex(of: name) { return index }
        throw ResultError(
            path: path, line: 1, message: "has no column `\(name)`",
            remedy: "run the simulation again with this version")
    }

    /// A number in a row; an empty field is zero.
    ///
    /// - Throws: when the field is no finite number.
    package func number(_ row: Int, _ column: Int) throws(ResultError) -> Double {
        let text = rows[row][column]
        if text.isEmpty { return 0 }
        if let value = Double(text), value.isFinite { return value }
        throw ResultError(
            path: path, line: row + 2, message: "`\(text)` is not a number",
            remedy: "run the simulation again")
    }
}

extension LoadedRun {
    /// One of the run's tables; `nil` when it has none of this name.
    ///
    /// - Throws: also when the table is cut off, or does not add up to what the summary says.
    package func table(_ name: String) throws(ResultError) -> CSVTable? {
        let file = path + "/" + name
        guard try FileAccess.kind(of: file) == .other else { return nil }
        let bytes = try FileAccess.contents(of: file)
        guard bytes.last == UInt8(ascii: "\n") else {
            throw ResultError(
                path: file, message: "is cut off in its last line", remedy: Self.remedy)
        }
        let table = try CSVTable(String(decoding: bytes, as: UTF8.self), path: file)
        if name == ResultFolder.seriesName {
            try check(table, "arrived", sum: summary.services.map(\.requests), file)
        } else if name == ResultFolder.edgesName {
            try check(table, "attempts", sum: summary.edges.map(\.requests), file)
        }
        return table
    }

    private static let remedy = "restore the file, or run the simulation again"

    /// Checks that a column adds up to what the summary says, so that no row is missing or changed.
    private func check(
        _ table: CSVTable, _ name: String, sum counts: [UInt64], _ file: String
    ) throws(ResultError) {
        let column = try table.column(name)
        var found = 0.0
        for row in table.rows.indices { found += try table.number(row, column) }
        let expected = Double(counts.reduce(0, &+))
        guard found != expected else { return }
        throw ResultError(
            path: file,
            message: "is not whole: its `\(name)` adds up to \(plain(found)), but "
                + "\(ResultFolder.summaryName) says \(plain(expected))",
            remedy: Self.remedy)
    }

    /// What to do about series that are not there.
    package var remedyForMissingSeries: String {
        if let manifest = try? Manifest.load(folder: path), manifest.resolutionSeconds == nil {
            return "the run was made with --no-series: make it again without"
        }
        return "restore them, or run the simulation again"
    }

    /// Cores of a replica of each service, in the order of the topology.
    ///
    /// - Throws: when the run's topology cannot be read.
    package func cores() throws(ResultError) -> [Int] {
        try topology().model.services.map(\.cores)
    }
}
