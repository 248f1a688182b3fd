import Foundation
import Testing
import Topology

@Suite("Catalogue of phenomena")
struct CatalogueTests {
    private static let root = #filePath.components(separatedBy: "/Tests/").dropLast()
        .joined(separator: "/Tests/")

    /// The names of all committed scenarios, sorted.
    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: Self.root + "/topologies/phenomena")
            .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    }

    @Test("Every scenario parses, says what to look for, and is named after its file")
    func scenariosParse() throws {
        let names = try names()
        #expect(names.count >= 20)
        for name in names {
            let file = try Scenario(name).file
            #expect(file.text.hasPrefix("# "), "\(name)")
            #expect(name.dropFirst(3) == file.name, "\(name) says it is \(file.name)")
        }
    }

    @Test("Every phenomenon has a page, and every page is in the index")
    func phenomenaHavePages() throws {
        let folder = Self.root + "/docs/phenomena"
        let pages = try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".md") && $0 != "README.md" }
        let index = try String(contentsOfFile: folder + "/README.md", encoding: .utf8)
        for page in pages { #expect(index.contains("(\(page))"), "\(page)") }
        for name in try names() {
            let number = name.prefix(3)
            #expect(pages.contains { $0.hasPrefix(number) }, "\(name)")
        }
    }
}
