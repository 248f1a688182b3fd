import Autoscalers
import Foundation
import Snapshots
import Testing

/// Files beside these tests.
enum Fixture {
    static let folder =
        #filePath.components(separatedBy: "/").dropLast().joined(separator: "/") + "/Fixtures/"

    static func data(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: folder + name))
    }

    static func text(_ name: String) throws -> String {
        String(decoding: try data(name), as: UTF8.self)
    }

    static func snapshots(_ name: String) throws -> [Node] {
        guard case .list(let items) = try JSONText.read(data(name)).content else { return [] }
        return items
    }
}

extension Node: CustomTestStringConvertible {
    /// A snapshot by its name.
    public var testDescription: String { self["name"]?.text ?? "a value" }

    subscript(key: String) -> Node? {
        guard case .map(let members) = content else { return nil }
        return members[key]
    }

    var text: String? {
        guard case .text(let text) = content else { return nil }
        return text
    }

    var items: [Node] {
        guard case .list(let items) = content else { return [] }
        return items
    }
}

/// Worked cases, most of them from the unit tests of Kubernetes and KEDA.
@Suite("Worked cases")
struct VectorTests {
    @Test("Every HPA case is answered as expected", arguments: try Fixture.snapshots("hpa.json"))
    func horizontal(snapshot: Node) throws {
        let answer = try HorizontalSnapshot(snapshot).answer
        let expected = try #require(snapshot["expect"])
        let differences = differences(expected, answer, at: "")
        #expect(differences.isEmpty, "\(snapshot["name"]?.text ?? ""): \(differences)")
        #expect(answer["name"] == snapshot["name"])
    }

    @Test("Every KEDA case is answered as expected", arguments: try Fixture.snapshots("keda.json"))
    func keda(snapshot: Node) throws {
        let answer = try KedaSnapshot(snapshot).answer
        let expected = try #require(snapshot["expect"])
        let differences = differences(expected, answer, at: "")
        #expect(differences.isEmpty, "\(snapshot["name"]?.text ?? ""): \(differences)")
    }

    @Test("An answer's history can be the next snapshot's")
    func feedback() throws {
        for snapshot in try Fixture.snapshots("hpa.json") {
            guard case .map(var members) = snapshot.content else { continue }
            let answer = try HorizontalSnapshot(snapshot).answer
            members["history"] = answer["history"]
            let next = try HorizontalSnapshot(Node(.map(members)))
            #expect(next.memory.recommendations != nil)
            #expect(
                try HorizontalSnapshot(
                    JSONText.read(Data(JSONText.write(Node(.map(members))).utf8)))
                    == next)
        }
    }
}

/// Where `actual` is not what `expected` says; keys that it does not name are free.
private func differences(_ expected: Node, _ actual: Node?, at path: String) -> [String] {
    switch (expected.content, actual?.content) {
    case (.map(let members), .map):
        return members.sorted { $0.key < $1.key }.flatMap {
            differences($0.value, actual?[$0.key], at: "\(path).\($0.key)")
        }
    case (.list(let items), .list(let found)):
        // Only the metrics that are named are checked.
        guard path == ".metrics" ? items.count <= found.count : items.count == found.count else {
            return ["\(path): \(found.count) instead of \(items.count)"]
        }
        return items.indices.flatMap {
            differences(items[$0], logged(items[$0], found[$0]), at: "\(path)[\($0)]")
        }
    case (.text(let text), .text(let found)):
        if text == found { return [] }
        if let wanted = Quantity(text), let got = Quantity(found), wanted == got { return [] }
        return ["\(path): \(found) instead of \(text)"]
    default:
        return expected.content == actual?.content
            ? [] : ["\(path): \(String(describing: actual)) instead of \(expected)"]
    }
}

/// History is expected as numbers, and answered as objects with an age.
private func logged(_ expected: Node, _ found: Node) -> Node {
    guard case .number = expected.content else { return found }
    return found["replicas"] ?? found["change"] ?? found
}
