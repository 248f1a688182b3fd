import Foundation

/// The dictionary of all columns, for docs/results.md.
package enum ColumnDictionary {
    package static let begin =
        "<!-- columns: made from the code; RECORD=1 scripts/test records them -->"
    package static let end = "<!-- end of columns -->"

    /// A table in Markdown for each table of a database.
    package static var markdown: String {
        ResultTables.all.map { table in
            var text = "### `\(table.name)`\n\n\(table.about)."
            if let file = table.file, let view = table.view {
                text += " In `\(file)` and `\(view)` the names stand in place of the number."
            }
            text += "\n\n| column | unit | meaning |\n|---|---|---|\n"
            for column in table.key + table.columns {
                text += "| `\(column.name)` | \(column.unit) | \(column.meaning) |\n"
            }
            return text
        }.joined(separator: "\n")
    }

    /// `document` with the dictionary as it is now between its marks; `nil` when it lacks them.
    package static func updated(_ document: String) -> String? {
        guard let first = document.range(of: begin), let last = document.range(of: end),
            first.upperBound <= last.lowerBound
        else { return nil }
        return document[..<first.upperBound] + "\n\n" + markdown + "\n"
            + document[last.lowerBound...]
    }
}
