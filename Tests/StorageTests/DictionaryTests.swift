import Foundation
import Results
import Testing

@Suite("The dictionary of columns")
struct DictionaryTests {
    @Test("docs/results.md has every column as the code has it; RECORD=1 records it anew")
    func document() throws {
        let root = #filePath.components(separatedBy: "/Tests/").dropLast().joined(
            separator: "/Tests/")
        let path = root + "/docs/results.md"
        let document = try text(path)
        let updated = try #require(ColumnDictionary.updated(document), "the marks are missing")
        if ProcessInfo.processInfo.environment["RECORD"] == "1" {
            try updated.write(toFile: path, atomically: true, encoding: .utf8)
        }
        #expect(try text(path) == updated, "docs/results.md is stale: run with RECORD=1")
    }

    @Test("no table has two columns of one name, and every column says what it is")
    func names() {
        for table in ResultTables.all {
            let columns = table.key + table.columns
            #expect(Set(columns.map(\.name)).count == columns.count, "\(table.name)")
            #expect(columns.allSatisfy { !$0.meaning.isEmpty })
        }
    }
}
