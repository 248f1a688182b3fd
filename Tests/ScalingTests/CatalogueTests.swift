import Foundation
import Testing
import Topology

@Suite("Catalogue of scaling scenarios")
struct ScalingCatalogueTests {
    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: ScalingScenario.folder)
            .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    }

    /// Whether a file is a manifest that a scenario names.
    private func isManifest(_ name: String) throws -> Bool {
        let path = ScalingScenario.folder + "/\(name).yaml"
        return try String(contentsOfFile: path, encoding: .utf8)
            .split(separator: "\n").contains { $0.hasPrefix("apiVersion: ") }
    }

    @Test(
        "Every scenario parses, says what to look for, is named after its file and is in the index")
    func scenariosParse() throws {
        let root = ScalingScenario.folder.replacing("/topologies/scaling", with: "")
        let index = try String(contentsOfFile: root + "/docs/scaling/README.md", encoding: .utf8)
        for name in try names() where try !isManifest(name) {
            let file = try ScalingScenario(name).file
            #expect(file.text.hasPrefix("# "), "\(name)")
            #expect(file.text.contains("What to look for"), "\(name)")
            #expect(name == file.name, "\(name) says it is \(file.name)")
            #expect(index.contains("`\(name)`"), "\(name) is not in docs/scaling/README.md")
        }
    }

    @Test("Every page is in the index")
    func pagesAreInTheIndex() throws {
        let folder = ScalingScenario.folder.replacing("/topologies/", with: "/docs/")
        let index = try String(contentsOfFile: folder + "/README.md", encoding: .utf8)
        for page in try FileManager.default.contentsOfDirectory(atPath: folder)
        where page.hasSuffix(".md") && page != "README.md" {
            #expect(index.contains("(\(page))"), "\(page)")
        }
    }
}
